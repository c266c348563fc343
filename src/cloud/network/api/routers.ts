import Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { routerNotFound } from '../domain/faults.ts';
import type { RouterRecord } from '../domain/records.ts';
import type { RouterInterface } from '../network-api.ts';
import { type OperationDeps, perform } from '../operations/change.ts';
import { addRouterInterface, noSuchInterface, removeRouterInterface } from '../operations/router-interfaces.ts';
import { addRoutes, createRouter, deleteRouter, removeRoutes, updateRouter } from '../operations/routers.ts';
import { routerSource } from '../store/sources.ts';
import { type Listing, standardFields } from './listing.ts';
import { resourceRoutes } from './resource.ts';
import {
  body,
  boolean,
  description,
  name,
  nullable,
  optional,
  owner,
  routes,
  toBoolean,
  uuid,
  wantedIps,
} from './schemas.ts';
import { fixedIpsView, ownerOf, standardView, wantedIpsOf } from './views.ts';

const listing: Listing<RouterRecord> = {
  source: routerSource,
  fields: {
    ...standardFields,
    name: { column: 'name', type: 'text' },
    status: { column: 'status', type: 'text' },
    admin_state_up: { column: 'adminStateUp', type: 'boolean' },
  },
};

const gatewayInfo = body({
  network_id: optional(uuid),
  enable_snat: optional(boolean),
  external_fixed_ips: optional(wantedIps),
});

const changeable = {
  name: optional(name),
  description: optional(description),
  admin_state_up: optional(boolean),
  external_gateway_info: optional(nullable(gatewayInfo)),
};

const created = body({ ...changeable, ...owner, availability_zone_hints: optional(Type.Array(Type.Literal('nova'))) });
const updated = body({ ...changeable, routes: optional(nullable(routes)) });

function attributesOf(sent: Type.Static<typeof created>) {
  const info = sent.external_gateway_info;
  const gateway = info?.network_id && {
    networkId: info.network_id,
    enableSnat: toBoolean(info.enable_snat),
    fixedIps: wantedIpsOf(info.external_fixed_ips),
  };
  return {
    name: sent.name,
    description: sent.description,
    adminStateUp: toBoolean(sent.admin_state_up),
    // `{}` takes the gateway away, as null does.
    gateway: info === undefined ? undefined : gateway || null,
  };
}

function show(router: RouterRecord, context: Context) {
  return {
    ...standardView(router),
    name: router.name,
    status: 'ACTIVE',
    admin_state_up: router.adminStateUp,
    external_gateway_info: router.gateway && {
      network_id: router.gateway.networkId,
      enable_snat: router.gateway.enableSnat,
      external_fixed_ips: fixedIpsView(router.gateway.fixedIps),
    },
    routes: router.routes,
    availability_zone_hints: [],
    availability_zones: ['nova'],
    flavor_id: null,
    ...(context.isAdmin ? { distributed: false, ha: false } : {}),
  };
}

const interfaceBody = body({ subnet_id: optional(uuid), port_id: optional(uuid) });

function interfaceView({ routerId, projectId, portId, networkId, subnetId }: RouterInterface) {
  return {
    id: routerId,
    tenant_id: projectId,
    project_id: projectId,
    port_id: portId,
    network_id: networkId,
    subnet_id: subnetId,
    subnet_ids: [subnetId],
    tags: [],
  };
}

function interfaceRoutes(deps: OperationDeps): Route[] {
  return [
    route({
      method: 'PUT',
      path: '/v2.0/routers/:id/add_router_interface',
      operation: 'network:routers:add_interface',
      policy: policies.projectMember,
      body: interfaceBody,
      async handler({ context, params, body: sent }) {
        const wanted = { subnetId: sent.subnet_id, portId: sent.port_id };
        return interfaceView(
          await perform(deps, caller({ context }), (change) => addRouterInterface(change, params.id ?? '', wanted)),
        );
      },
    }),
    route({
      method: 'PUT',
      path: '/v2.0/routers/:id/remove_router_interface',
      operation: 'network:routers:remove_interface',
      policy: policies.projectMember,
      body: interfaceBody,
      async handler({ context, params: { id = '' }, body: sent }) {
        const wanted = { subnetId: sent.subnet_id, portId: sent.port_id };
        const removed = await perform(deps, caller({ context }), (change) => removeRouterInterface(change, id, wanted));
        if (removed === undefined) throw noSuchInterface(id, wanted);
        return interfaceView(removed);
      },
    }),
  ];
}

const extraRoutes = Type.Object({ router: body({ routes }) }, { additionalProperties: false });

/** The extension `extraroute-atomic`: what several callers do to the routes at once does not get lost. */
function extraRouteRoutes(deps: OperationDeps): Route[] {
  const edits = { add_extraroutes: addRoutes, remove_extraroutes: removeRoutes };
  return Object.entries(edits).map(([action, edit]) =>
    route({
      method: 'PUT',
      path: `/v2.0/routers/:id/${action}`,
      operation: `network:routers:${action}`,
      policy: policies.projectMember,
      body: extraRoutes,
      async handler({ context, params: { id = '' }, body: sent }) {
        const by = caller({ context });
        return { router: show(await perform(deps, by, (change) => edit(change, id, sent.router.routes)), by) };
      },
    }),
  );
}

export function routerRoutes(deps: OperationDeps): Route[] {
  const routes = resourceRoutes(deps, {
    singular: 'router',
    plural: 'routers',
    listing,
    missing: routerNotFound,
    show,
    created,
    create: (change, sent) => createRouter(change, { ...attributesOf(sent), projectId: ownerOf(sent) }),
    updated,
    update: (change, id, { routes, ...sent }) =>
      updateRouter(change, id, { ...attributesOf(sent), routes: routes === null ? [] : routes }),
    remove: deleteRouter,
  });
  return [...routes, ...interfaceRoutes(deps), ...extraRouteRoutes(deps)];
}
