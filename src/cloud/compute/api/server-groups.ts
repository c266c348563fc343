import Type, { type TSchema } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import {
  type ApiRequest,
  atLeast,
  caller,
  type Route,
  route,
  type Version,
  version,
} from '../../../kernel/http/index.ts';
import { type GroupPolicy, groupPolicies } from '../domain/placement.ts';
import { createServerGroup, removeServerGroup, visibleGroup } from '../operations/server-groups.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { listServerGroups, type ServerGroup } from '../store/server-groups.ts';
import { countOf, maxLimit, searchOf } from './paging.ts';
import { exact, integer, name } from './schemas.ts';

function view(group: ServerGroup, asked: Version): Record<string, unknown> {
  const { id, name: called, policy, rules, members, projectId, userId } = group;
  return {
    ...{ id, name: called, members },
    ...(atLeast(asked, '2.13') ? { project_id: projectId, user_id: userId } : {}),
    ...(atLeast(asked, '2.64') ? { policy, rules } : { policies: [policy], metadata: {} }),
  };
}

interface GroupBody {
  readonly server_group: {
    readonly name: string;
    readonly policies?: readonly GroupPolicy[];
    readonly policy?: GroupPolicy;
    readonly rules?: { readonly max_server_per_host?: number | string };
  };
}

/** The policies that a version knows: the soft ones since 2.15. */
function bodyOf(policy: TSchema, since264: boolean): TSchema {
  const one: Record<string, TSchema> = since264
    ? {
        name,
        policy,
        rules: Type.Optional(exact({ max_server_per_host: Type.Optional(integer(1)) })),
      }
    : { name, policies: Type.Array(policy, { minItems: 1, maxItems: 1 }) };
  return exact({ server_group: exact(one) });
}

const hard = Type.Unsafe<GroupPolicy>({ type: 'string', enum: groupPolicies.slice(0, 2) });
const any = Type.Unsafe<GroupPolicy>({ type: 'string', enum: groupPolicies });
const creations = [
  { versions: { max: version('2.14') }, body: bodyOf(hard, false) },
  { versions: { min: version('2.15'), max: version('2.63') }, body: bodyOf(any, false) },
  { versions: { min: version('2.64') }, body: bodyOf(any, true) },
];

async function create(settings: ComputeSettings, request: ApiRequest<unknown, unknown, unknown>): Promise<unknown> {
  const { name: called, policies: list, policy = list?.[0], rules } = (request.body as GroupBody).server_group;
  if (policy === undefined) throw new Error('the schema asks for a policy');
  const most = rules?.max_server_per_host;
  const group = await createServerGroup(settings, caller(request), {
    name: called,
    policy,
    rules: most === undefined ? {} : { max_server_per_host: Number(most) },
  });
  return { server_group: view(group, request.version) };
}

/** Servers that are placed with regard to one another. */
export function serverGroupRoutes(settings: ComputeSettings): Route[] {
  const path = '/v2.1/os-server-groups';
  return [
    ...creations.map(({ versions, body }) =>
      route({
        method: 'POST',
        path,
        operation: 'compute:server-groups:create',
        policy: policies.projectMember,
        versions,
        body,
        handler: (request) => create(settings, request),
      }),
    ),
    route({
      method: 'GET',
      path,
      operation: 'compute:server-groups:list',
      policy: policies.projectReader,
      async handler(request) {
        const search = searchOf(request);
        const { isAdmin, projectId } = caller(request);
        const everybody = isAdmin && search.has('all_projects');
        const groups = await listServerGroups(settings.store.db, {
          projectId: everybody ? undefined : (projectId ?? ''),
          limit: Math.min(countOf(search, 'limit') || maxLimit, maxLimit),
          offset: countOf(search, 'offset') ?? 0,
        });
        return { server_groups: groups.map((group) => view(group, request.version)) };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:groupId`,
      operation: 'compute:server-groups:get',
      policy: policies.projectReader,
      handler: async (request) => ({
        server_group: view(
          await visibleGroup(settings, caller(request), request.params.groupId ?? ''),
          request.version,
        ),
      }),
    }),
    route({
      method: 'DELETE',
      path: `${path}/:groupId`,
      operation: 'compute:server-groups:delete',
      policy: policies.projectMember,
      status: 204,
      handler: (request) => removeServerGroup(settings, caller(request), request.params.groupId ?? ''),
    }),
  ];
}
