import { sql } from 'kysely';
import { type Cidr, formatCidr, overlap, parseCidr } from '../domain/addresses.ts';
import type { SubnetAttributes, SubnetChanges } from '../domain/attributes.ts';
import { disallowed, inConflict, invalidInput, subnetInUse, subnetNotFound } from '../domain/faults.ts';
import { checkedModes, eui64Address, isAutoAddress } from '../domain/ipv6.ts';
import { type AllocationPool, checkedPools } from '../domain/pools.ts';
import type { NetworkRecord, SubnetRecord } from '../domain/records.ts';
import { checkedNameservers, checkedRoutes, gatewayOf, poolsOf } from '../domain/subnet-rules.ts';
import { bumpRevision, lockRow } from '../store/query.ts';
import { checkQuota } from '../store/quotas.ts';
import { networkSource, subnetSource } from '../store/sources.ts';
import { type Change, madeBefore, newRow, ownRecord, owns, projectOf, reread, rowsOf } from './change.ts';
import { visibleNetwork } from './networks.ts';
import { blockFor } from './subnet-blocks.ts';

export async function createSubnet(change: Change, attributes: SubnetAttributes, id?: string): Promise<SubnetRecord> {
  const before = await madeBefore(change, subnetSource, id);
  if (before !== undefined) return before;
  const projectId = projectOf(change, attributes.projectId);
  // A port that is made meanwhile has either the new subnet's address or none of the network's rows before it.
  await lockRow(change.tx, networkSource, attributes.networkId, 'delete');
  const network = await visibleNetwork(change, attributes.networkId);
  if (!owns(change.context, network)) throw disallowed('create_subnet');
  const { cidr, poolId } = await blockFor(change, projectId, network.id, attributes);
  await refuseOverlap(change, network, cidr);
  const enableDhcp = attributes.enableDhcp ?? true;
  const modes = checkedModes(cidr, enableDhcp, attributes);
  await checkQuota(change.tx, projectId, 'subnet');
  const gateway = gatewayOf(cidr, attributes.gatewayIp);
  const pools = poolsOf(cidr, attributes.allocationPools, gateway);
  const row = {
    ...newRow(change, id, projectId, attributes.description),
    network_id: network.id,
    name: attributes.name ?? '',
    ip_version: cidr.version,
    cidr: formatCidr(cidr),
    subnetpool_id: poolId,
    gateway_ip: gateway,
    enable_dhcp: enableDhcp,
    dns_nameservers: JSON.stringify(checkedNameservers(attributes.dnsNameservers ?? [])),
    host_routes: JSON.stringify(checkedRoutes(attributes.hostRoutes ?? [])),
    ipv6_ra_mode: modes.ipv6RaMode,
    ipv6_address_mode: modes.ipv6AddressMode,
    service_types: [...(attributes.serviceTypes ?? [])],
    next_address: null,
  };
  await rowsOf(change).insertInto('network.subnet').values(row).execute();
  await insertPools(change, row.id, pools);
  if (isAutoAddress(modes)) await addressNeighbours(change, network.id, row.id, cidr);
  await partsChanged(change, network.id);
  return reread(change, subnetSource, row.id);
}

/** The ports that are on the network already make themselves addresses of the new subnet too; routers do not. */
async function addressNeighbours(change: Change, networkId: string, subnetId: string, cidr: Cidr): Promise<void> {
  const { rows } = await sql<{ id: string; mac: string; position: number }>`
    select p.id, p.mac, (select count(*)::int from network.ip_allocation a where a.port_id = p.id) as position
    from network.port p where p.network_id = ${networkId} and p.router_id is null
      and p.device_owner <> 'network:floatingip' for update`.execute(change.tx);
  for (const { id, mac, position } of rows) {
    await rowsOf(change)
      .insertInto('network.ip_allocation')
      .values({ port_id: id, subnet_id: subnetId, address: eui64Address(cidr, mac), position })
      .execute();
    await change.wake('port', id);
  }
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
  checkedModes(cidr, changes.enableDhcp ?? subnet.enableDhcp, subnet);
  const pools = checkedPools(cidr, changes.allocationPools ?? subnet.allocationPools, gateway);
  if (gateway !== subnet.gatewayIp) await refuseGatewayInUse(change, subnet);
  await rowsOf(change)
    .updateTable('network.subnet')
    .set({
      name: changes.name,
      description: changes.description,
      gateway_ip: gateway,
      enable_dhcp: changes.enableDhcp,
      service_types: changes.serviceTypes && [...changes.serviceTypes],
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
  await wakeRoutersOn(change, subnet.networkId);
  return reread(change, subnetSource, id);
}

/** Routers announce what an IPv6 subnet's guests are to know; the gateway outside is their next hop. */
async function wakeRoutersOn({ tx, wake }: Change, networkId: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`select distinct router_id as id from network.port
    where network_id = ${networkId} and router_id is not null`.execute(tx);
  for (const { id } of rows) await wake('router', id);
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
  const { rows } = await sql<{ port_id: string; dispensable: boolean }>`
    select a.port_id, (s.auto_address and p.router_id is null) as dispensable
    from network.ip_allocation a join network.subnet s on s.id = a.subnet_id join network.port p on p.id = a.port_id
    where a.subnet_id = ${id}`.execute(change.tx);
  if (rows.some(({ dispensable }) => !dispensable)) throw subnetInUse(id);
  // Addresses that guests made themselves go with the prefix that they made them of.
  await rowsOf(change).deleteFrom('network.ip_allocation').where('subnet_id', '=', id).execute();
  for (const { port_id } of rows) await change.wake('port', port_id);
  await rowsOf(change).deleteFrom('network.subnet').where('id', '=', id).execute();
  await partsChanged(change, subnet.networkId);
}
