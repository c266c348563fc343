import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import type { Service } from '../domain/catalog.ts';
import type { Environment } from '../environment.ts';
import { createService, deleteService, found, updateService } from '../operations/catalog.ts';
import { currentCatalog, pageOf } from './catalog.ts';
import { extraOf, given, listReply, resource } from './replies.ts';
import { bodyLimit, listQuery, name, ref, text } from './schemas.ts';

const attributes = {
  name: Type.Optional(text(255)),
  description: Type.Optional(text(255)),
  enabled: Type.Optional(Type.Boolean()),
};
const known = ['id', 'links', 'type', ...Object.keys(attributes)];
const params = Type.Object({ serviceId: ref });
const one = '/v3/services/:serviceId';

/** Services of the catalog. What this cloud itself serves is configured, hence only read. */
export function serviceRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v3/services',
      operation: 'identity:services:list',
      policy: policies.admin,
      query: listQuery({ name: Type.Optional(ref), type: Type.Optional(ref) }),
      handler: async (request) => {
        const { name: called, type } = request.query;
        const { services } = await currentCatalog(environment);
        const chosen = services.filter((each) => (!called || each.name === called) && (!type || each.type === type));
        return listReply(
          request,
          'services',
          pageOf(chosen, request.query).map((service) => view(request, service)),
        );
      },
    }),
    route({
      method: 'POST',
      path: '/v3/services',
      operation: 'identity:services:create',
      policy: policies.admin,
      status: 201,
      bodyLimit,
      body: Type.Object({ service: Type.Object({ ...attributes, type: name(255) }) }),
      handler: async (request) => {
        const { service } = request.body;
        const { type, name: called = '', description = '', enabled = true } = service;
        const wanted = { type, name: called, description, enabled, extra: extraOf(service, known) };
        return { service: view(request, await createService(environment, wanted)) };
      },
    }),
    route({
      method: 'GET',
      path: one,
      operation: 'identity:services:show',
      policy: policies.admin,
      params,
      handler: async (request) => ({
        service: view(request, found(await currentCatalog(environment), 'service', request.params.serviceId)),
      }),
    }),
    route({
      method: 'PATCH',
      path: one,
      operation: 'identity:services:update',
      policy: policies.admin,
      params,
      bodyLimit,
      body: Type.Object({ service: Type.Object({ ...attributes, type: Type.Optional(name(255)) }) }),
      handler: async (request) => {
        const { service } = request.body;
        const wanted = given(service, ['type', 'name', 'description', 'enabled'], known);
        return { service: view(request, await updateService(environment, request.params.serviceId, wanted)) };
      },
    }),
    route({
      method: 'DELETE',
      path: one,
      operation: 'identity:services:delete',
      policy: policies.admin,
      params,
      status: 204,
      handler: (request) => deleteService(environment, request.params.serviceId),
    }),
  ];
}

function view(request: { readonly baseUrl: string }, { id, type, name: called, description, enabled, extra }: Service) {
  return resource(request, 'services', { id, type, name: called, description, enabled }, extra);
}
