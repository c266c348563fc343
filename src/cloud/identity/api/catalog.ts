import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { notFound } from '../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { catalogFor, endpoints, serviceId } from '../domain/catalog.ts';
import type { Environment } from '../environment.ts';
import { listReply, resource } from './replies.ts';
import { listQuery, ref } from './schemas.ts';

/** The catalog of the caller's scope, and what it is made of. It is configured, hence only read here. */
export function catalogRoutes({ catalog, publicUrl }: Environment): Route[] {
  const services = catalog.services.map((service) => ({
    id: serviceId(service),
    type: service.type,
    name: service.name,
    description: service.description ?? '',
    enabled: true,
  }));
  const allEndpoints = endpoints(catalog, publicUrl);
  const regions = [{ id: catalog.region, description: '', parent_region_id: null }];

  return [
    route({
      method: 'GET',
      path: '/v3/auth/catalog',
      operation: 'identity:catalog:show',
      policy: policies.authenticated,
      handler: (request) => ({
        links: { next: null, previous: null, self: `${request.baseUrl}/v3/auth/catalog` },
        catalog: catalogFor(catalog, publicUrl, caller(request).projectId),
      }),
    }),
    route({
      method: 'GET',
      path: '/v3/services',
      operation: 'identity:services:list',
      policy: policies.admin,
      query: listQuery({ name: Type.Optional(ref), type: Type.Optional(ref) }),
      handler: (request) => {
        const { name, type } = request.query;
        const chosen = services.filter((s) => (!name || s.name === name) && (!type || s.type === type));
        return listReply(
          request,
          'services',
          chosen.map((service) => resource(request, 'services', service)),
        );
      },
    }),
    route({
      method: 'GET',
      path: '/v3/services/:serviceId',
      operation: 'identity:services:show',
      policy: policies.admin,
      handler: (request) => ({
        service: resource(request, 'services', find('service', services, request.params.serviceId)),
      }),
    }),
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
      handler: (request) => {
        const asked = request.query;
        const region = asked.region_id ?? asked.region;
        const chosen = allEndpoints.filter(
          (endpoint) =>
            (!asked.interface || endpoint.interface === asked.interface) &&
            (!asked.service_id || endpoint.service_id === asked.service_id) &&
            (!region || endpoint.region_id === region),
        );
        return listReply(
          request,
          'endpoints',
          chosen.map((endpoint) => resource(request, 'endpoints', endpoint)),
        );
      },
    }),
    route({
      method: 'GET',
      path: '/v3/endpoints/:endpointId',
      operation: 'identity:endpoints:show',
      policy: policies.admin,
      handler: (request) => ({
        endpoint: resource(request, 'endpoints', find('endpoint', allEndpoints, request.params.endpointId)),
      }),
    }),
    route({
      method: 'GET',
      path: '/v3/regions',
      operation: 'identity:regions:list',
      policy: policies.authenticated,
      query: listQuery({}),
      handler: (request) =>
        listReply(
          request,
          'regions',
          regions.map((region) => resource(request, 'regions', region)),
        ),
    }),
    route({
      method: 'GET',
      path: '/v3/regions/:regionId',
      operation: 'identity:regions:show',
      policy: policies.authenticated,
      handler: (request) => ({
        region: resource(request, 'regions', find('region', regions, request.params.regionId)),
      }),
    }),
  ];
}

function find<T extends { readonly id: string }>(kind: string, all: readonly T[], id: string | undefined): T {
  const found = all.find((one) => one.id === id);
  if (found === undefined) throw notFound(kind, id ?? '');
  return found;
}
