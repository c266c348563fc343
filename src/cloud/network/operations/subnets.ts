import { type Cidr, formatAddress, formatCidr, overlap, parseAddress, parseCidr } from '../domain/addresses.ts';
import type { SubnetAttributes, SubnetChanges } from '../domain/attributes.ts';
import { disallowed, inConflict, invalidInput, notServed, subnetInUse, subnetNotFound } from '../domain/faults.ts';
import { type AllocationPool, checkedGateway, checkedPools, defaultGateway, defaultPools } from '../domain/pools.ts';
import type { HostRoute, NetworkRecord, SubnetRecord } from '../domain/records.ts';
import { bumpRevision, lockRow } from '../store/query.ts';
import { checkQuota } from '../store/quotas.ts';
import { networkSource, subnetSource } from '../store/sources.ts';
import { type Change, madeBefore, newRow, ownRecord, owns, projectOf, reread, rowsOf } from './change.ts';
import { visibleNetwork } from './networks.ts';

export async function createSubnet(change: Change, attributes: SubnetAttributes, id?: string): Promise<SubnetRecord> {
  const before = await madeBefore(change, subnetSource, id);
  if (before !== undefined) return before;
  const projectId = projectOf(change, attributes.projectId);
  const cidr = checkedCidr(attributes.cidr, attributes.ipVersion);
  await lockRow(change.tx, networkSource, attributes.networkId, 'update');
  const network = await visibleNetwork(change, attributes.networkId);
  if (!owns(change.context, network)) throw disallowed('create_subnet');
  await refuseOverlap(change, network, cidr);
  await checkQuota(change.tx, projectId, 'subnet');
  const gateway = gatewayOf(cidr, attributes.gatewayIp);
  const pools = poolsOf(cidr, attributes.allocationPools, gateway);
  const row = {
    ...newRow(change, id, projectId, attributes.description),
    network_id: network.id,
    name: attributes.name ?? '',
    ip_version: cidr.version,
    cidr: formatCidr(cidr),
    gateway_ip: gateway,
    enable_dhcp: attributes.enableDhcp ?? true,
    dns_nameservers: JSON.stringify(checkedNameservers(attributes.dnsNameservers ?? [])),
    host_routes: JSON.stringify(checkedRoutes(attributes.hostRoutes ?? [])),
    ipv6_ra_mode: null,
    ipv6_address_mode: null,
    next_address: null,
  };
  await rowsOf(change).insertInto('network.subnet').values(row).execute();
  await insertPools(change, row.id, pools);
  await partsChanged(change, network.id);
  return reread(change, subnetSource, row.id);
}

function gatewayOf(cidr: Cidr, asked: string | null | undefined): string | null {
  if (asked === undefined) return defaultGateway(cidr);
  return asked === null ? null : checkedGateway(cidr, asked);
}

function poolsOf(cidr: Cidr, asked: readonly AllocationPool[] | undefined, gateway: string | null): AllocationPool[] {
  return asked === undefined ? defaultPools(cidr, gateway) : checkedPools(cidr, asked, gateway);
}

function checkedCidr(text: string, ipVersion: number | undefined): Cidr {
  const cidr = text.includes('/') ? parseCidr(text) : undefined;
  if (cidr === undefined) throw invalidInput(`'${text.slice(0, 64)}' is not a valid CIDR`);
  if (cidr.version !== (ipVersion ?? cidr.version)) {
    throw invalidInput(`Mismatched ip_version ${ipVersion} and cidr ${formatCidr(cidr)}`);
  }
  if (cidr.version === 6) throw notServed('A subnet of IPv6 addresses');
  if (cidr.prefixLength === 0) throw invalidInput('0 is not allowed as CIDR prefix length');
  if (cidr.prefixLength > 30) throw invalidInput(`${formatCidr(cidr)} has no room for a gateway and a port`);
  refuseSpecial(cidr);
  return cidr;
}

const special = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'].map((text) => ({
  text,
  cidr: parseCidr(text),
}));

/** Addresses that mean something else everywhere: this host, the link, the metadata service, groups (RFC 6890). */
function refuseSpecial(cidr: Cidr): void {
  const hit = special.find((range) => range.cidr !== undefined && overlap(range.cidr, cidr));
  if (hit !== undefined) throw invalidInput(`${formatCidr(cidr)} overlaps ${hit.text}, which hosts cannot have`);
}

async function refuseOverlap(change: Change, network: NetworkRecord, cidr: Cidr): Promise<void> {
  const others = await rowsOf(change)
    .selectFrom('network.subnet')
    .select(['id', 'cidr'])
    .where('network_id', '=', network.id)
    .execute();
  const clash = others.some((other) => {
    const taken = parseCidr(other.cidr);
    return taken !== undefined && overlap(taken, cidr);
  });
  if (clash) {
    throw invalidInput(
      `Requested subnet with cidr: ${formatCidr(cidr)} for network: ${network.id} overlaps with another subnet`,
    );
  }
}

function checkedNameservers(servers: readonly string[]): string[] {
  const checked = servers.map((server) => {
    const address = parseAddress(server);
    if (address === undefined) throw invalidInput(`'${server.slice(0, 64)}' is not a valid nameserver`);
    return formatAddress(address);
  });
  if (new Set(checked).size < checked.length) throw invalidInput('a nameserver is named twice');
  return checked;
}

/** Routes with their destination in one spelling. */
export function checkedRoutes(routes: readonly HostRoute[]): HostRoute[] {
  const checked = routes.map(({ destination, nexthop }) => {
    const cidr = destination.includes('/') ? parseCidr(destination) : undefined;
    const hop = parseAddress(nexthop);
    if (cidr === undefined) throw invalidInput(`'${destination.slice(0, 64)}' is not a valid route destination`);
    if (hop === undefined) throw invalidInput(`'${nexthop.slice(0, 64)}' is not a valid nexthop`);
    if (cidr.version !== hop.version) throw invalidInput(`${destination} and ${nexthop} are of different IP versions`);
    return { destination: formatCidr(cidr), nexthop: formatAddress(hop) };
  });
  if (new Set(checked.map(({ destination, nexthop }) => `${destination} ${nexthop}`)).size < checked.length) {
    throw invalidInput('a route is named twice');
  }
  return checked;
}

async function insertPools(change: Change, subnetId: string, pools: readonly AllocationPool[]): Promise<void> {
  if (pools.length === 0) return;
  await rowsOf(change)
    .insertInto('network.allocation_pool')
    .values(pools.map(({ start, end }) => ({ subnet_id: subnetId, first: start, last: end })))
    .execute();
}

/** A subnet is part of its network: the engine is told of both at once. */
async function partsChanged(change: Change, networkId: string): Promise<void> {
  await bumpRevision(change.tx, networkSource, networkId, change.now);
  await change.wake('network', networkId);
}

export async function updateSubnet(change: Change, id: string, changes: SubnetChanges): Promise<SubnetRecord> {
  const subnet = await ownRecord(change, subnetSource, id, { missing: subnetNotFound, rule: 'update_subnet' });
  const cidr = parseCidr(subnet.cidr);
  if (cidr === undefined) throw new Error(`subnet ${id} has cidr ${subnet.cidr}`);
  const gateway = changes.gatewayIp === undefined ? subnet.gatewayIp : gatewayOf(cidr, changes.gatewayIp);
  const pools = checkedPools(cidr, changes.allocationPools ?? subnet.allocationPools, gateway);
  if (gateway !== subnet.gatewayIp) await refuseGatewayInUse(change, subnet);
  await rowsOf(change)
    .updateTable('network.subnet')
    .set({
      name: changes.name,
      description: changes.description,
      gateway_ip: gateway,
      enable_dhcp: changes.enableDhcp,
      dns_nameservers: changes.dnsNameservers && JSON.stringify(checkedNameservers(changes.dnsNameservers)),
      host_routes: changes.hostRoutes && JSON.stringify(checkedRoutes(changes.hostRoutes)),
      revision: subnet.revision + 1,
      updated_at: change.now,
    })
    .where('id', '=', id)
    .execute();
  if (changes.allocationPools !== undefined) {
    await rowsOf(change).deleteFrom('network.allocation_pool').where('subnet_id', '=', id).execute();
    await insertPools(change, id, pools);
  }
  await partsChanged(change, subnet.networkId);
  await wakeRoutersBeyond(change, subnet.networkId);
  return reread(change, subnetSource, id);
}

/** The gateway of an external subnet is the next hop of the routers on it. */
async function wakeRoutersBeyond(change: Change, networkId: string): Promise<void> {
  const routers = await rowsOf(change)
    .selectFrom('network.router')
    .select('id')
    .where('external_network_id', '=', networkId)
    .execute();
  for (const { id } of routers) await change.wake('router', id);
}

async function refuseGatewayInUse(change: Change, { id, gatewayIp }: SubnetRecord): Promise<void> {
  if (gatewayIp === null) return;
  const leg = await rowsOf(change)
    .selectFrom('network.ip_allocation as a')
    .innerJoin('network.port as p', 'p.id', 'a.port_id')
    .select('p.id')
    .where('a.subnet_id', '=', id)
    .where('a.address', '=', gatewayIp)
    .where('p.router_id', 'is not', null)
    .executeTakeFirst();
  if (leg === undefined) return;
  throw inConflict(
    'GatewayIpInUse',
    `Current gateway ip ${gatewayIp} already in use by port ${leg.id}. Unable to update.`,
  );
}

/** Takes the subnet away; refuses while ports have addresses of it. */
export async function deleteSubnet(change: Change, id: string): Promise<void> {
  const options = { missing: subnetNotFound, rule: 'delete_subnet', lock: 'delete' } as const;
  const subnet = await ownRecord(change, subnetSource, id, options);
  const used = await rowsOf(change)
    .selectFrom('network.ip_allocation')
    .select('port_id')
    .where('subnet_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  if (used !== undefined) throw subnetInUse(id);
  await rowsOf(change).deleteFrom('network.subnet').where('id', '=', id).execute();
  await partsChanged(change, subnet.networkId);
}
