import { sql } from 'kysely';
import { overlap, parseCidr } from '../domain/addresses.ts';
import type { GatewayAttributes, RouterAttributes, RouterChanges } from '../domain/attributes.ts';
import { badResourceRequest, inConflict, routerNotFound } from '../domain/faults.ts';
import type { HostRoute, NetworkRecord, RouterRecord } from '../domain/records.ts';
import { checkedRoutes } from '../domain/subnet-rules.ts';
import { checkQuota } from '../store/quotas.ts';
import { routerSource } from '../store/sources.ts';
import { adminOnly, type Change, madeBefore, newRow, ownRecord, projectOf, reread, rowsOf } from './change.ts';
import { visibleNetwork } from './networks.ts';
import { addPort, removePort } from './port-rows.ts';
import { legsOf } from './router-legs.ts';
import { checkedRouterRoutes } from './router-routes.ts';

export async function createRouter(change: Change, attributes: RouterAttributes, id?: string): Promise<RouterRecord> {
  const before = await madeBefore(change, routerSource, id);
  if (before !== undefined) return before;
  const projectId = projectOf(change, attributes.projectId);
  await checkQuota(change.tx, projectId, 'router');
  const row = {
    ...newRow(change, id, projectId, attributes.description),
    name: attributes.name ?? '',
    admin_state_up: attributes.adminStateUp ?? true,
    external_network_id: null,
    enable_snat: true,
    routes: '[]',
  };
  await rowsOf(change).insertInto('network.router').values(row).execute();
  if (attributes.gateway) await connectGateway(change, row.id, attributes.gateway, 'create_router');
  await change.wake('router', row.id);
  return reread(change, routerSource, row.id);
}

export async function updateRouter(change: Change, id: string, changes: RouterChanges): Promise<RouterRecord> {
  const router = await ownRecord(change, routerSource, id, { missing: routerNotFound, rule: 'update_router' });
  if (changes.gateway !== undefined) await setGateway(change, router, changes.gateway);
  const routes = changes.routes && (await checkedRouterRoutes(change, id, changes.routes));
  await rowsOf(change)
    .updateTable('network.router')
    .set({
      name: changes.name,
      description: changes.description,
      admin_state_up: changes.adminStateUp,
      routes: routes && JSON.stringify(routes),
      revision: router.revision + 1,
      updated_at: change.now,
    })
    .where('id', '=', id)
    .execute();
  await change.wake('router', id);
  return reread(change, routerSource, id);
}

/** Adds routes to those that there are; those that are there already stay as they are. */
export async function addRoutes(change: Change, id: string, added: readonly HostRoute[]): Promise<RouterRecord> {
  return editRoutes(change, id, (routes) => [...without(routes, checkedRoutes(added)), ...checkedRoutes(added)]);
}

/** Takes routes away, if they are there. */
export async function removeRoutes(change: Change, id: string, gone: readonly HostRoute[]): Promise<RouterRecord> {
  return editRoutes(change, id, (routes) => without(routes, checkedRoutes(gone)));
}

async function editRoutes(
  change: Change,
  id: string,
  edit: (routes: readonly HostRoute[]) => readonly HostRoute[],
): Promise<RouterRecord> {
  const router = await ownRecord(change, routerSource, id, { missing: routerNotFound, rule: 'update_router' });
  return updateRouter(change, id, { routes: edit(router.routes) });
}

function without(routes: readonly HostRoute[], gone: readonly HostRoute[]): HostRoute[] {
  const text = ({ destination, nexthop }: HostRoute) => `${destination} ${nexthop}`;
  const names = new Set(gone.map(text));
  return routes.filter((route) => !names.has(text(route)));
}

async function setGateway(change: Change, router: RouterRecord, wanted: GatewayAttributes | null): Promise<void> {
  const { gateway } = router;
  const stays = gateway !== null && wanted?.networkId === gateway.networkId && wanted.fixedIps === undefined;
  if (stays) {
    if (wanted.enableSnat === undefined || wanted.enableSnat === gateway.enableSnat) return;
    adminOnly(change, 'update_router:external_gateway_info', { enable_snat: wanted.enableSnat });
    await rowsOf(change)
      .updateTable('network.router')
      .set({ enable_snat: wanted.enableSnat })
      .where('id', '=', router.id)
      .execute();
    return;
  }
  if (gateway !== null) await disconnectGateway(change, router, gateway);
  if (wanted !== null) await connectGateway(change, router.id, wanted, 'update_router');
}

async function connectGateway(change: Change, id: string, wanted: GatewayAttributes, rule: string): Promise<void> {
  const network = await visibleNetwork(change, wanted.networkId);
  if (!network.external) throw badResourceRequest('router', `Network ${network.id} is not an external network`);
  adminOnly(change, `${rule}:external_gateway_info`, {
    enable_snat: wanted.enableSnat === false ? false : undefined,
    external_fixed_ips: wanted.fixedIps,
  });
  await refuseOverlap(change, id, network);
  const port = await addPort(change, {
    id: undefined,
    projectId: '',
    attributes: {
      networkId: network.id,
      deviceId: id,
      deviceOwner: 'network:router_gateway',
      fixedIps: wanted.fixedIps,
    },
    securityGroupIds: [],
    portSecurityEnabled: false,
    routerId: id,
    status: 'DOWN',
  });
  if (port.fixedIps.length === 0) {
    throw badResourceRequest('router', `Network ${network.id} has no subnet to give the router an address of`);
  }
  await rowsOf(change)
    .updateTable('network.router')
    .set({ external_network_id: network.id, enable_snat: wanted.enableSnat ?? true })
    .where('id', '=', id)
    .execute();
}

async function refuseOverlap(change: Change, routerId: string, network: NetworkRecord): Promise<void> {
  const outside = await rowsOf(change)
    .selectFrom('network.subnet')
    .select(['id', 'cidr'])
    .where('network_id', '=', network.id)
    .execute();
  for (const leg of await legsOf(change, routerId)) {
    for (const subnet of outside) {
      const [a, b] = [parseCidr(leg.cidr), parseCidr(subnet.cidr)];
      if (a === undefined || b === undefined || !overlap(a, b)) continue;
      throw badResourceRequest(
        'router',
        `Cidr ${subnet.cidr} of subnet ${subnet.id} overlaps with cidr ${leg.cidr} of subnet ${leg.subnetId}`,
      );
    }
  }
}

async function disconnectGateway(
  change: Change,
  router: RouterRecord,
  gateway: NonNullable<RouterRecord['gateway']>,
): Promise<void> {
  const { rows } = await sql`select from network.floating_ip where router_id = ${router.id}
    union all select from network.port_forwarding where router_id = ${router.id} limit 1`.execute(change.tx);
  if (rows.length > 0) {
    throw inConflict(
      'RouterExternalGatewayInUseByFloatingIp',
      `Gateway cannot be updated for router ${router.id}, since a gateway to external network ${gateway.networkId} is required by one or more floating IPs.`,
    );
  }
  await removePort(change, gateway.portId);
  await rowsOf(change)
    .updateTable('network.router')
    .set({ external_network_id: null, enable_snat: true })
    .where('id', '=', router.id)
    .execute();
}

/** Takes the router away with its gateway; refuses while it has interfaces. */
export async function deleteRouter(change: Change, id: string): Promise<void> {
  const options = { missing: routerNotFound, rule: 'delete_router', lock: 'delete' } as const;
  const router = await ownRecord(change, routerSource, id, options);
  if ((await legsOf(change, id)).length > 0) throw inConflict('RouterInUse', `Router ${id} still has ports`);
  if (router.gateway !== null) await disconnectGateway(change, router, router.gateway);
  await rowsOf(change).deleteFrom('network.router').where('id', '=', id).execute();
  await change.wake('router', id);
}
