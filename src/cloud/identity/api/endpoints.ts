import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import { type Endpoint, interfaces } from '../domain/catalog.ts';
import type { Environment } from '../environment.ts';
import { createEndpoint, deleteEndpoint, found, updateEndpoint } from '../operations/catalog.ts';
import { currentCatalog, pageOf } from './catalog.ts';
import { extraOf, given, listReply, resource } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, ref } from './schemas.ts';

const face = Type.Union(interfaces.map((each) => Type.Literal(each)));
const optional = {
  region_id: Type.Optional(nullable(ref)),
  /** As Keystone's first clients named the region. */
  region: Type.Optional(nullable(ref)),
  enabled: Type.Optional(Type.Boolean()),
};
const required = { service_id: ref, interface: face, url: name(2048) };
const known = ['id', 'links', ...Object.keys({ ...required, ...optional })];
const params = Type.Object({ endpointId: ref });
const one = '/v3/endpoints/:endpointId';

/** Endpoints of the catalog's services. What this cloud itself serves is configured, hence only read. */
export function endpointRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v3/endpoints',
      operation: 'identity:endpoints:list',
      policy: policies.admin,
      query: listQuery({
        interface: Type.Optional(ref),
        service_id: Type.Optional(ref),
        region_id: Type.Optional(ref),
        region: Type.Optional(ref),
      }),
      handler: async (request) => {
        const asked = request.query;
        const region = asked.region_id ?? asked.region;
        const chosen = (await currentCatalog(environment)).endpoints.filter(
          (endpoint) =>
            (!asked.interface || endpoint.interface === asked.interface) &&
            (!asked.service_id || endpoint.service_id === asked.service_id) &&
            (!region || endpoint.region_id === region),
        );
        return listReply(
          request,
          'endpoints',
          pageOf(chosen, asked).map((endpoint) => endpointView(request, endpoint)),
        );
      },
    }),
    route({
      method: 'POST',
      path: '/v3/endpoints',
      operation: 'identity:endpoints:create',
      policy: policies.admin,
      status: 201,
      bodyLimit,
      body: Type.Object({ endpoint: Type.Object({ ...required, ...optional }) }),
      handler: async (request) => {
        const { endpoint } = request.body;
        const { service_id, url, region, region_id = null, enabled = true } = endpoint;
        const wanted = { service_id, url, region_id, enabled, interface: endpoint.interface };
        const extra = extraOf(endpoint, known);
        return {
          endpoint: endpointView(
            request,
            await createEndpoint(environment, { ...wanted, ...regionNamed(region), extra }),
          ),
        };
      },
    }),
    route({
      method: 'GET',
      path: one,
      operation: 'identity:endpoints:show',
      policy: policies.admin,
      params,
      handler: async (request) => ({
        endpoint: endpointView(
          request,
          found(await currentCatalog(environment), 'endpoint', request.params.endpointId),
        ),
      }),
    }),
    route({
      method: 'PATCH',
      path: one,
      operation: 'identity:endpoints:update',
      policy: policies.admin,
      params,
      bodyLimit,
      body: Type.Object({ endpoint: Type.Object({ ...optional, ...Type.Partial(Type.Object(required)).properties }) }),
      handler: async (request) => {
        const { endpoint } = request.body;
        const columns = ['service_id', 'interface', 'url', 'region_id', 'enabled'] as const;
        const wanted = { ...given(endpoint, columns, known), ...regionNamed(endpoint.region) };
        return {
          endpoint: endpointView(request, await updateEndpoint(environment, request.params.endpointId, wanted)),
        };
      },
    }),
    route({
      method: 'DELETE',
      path: one,
      operation: 'identity:endpoints:delete',
      policy: policies.admin,
      params,
      status: 204,
      handler: (request) => deleteEndpoint(environment, request.params.endpointId),
    }),
  ];
}

function regionNamed(region: string | null | undefined) {
  return region === undefined || region === null ? {} : { region };
}

/** An endpoint as the API shows it. */
export function endpointView(request: { readonly baseUrl: string }, endpoint: Endpoint) {
  const { id, service_id, region_id, interface: faceOf, url, enabled, extra } = endpoint;
  const facts = { id, service_id, region_id, region: region_id, interface: faceOf, url, enabled };
  return resource(request, 'endpoints', facts, extra);
}
