import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import type { Region } from '../domain/catalog.ts';
import type { Environment } from '../environment.ts';
import { createRegion, deleteRegion, found, updateRegion } from '../operations/catalog.ts';
import { currentCatalog, pageOf } from './catalog.ts';
import { extraOf, given, listReply, resource } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, ref, text } from './schemas.ts';

const attributes = {
  description: Type.Optional(text(65_535)),
  parent_region_id: Type.Optional(nullable(ref)),
};
const known = ['id', 'links', ...Object.keys(attributes)];
const body = Type.Object({ region: Type.Object({ ...attributes, id: Type.Optional(name(255)) }) });
const params = Type.Object({ regionId: name(255) });
const one = '/v3/regions/:regionId';

/** Regions, which may lie in one another. */
export function regionRoutes(environment: Environment): Route[] {
  type Asked = { readonly baseUrl: string; readonly body: Type.Static<typeof body> };
  const create = async (request: Asked, id: string) => {
    const { region } = request.body;
    const { description = '', parent_region_id = null } = region;
    const wanted = { id, description, parent_region_id, extra: extraOf(region, known) };
    return { region: view(request, await createRegion(environment, wanted)) };
  };
  return [
    route({
      method: 'GET',
      path: '/v3/regions',
      operation: 'identity:regions:list',
      policy: policies.authenticated,
      query: listQuery({ parent_region_id: Type.Optional(ref) }),
      handler: async (request) => {
        const parent = request.query.parent_region_id;
        const { regions } = await currentCatalog(environment);
        const chosen = regions.filter((region) => !parent || region.parent_region_id === parent);
        return listReply(
          request,
          'regions',
          pageOf(chosen, request.query).map((region) => view(request, region)),
        );
      },
    }),
    route({
      method: 'POST',
      path: '/v3/regions',
      operation: 'identity:regions:create',
      policy: policies.admin,
      status: 201,
      bodyLimit,
      body,
      handler: (request) => create(request, request.body.region.id ?? newHexId()),
    }),
    route({
      method: 'GET',
      path: one,
      operation: 'identity:regions:show',
      policy: policies.authenticated,
      params,
      handler: async (request) => ({
        region: view(request, found(await currentCatalog(environment), 'region', request.params.regionId)),
      }),
    }),
    route({
      method: 'PUT',
      path: one,
      operation: 'identity:regions:create-with-id',
      policy: policies.admin,
      params,
      status: 201,
      bodyLimit,
      body,
      handler: (request) => {
        const { regionId } = request.params;
        const { id = regionId } = request.body.region;
        if (id !== regionId) throw badRequest('The region’s id in the body is not the one in the URL.');
        return create(request, regionId);
      },
    }),
    route({
      method: 'PATCH',
      path: one,
      operation: 'identity:regions:update',
      policy: policies.admin,
      params,
      bodyLimit,
      body,
      handler: async (request) => {
        const wanted = given(request.body.region, ['description', 'parent_region_id'], known);
        return { region: view(request, await updateRegion(environment, request.params.regionId, wanted)) };
      },
    }),
    route({
      method: 'DELETE',
      path: one,
      operation: 'identity:regions:delete',
      policy: policies.admin,
      params,
      status: 204,
      handler: (request) => deleteRegion(environment, request.params.regionId),
    }),
  ];
}

function view(request: { readonly baseUrl: string }, { id, description, parent_region_id, extra }: Region) {
  return resource(request, 'regions', { id, description, parent_region_id }, extra);
}
