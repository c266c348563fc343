import { isIPv4 } from 'node:net';
import { sql } from 'kysely';
import { Fault } from '../../../kernel/base/errors.ts';
import { formatAddress, parseAddress } from '../domain/addresses.ts';
import { badResourceRequest, inConflict, invalidInput, portNotFound } from '../domain/faults.ts';
import type { FixedIp, PortRecord } from '../domain/records.ts';
import { findVisible, lockRow } from '../store/query.ts';
import { portSource, routerSource } from '../store/sources.ts';
import { type Change, rowsOf } from './change.ts';

/** Where a floating IP leads. */
export interface Target {
  readonly portId: string;
  readonly address: string;
  readonly routerId: string;
}

export interface Wished {
  readonly portId?: string | null;
  readonly fixedAddress?: string | null;
}

/** Where the wish leads, or the fault that says why it cannot. */
export async function targetOf(
  change: Change,
  floatingIp: { readonly id: string; readonly projectId: string; readonly floatingNetworkId: string },
  { portId, fixedAddress }: Wished,
): Promise<Target | undefined> {
  if (portId === undefined || portId === null) {
    if (fixedAddress) throw invalidInput('fixed_ip_address cannot be specified without a port_id');
    return undefined;
  }
  await lockRow(change.tx, portSource, portId, 'update');
  const port = await findVisible(change.tx, portSource, change.context, portId);
  if (port === undefined) throw portNotFound(portId);
  if (port.projectId !== floatingIp.projectId) {
    throw badResourceRequest(
      'floatingip',
      `Port ${portId} is associated with a different project than Floating IP ${floatingIp.id} and therefore cannot be bound`,
    );
  }
  const fixed = fixedIpOf(port, fixedAddress ?? undefined);
  await refuseTaken(change, floatingIp, port, fixed.ipAddress);
  const routerId = await routerBetween(change, fixed.subnetId, floatingIp.floatingNetworkId);
  if (routerId === undefined) {
    throw new Fault(
      'notFound',
      `External network ${floatingIp.floatingNetworkId} is not reachable from subnet ${fixed.subnetId}.  Therefore, cannot associate Port ${portId} with a Floating IP.`,
      { data: { type: 'ExternalGatewayForFloatingIPNotFound' } },
    );
  }
  return { portId, address: fixed.ipAddress, routerId };
}

function fixedIpOf(port: PortRecord, wanted: string | undefined): FixedIp {
  if (wanted !== undefined) {
    const address = parseAddress(wanted);
    const text = address === undefined ? wanted.slice(0, 64) : formatAddress(address);
    if (address?.version === 6) throw badResourceRequest('floatingip', `${text} is no IPv4 address`);
    const found = port.fixedIps.find(({ ipAddress }) => ipAddress === text);
    if (found === undefined) throw badResourceRequest('floatingip', `Port ${port.id} does not have fixed ip ${text}`);
    return found;
  }
  const [first, second] = port.fixedIps.filter(({ ipAddress }) => isIPv4(ipAddress));
  if (first === undefined) {
    throw badResourceRequest(
      'floatingip',
      `Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses`,
    );
  }
  if (second !== undefined) {
    throw badResourceRequest(
      'floatingip',
      `Port ${port.id} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating IP`,
    );
  }
  return first;
}

async function refuseTaken(
  change: Change,
  { id, floatingNetworkId }: { readonly id: string; readonly floatingNetworkId: string },
  port: PortRecord,
  address: string,
): Promise<void> {
  const other = await rowsOf(change)
    .selectFrom('network.floating_ip')
    .select(['id', 'address'])
    .where('fixed_port_id', '=', port.id)
    .where('fixed_address', '=', address)
    .where('floating_network_id', '=', floatingNetworkId)
    .where('id', '!=', id)
    .executeTakeFirst();
  if (other === undefined) return;
  throw inConflict(
    'FloatingIPPortAlreadyAssociated',
    `Cannot associate floating IP ${other.address} (${other.id}) with port ${port.id} using fixed IP ${address}, as that fixed IP already has a floating IP on external network ${floatingNetworkId}.`,
  );
}

/** The router that leads from the subnet to the external network; held until the change ends, so that it stays so. */
async function routerBetween(change: Change, subnetId: string, networkId: string): Promise<string | undefined> {
  const found = await findRouter(change, subnetId, networkId);
  if (found === undefined) return undefined;
  await lockRow(change.tx, routerSource, found, 'update');
  // Another change may have been waited for.
  return (await findRouter(change, subnetId, networkId)) === found ? found : routerBetween(change, subnetId, networkId);
}

/** The one that is the subnet's gateway first. */
async function findRouter({ tx }: Change, subnetId: string, networkId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select r.id from network.ip_allocation a
      join network.port p on p.id = a.port_id and p.device_owner = 'network:router_interface'
      join network.router r on r.id = p.router_id and r.external_network_id = ${networkId}
      join network.subnet s on s.id = a.subnet_id
    where a.subnet_id = ${subnetId} order by (a.address = s.gateway_ip) desc, r.id limit 1`.execute(tx);
  return rows[0]?.id;
}

/** Has the floating IPs that lead to these addresses of the port lead nowhere. */
export async function releaseFloatingIps(change: Change, portId: string, ips: readonly FixedIp[]): Promise<void> {
  if (ips.length === 0) return;
  const addresses = ips.map(({ ipAddress }) => ipAddress);
  const { rows } = await sql<{ router_id: string }>`
    with released as (select id, router_id from network.floating_ip
      where fixed_port_id = ${portId} and fixed_address = any(${addresses}) for update)
    update network.floating_ip f set fixed_port_id = null, fixed_address = null, router_id = null, status = 'DOWN',
      revision = revision + 1, updated_at = ${change.now}
    from released r where r.id = f.id returning r.router_id`.execute(change.tx);
  for (const router of new Set(rows.map((row) => row.router_id))) await change.wake('router', router);
}
