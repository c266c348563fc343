import { Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { readsAll, readsDomain } from '../domain/access.ts';
import type { Environment } from '../environment.ts';
import { createLimits, deleteLimit, findLimit, type Limit, listLimits, updateLimit } from '../operations/limits.ts';
import { unknown } from '../store/queries.ts';
import { amount, limited, limitFilters, several } from './registered-limits.ts';
import { given, listReply, resource } from './replies.ts';
import { bodyLimit, listQuery, ref } from './schemas.ts';

const created = Type.Object({
  ...limited,
  project_id: Type.Optional(ref),
  domain_id: Type.Optional(ref),
  resource_limit: amount,
});
const updated = Type.Partial(Type.Object({ resource_limit: amount, description: limited.description }));
const params = Type.Object({ limitId: ref });
const all = '/v3/limits';
const one = `${all}/:limitId`;

/** What one project or domain may have of a resource. Kept as in Keystone; quotas are what services follow. */
export function limitRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'GET',
      path: `${all}/model`,
      operation: 'identity:limits:model',
      policy: policies.authenticated,
      handler: () => ({
        model: {
          name: 'flat',
          description: 'Limit enforcement and validation does not take project hierarchy into consideration.',
        },
      }),
    }),
    route({
      method: 'GET',
      path: all,
      operation: 'identity:limits:list',
      policy: policies.authenticated,
      query: listQuery({ ...limitFilters, project_id: Type.Optional(ref), domain_id: Type.Optional(ref) }),
      handler: async (request) => {
        const rows = await listLimits(environment, { ...request.query, ...own(caller(request)) });
        return listReply(
          request,
          'limits',
          rows.map((row) => view(request, row)),
        );
      },
    }),
    route({
      method: 'POST',
      path: all,
      operation: 'identity:limits:create',
      policy: policies.admin,
      status: 201,
      bodyLimit,
      body: Type.Object({ limits: Type.Array(created, several) }),
      handler: async (request) => {
        const wanted = request.body.limits.map(
          ({ region_id = null, project_id = null, domain_id = null, description = null, ...said }) => ({
            ...{ service_id: said.service_id, region_id, resource_name: said.resource_name },
            ...{ project_id, domain_id, resource_limit: said.resource_limit, description },
          }),
        );
        const rows = await createLimits(environment, wanted);
        return { limits: rows.map((row) => view(request, row)) };
      },
    }),
    route({
      method: 'GET',
      path: one,
      operation: 'identity:limits:show',
      policy: policies.authenticated,
      params,
      handler: async (request) => {
        const limit = await findLimit(environment.store.db, request.params.limitId);
        if (!mayRead(caller(request), limit)) throw unknown('limit', request.params.limitId);
        return { limit: view(request, limit) };
      },
    }),
    route({
      method: 'PATCH',
      path: one,
      operation: 'identity:limits:update',
      policy: policies.admin,
      params,
      bodyLimit,
      body: Type.Object({ limit: updated }),
      handler: async (request) => {
        const columns = ['resource_limit', 'description'] as const;
        const { extra: _unknown, ...wanted } = given(request.body.limit, columns, columns);
        return { limit: view(request, await updateLimit(environment, request.params.limitId, wanted)) };
      },
    }),
    route({
      method: 'DELETE',
      path: one,
      operation: 'identity:limits:delete',
      policy: policies.admin,
      params,
      status: 204,
      handler: (request) => deleteLimit(environment, request.params.limitId),
    }),
  ];
}

/** Whose limits a caller is told of who does not read all: those of the token's project, or of its domain. */
function own(context: Context): { project_id?: string; domain_id?: string } {
  if (readsAll(context)) return {};
  return context.projectId === null ? { domain_id: context.domainId ?? '' } : { project_id: context.projectId };
}

function mayRead(context: Context, { project_id, domain_id }: Limit): boolean {
  if (project_id !== null && project_id === context.projectId) return true;
  return readsAll(context) || (domain_id !== null && readsDomain(context, domain_id));
}

function view(request: { readonly baseUrl: string }, row: Limit) {
  const { id, project_id, domain_id, service_id, region_id, resource_name, resource_limit, description } = row;
  const facts = { id, project_id, domain_id, service_id, region_id, resource_name, resource_limit, description };
  return resource(request, 'limits', facts);
}
