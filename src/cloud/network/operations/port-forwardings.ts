import { sql } from 'kysely';
import type { Context } from '../../../kernel/access/context.ts';
import { newId } from '../../../kernel/base/ids.ts';
import type { Connection } from '../../../kernel/store/index.ts';
import type { PortForwardingAttributes } from '../domain/attributes.ts';
import { badResourceRequest, floatingIpNotFound, inConflict, portForwardingNotFound } from '../domain/faults.ts';
import type { FixedIp, FloatingIpRecord, PortForwardingRecord } from '../domain/records.ts';
import { findVisible } from '../store/query.ts';
import { floatingIpSource } from '../store/sources.ts';
import { type Change, ownRecord, rowsOf } from './change.ts';
import { type Target, targetOf } from './floating-ip-targets.ts';

interface Reader {
  readonly tx: Connection;
  readonly context: Context;
}

/** The ports of the floating IP that are led somewhere, if the caller may know of it. */
export async function listPortForwardings(
  { tx, context }: Reader,
  floatingIpId: string,
): Promise<PortForwardingRecord[]> {
  const floatingIp = await findVisible(tx, floatingIpSource, context, floatingIpId);
  if (floatingIp === undefined) throw floatingIpNotFound(floatingIpId);
  const { rows } = await sql<PortForwardingRecord>`
    select id, protocol, external_port as "externalPort", internal_port as "internalPort",
      internal_port_id as "internalPortId", host(internal_address) as "internalAddress", router_id as "routerId", description
    from network.port_forwarding where floating_ip_id = ${floatingIpId} order by id`.execute(tx);
  return rows;
}

export async function visiblePortForwarding(
  reader: Reader,
  floatingIpId: string,
  id: string,
): Promise<PortForwardingRecord> {
  const found = (await listPortForwardings(reader, floatingIpId)).find((each) => each.id === id);
  if (found === undefined) throw portForwardingNotFound(id);
  return found;
}

export async function createPortForwarding(
  change: Change,
  floatingIpId: string,
  attributes: PortForwardingAttributes,
): Promise<PortForwardingRecord> {
  const floatingIp = await ownFloatingIp(change, floatingIpId);
  const record = { id: newId(change.now.getTime()), ...(await checked(change, floatingIp, undefined, attributes)) };
  await rowsOf(change)
    .insertInto('network.port_forwarding')
    .values({ id: record.id, floating_ip_id: floatingIpId, ...columnsOf(record) })
    .execute();
  await forwardingChanged(change, floatingIpId, [record.routerId]);
  return record;
}

function ownFloatingIp(change: Change, id: string): Promise<FloatingIpRecord> {
  return ownRecord(change, floatingIpSource, id, {
    missing: floatingIpNotFound,
    rule: 'create_floatingip_port_forwarding',
  });
}

function columnsOf(record: Omit<PortForwardingRecord, 'id'>) {
  return {
    protocol: record.protocol,
    external_port: record.externalPort,
    internal_port: record.internalPort,
    internal_port_id: record.internalPortId,
    internal_address: record.internalAddress,
    router_id: record.routerId,
    description: record.description,
  };
}

async function checked(
  change: Change,
  floatingIp: FloatingIpRecord,
  id: string | undefined,
  attributes: PortForwardingAttributes,
): Promise<Omit<PortForwardingRecord, 'id'>> {
  if (floatingIp.fixedPortId !== null) {
    throw inConflict(
      'FloatingIPPortAlreadyAssociated',
      `Floating IP ${floatingIp.id} leads to port ${floatingIp.fixedPortId} as a whole, and cannot forward single ports.`,
    );
  }
  const others = (await listPortForwardings(change, floatingIp.id)).filter((each) => each.id !== id);
  const { protocol, externalPort, internalPort, internalPortId, internalAddress, description = '' } = attributes;
  if (others.some((each) => each.protocol === protocol && each.externalPort === externalPort)) {
    throw inConflict(
      'PortForwardingExists',
      `A port forwarding of ${protocol} port ${externalPort} already exists for floating IP ${floatingIp.id}.`,
    );
  }
  const target = (await targetOf(change, floatingIp, {
    portId: internalPortId,
    fixedAddress: internalAddress,
  })) as Target;
  if (others.some(({ routerId }) => routerId !== target.routerId)) {
    throw badResourceRequest('floatingip', `port ${internalPortId} is behind another router than the others`);
  }
  return {
    ...{ protocol, externalPort, internalPort, internalPortId, description },
    internalAddress: target.address,
    routerId: target.routerId,
  };
}

export async function updatePortForwarding(
  change: Change,
  floatingIpId: string,
  id: string,
  changes: Partial<PortForwardingAttributes>,
): Promise<PortForwardingRecord> {
  const floatingIp = await ownFloatingIp(change, floatingIpId);
  const before = await visiblePortForwarding(change, floatingIpId, id);
  const known = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  // Another port does not have the address of the one before.
  const kept = changes.internalPortId === undefined ? before : { ...before, internalAddress: undefined };
  const after = await checked(change, floatingIp, id, { ...kept, ...known });
  await rowsOf(change).updateTable('network.port_forwarding').set(columnsOf(after)).where('id', '=', id).execute();
  await forwardingChanged(change, floatingIpId, [before.routerId, after.routerId]);
  return { id, ...after };
}

export async function deletePortForwarding(change: Change, floatingIpId: string, id: string): Promise<void> {
  await ownFloatingIp(change, floatingIpId);
  const before = await visiblePortForwarding(change, floatingIpId, id);
  await rowsOf(change).deleteFrom('network.port_forwarding').where('id', '=', id).execute();
  await forwardingChanged(change, floatingIpId, [before.routerId]);
}

async function forwardingChanged(change: Change, floatingIpId: string, routers: readonly string[]): Promise<void> {
  // The engine's word makes it ACTIVE again, when something is left to carry.
  await sql`update network.floating_ip set status = 'DOWN', revision = revision + 1, updated_at = ${change.now}
    where id = ${floatingIpId}`.execute(change.tx);
  for (const router of new Set(routers)) await change.wake('router', router);
}

/** Has nothing be forwarded any more to these addresses of the port. */
export async function dropForwardingsTo(change: Change, portId: string, ips: readonly FixedIp[]): Promise<void> {
  if (ips.length === 0) return;
  const addresses = ips.map(({ ipAddress }) => ipAddress);
  const { rows } = await sql<{ router_id: string }>`delete from network.port_forwarding
    where internal_port_id = ${portId} and internal_address = any(${addresses}::inet[]) returning router_id`.execute(
    change.tx,
  );
  for (const router of new Set(rows.map((row) => row.router_id))) await change.wake('router', router);
}
