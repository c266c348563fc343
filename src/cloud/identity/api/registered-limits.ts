import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import type { Environment } from '../environment.ts';
import {
  createRegisteredLimits,
  deleteRegisteredLimit,
  listRegisteredLimits,
  updateRegisteredLimit,
} from '../operations/registered-limits.ts';
import { must } from '../store/queries.ts';
import type { RegisteredLimitRow } from '../store/tables.ts';
import { given, listReply, resource } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, ref, text } from './schemas.ts';

/** An amount; -1: as much as there is. */
export const amount = Type.Integer({ minimum: -1, maximum: 2 ** 31 - 1 });
/** What a limit is one of, and what may be said of it. */
export const limited = {
  service_id: name(255),
  region_id: Type.Optional(nullable(ref)),
  resource_name: name(255),
  description: Type.Optional(nullable(text(65_535))),
};
/** What lists of limits are filtered by. */
export const limitFilters = {
  service_id: Type.Optional(ref),
  region_id: Type.Optional(ref),
  resource_name: Type.Optional(ref),
};
/** As many as may be made at once. */
export const several = { minItems: 1, maxItems: 100 };

const attributes = Type.Object({ ...limited, default_limit: amount });
const params = Type.Object({ registeredLimitId: ref });
const all = '/v3/registered_limits';
const one = `${all}/:registeredLimitId`;

/** What projects may have of a resource unless a limit of their own says otherwise. Kept as in Keystone; quotas are what services follow. */
export function registeredLimitRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'GET',
      path: all,
      operation: 'identity:registered_limits:list',
      policy: policies.authenticated,
      query: listQuery(limitFilters),
      handler: async (request) => {
        const rows = await listRegisteredLimits(environment, request.query);
        return listReply(
          request,
          'registered_limits',
          rows.map((row) => view(request, row)),
        );
      },
    }),
    route({
      method: 'POST',
      path: all,
      operation: 'identity:registered_limits:create',
      policy: policies.admin,
      status: 201,
      bodyLimit,
      body: Type.Object({ registered_limits: Type.Array(attributes, several) }),
      handler: async (request) => {
        const wanted = request.body.registered_limits.map(
          ({ service_id, region_id = null, resource_name, default_limit, description = null }) => ({
            ...{ service_id, region_id, resource_name, default_limit, description },
          }),
        );
        const rows = await createRegisteredLimits(environment, wanted);
        return { registered_limits: rows.map((row) => view(request, row)) };
      },
    }),
    route({
      method: 'GET',
      path: one,
      operation: 'identity:registered_limits:show',
      policy: policies.authenticated,
      params,
      handler: async (request) => ({
        registered_limit: view(
          request,
          await must(environment.store.db, 'registered_limit', request.params.registeredLimitId),
        ),
      }),
    }),
    route({
      method: 'PATCH',
      path: one,
      operation: 'identity:registered_limits:update',
      policy: policies.admin,
      params,
      bodyLimit,
      body: Type.Object({ registered_limit: Type.Partial(attributes) }),
      handler: async (request) => {
        const columns = ['service_id', 'region_id', 'resource_name', 'default_limit', 'description'] as const;
        const { extra: _unknown, ...wanted } = given(request.body.registered_limit, columns, columns);
        const row = await updateRegisteredLimit(environment, request.params.registeredLimitId, wanted);
        return { registered_limit: view(request, row) };
      },
    }),
    route({
      method: 'DELETE',
      path: one,
      operation: 'identity:registered_limits:delete',
      policy: policies.admin,
      params,
      status: 204,
      handler: (request) => deleteRegisteredLimit(environment, request.params.registeredLimitId),
    }),
  ];
}

function view(request: { readonly baseUrl: string }, row: RegisteredLimitRow) {
  const { id, service_id, region_id, resource_name, default_limit, description } = row;
  const facts = { id, service_id, region_id, resource_name, default_limit, description };
  return resource(request, 'registered_limits', facts);
}
