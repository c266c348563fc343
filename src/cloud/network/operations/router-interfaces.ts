import { isIPv4, isIPv6 } from 'node:net';
import { sql } from 'kysely';
import { Fault } from '../../../kernel/base/errors.ts';
import { overlap, parseCidr } from '../domain/addresses.ts';
import type { RouterInterfaceAttributes } from '../domain/attributes.ts';
import { badResourceRequest, inConflict, portNotFound, routerNotFound, subnetNotFound } from '../domain/faults.ts';
import type { PortRecord, RouterRecord, SubnetRecord } from '../domain/records.ts';
import { isWithin } from '../domain/subnet-rules.ts';
import type { RouterInterface } from '../network-api.ts';
import { bumpRevision, findRecord, findVisible, listRecords, lockRow } from '../store/query.ts';
import { portSource, routerSource, subnetSource } from '../store/sources.ts';
import { replaceAddresses } from './addresses.ts';
import { type Change, madeBefore, ownRecord, rowsOf } from './change.ts';
import { addPort, removePort, setGroups } from './port-rows.ts';
import { type Leg, legsOf } from './router-legs.ts';

export async function addRouterInterface(
  change: Change,
  routerId: string,
  attributes: RouterInterfaceAttributes,
  id?: string,
): Promise<RouterInterface> {
  const router = await ownRouter(change, routerId, 'add_router_interface');
  const before = await madeBefore(change, portSource, id);
  if (before !== undefined) return interfaceOf(router, before);
  const leg =
    attributes.portId === undefined
      ? await legOnSubnet(change, router, attributes.subnetId, id)
      : interfaceOf(
          router,
          await legOfPort(change, router, { ...attributes, portId: attributes.portId }, id !== undefined),
        );
  await routerChanged(change, router.id);
  return leg;
}

function ownRouter(change: Change, id: string, rule: string): Promise<RouterRecord> {
  return ownRecord(change, routerSource, id, { missing: routerNotFound, rule });
}

async function routerChanged(change: Change, id: string): Promise<void> {
  await bumpRevision(change.tx, routerSource, id, change.now);
  await change.wake('router', id);
}

function interfaceOf(
  router: RouterRecord,
  port: PortRecord,
  subnetId = port.fixedIps[0]?.subnetId ?? '',
): RouterInterface {
  return { routerId: router.id, projectId: router.projectId, portId: port.id, networkId: port.networkId, subnetId };
}

/** The subnet's gateway address, on a new port; of IPv6, on the port that the router has on that network already. */
async function legOnSubnet(
  change: Change,
  router: RouterRecord,
  subnetId: string | undefined,
  id: string | undefined,
): Promise<RouterInterface> {
  if (subnetId === undefined) throw badResourceRequest('router', 'Either subnet_id or port_id must be specified');
  const subnet = await visibleSubnet(change, subnetId);
  if (subnet.gatewayIp === null) {
    throw badResourceRequest('router', 'Subnet for router interface must have a gateway IP');
  }
  await refuseClash(change, router, subnet);
  const neighbour = subnet.ipVersion === 6 ? await ipv6Leg(change, router.id, subnet.networkId) : undefined;
  if (neighbour !== undefined) {
    const wanted = [...neighbour.fixedIps, { subnetId: subnet.id, ipAddress: subnet.gatewayIp }];
    await replaceAddresses(change, neighbour, neighbour.mac, wanted);
    return interfaceOf(router, neighbour, subnet.id);
  }
  const port = await addPort(change, {
    id,
    projectId: router.projectId,
    attributes: {
      networkId: subnet.networkId,
      deviceId: router.id,
      deviceOwner: 'network:router_interface',
      fixedIps: [{ subnetId: subnet.id, ipAddress: subnet.gatewayIp }],
    },
    securityGroupIds: [],
    portSecurityEnabled: false,
    routerId: router.id,
    status: 'DOWN',
  });
  return interfaceOf(router, port);
}

/** The router's port on the network that has IPv6 addresses: all such subnets of a network share one. */
async function ipv6Leg({ tx }: Change, routerId: string, networkId: string): Promise<PortRecord | undefined> {
  const ports = await listRecords(tx, portSource, {
    conditions: [
      sql`v."routerId" = ${routerId}`,
      sql`v."networkId" = ${networkId}`,
      sql`v."deviceOwner" = 'network:router_interface'`,
    ],
  });
  return ports.find(({ fixedIps }) => fixedIps.some(({ ipAddress }) => isIPv6(ipAddress)));
}

/** A subnet of a network that the caller may attach to: its own, or a shared one. */
async function visibleSubnet({ tx, context }: Change, id: string): Promise<SubnetRecord> {
  const subnet = await findVisible(tx, subnetSource, context, id);
  if (subnet === undefined) throw subnetNotFound(id);
  return subnet;
}

/** A port that was made for it, with whatever address it has; `again`: it may be the router's leg already. */
async function legOfPort(
  change: Change,
  router: RouterRecord,
  { portId, subnetId }: { readonly portId: string; readonly subnetId?: string },
  again: boolean,
): Promise<PortRecord> {
  if (subnetId !== undefined) throw badResourceRequest('router', 'Cannot specify both subnet-id and port-id');
  await lockRow(change.tx, portSource, portId, 'update');
  const port = await findVisible(change.tx, portSource, change.context, portId);
  if (port === undefined) throw portNotFound(portId);
  if (again && port.routerId === router.id) return port;
  if (port.deviceId !== '' || port.routerId !== null) {
    throw inConflict(
      'PortInUse',
      `Unable to complete operation on port ${portId} for network ${port.networkId}. Port already has an attached device ${port.deviceId}.`,
    );
  }
  if (port.fixedIps.length === 0) throw badResourceRequest('router', 'A router port must have at least one fixed IP');
  if (port.fixedIps.filter(({ ipAddress }) => isIPv4(ipAddress)).length > 1) {
    throw badResourceRequest('router', 'Cannot have multiple IPv4 subnets on router port');
  }
  for (const fixed of port.fixedIps) {
    const subnet = await findRecord(change.tx, subnetSource, fixed.subnetId);
    if (subnet !== undefined) await refuseClash(change, router, subnet);
  }
  await setGroups(change, portId, []);
  await rowsOf(change)
    .updateTable('network.port')
    .set({
      device_id: router.id,
      device_owner: 'network:router_interface',
      router_id: router.id,
      port_security_enabled: false,
      revision: port.revision + 1,
      updated_at: change.now,
    })
    .where('id', '=', portId)
    .execute();
  // It is no guest's port any more.
  await change.wake('port', portId);
  return { ...port, routerId: router.id };
}

/** A router's subnets, inside and outside, must not overlap: it would not know where to send. */
async function refuseClash(change: Change, router: RouterRecord, subnet: SubnetRecord): Promise<void> {
  const legs = await legsOf(change, router.id);
  if (legs.some(({ subnetId }) => subnetId === subnet.id)) {
    throw badResourceRequest('router', `Router already has a port on subnet ${subnet.id}`);
  }
  const outside =
    router.gateway === null
      ? []
      : await listRecords(change.tx, subnetSource, {
          conditions: [sql`v."networkId" = ${router.gateway.networkId}`],
        });
  const taken = [...legs, ...outside.map(({ id, cidr }) => ({ subnetId: id, cidr }))];
  const clash = taken.find(({ cidr }) => {
    const [a, b] = [parseCidr(cidr), parseCidr(subnet.cidr)];
    return a !== undefined && b !== undefined && overlap(a, b);
  });
  if (clash === undefined) return;
  throw badResourceRequest(
    'router',
    `Cidr ${subnet.cidr} of subnet ${subnet.id} overlaps with cidr ${clash.cidr} of subnet ${clash.subnetId}`,
  );
}

/** Takes the leg away with its port; undefined when the router has no such leg. */
export async function removeRouterInterface(
  change: Change,
  routerId: string,
  attributes: RouterInterfaceAttributes,
): Promise<RouterInterface | undefined> {
  const router = await ownRouter(change, routerId, 'remove_router_interface');
  const { portId, subnetId } = attributes;
  if (portId === undefined && subnetId === undefined) {
    throw badResourceRequest('router', 'Either subnet_id or port_id must be specified');
  }
  const legs = await legsOf(change, router.id);
  const leg = legs.find((each) => (portId === undefined ? each.subnetId === subnetId : each.portId === portId));
  if (leg === undefined) return undefined;
  if (subnetId !== undefined && leg.subnetId !== subnetId) {
    throw inConflict(
      'SubnetMismatchForPort',
      `Subnet on port ${portId} does not match the requested subnet ${subnetId}`,
    );
  }
  // Of a port with several IPv6 subnets only the one goes, unless the port is named.
  const onPort = legs.filter((each) => each.portId === leg.portId);
  const going = portId === undefined ? [leg] : onPort;
  for (const each of going) await refuseNeeded(change, router, each);
  if (going.length === onPort.length) await removePort(change, leg.portId);
  else await removeAddress(change, leg);
  await routerChanged(change, router.id);
  return {
    routerId: router.id,
    projectId: router.projectId,
    portId: leg.portId,
    networkId: leg.networkId,
    subnetId: leg.subnetId,
  };
}

async function removeAddress(change: Change, { subnetId, address }: Leg): Promise<void> {
  await rowsOf(change)
    .deleteFrom('network.ip_allocation')
    .where('subnet_id', '=', subnetId)
    .where('address', '=', address)
    .execute();
}

async function refuseNeeded(change: Change, router: RouterRecord, leg: Leg): Promise<void> {
  const refuse = (type: string, what: string): Fault =>
    inConflict(
      type,
      `Router interface for subnet ${leg.subnetId} on router ${router.id} cannot be deleted, as it is required by one or more ${what}.`,
    );
  if (router.routes.some(({ nexthop }) => isWithin(leg.cidr, nexthop)))
    throw refuse('RouterInterfaceInUseByRoute', 'routes');
  const floating = await rowsOf(change)
    .selectFrom('network.floating_ip as f')
    .innerJoin('network.ip_allocation as a', (join) =>
      join.onRef('a.port_id', '=', 'f.fixed_port_id').onRef('a.address', '=', 'f.fixed_address'),
    )
    .select('f.id')
    .where('f.router_id', '=', router.id)
    .where('a.subnet_id', '=', leg.subnetId)
    .limit(1)
    .executeTakeFirst();
  if (floating !== undefined) throw refuse('RouterInterfaceInUseByFloatingIP', 'floating IPs');
  const forwarding = await sql`select from network.port_forwarding f join network.ip_allocation a
      on a.port_id = f.internal_port_id and a.address = f.internal_address
    where f.router_id = ${router.id} and a.subnet_id = ${leg.subnetId} limit 1`.execute(change.tx);
  if (forwarding.rows.length > 0) throw refuse('RouterInterfaceInUseByFloatingIP', 'floating IPs');
}

/** 404 of a router that has no such interface. */
export function noSuchInterface(routerId: string, { portId, subnetId }: RouterInterfaceAttributes): Fault {
  return portId === undefined
    ? new Fault('notFound', `Router ${routerId} has no interface on subnet ${subnetId}`, {
        data: { type: 'RouterInterfaceNotFoundForSubnet' },
      })
    : new Fault('notFound', `Router ${routerId} does not have an interface with id ${portId}`, {
        data: { type: 'RouterInterfaceNotFound' },
      });
}
