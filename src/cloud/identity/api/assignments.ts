import { Type } from 'typebox';
import { withImpliedRoles } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { Environment } from '../environment.ts';
import {
  assign,
  assignedRoles,
  checkAssigned,
  checkAssignment,
  listAssignments,
  type NamedAssignment,
  splitTarget,
  unassign,
} from '../operations/assignments.ts';
import { listRoles } from '../operations/roles.ts';
import { identityTables, paged } from '../store/queries.ts';
import { domainView } from './domains.ts';
import { flag, listReply, selfUrl } from './replies.ts';
import { roleView } from './roles.ts';
import { listQuery, ref } from './schemas.ts';

interface Place {
  /** The routes' common beginning. */
  readonly path: string;
  readonly name: string;
  target(params: Readonly<Record<string, string>>): string;
}

/** Where roles are granted. Groups would be a second kind of actor in the same table (`user_id` → actor). */
const places: readonly Place[] = [
  { name: 'projects', path: '/v3/projects/:projectId/users', target: ({ projectId }) => `project:${projectId}` },
  { name: 'domains', path: '/v3/domains/:domainId/users', target: ({ domainId }) => `domain:${domainId}` },
  { name: 'system', path: '/v3/system/users', target: () => 'system' },
];

export function assignmentRoutes(environment: Environment): Route[] {
  return [...places.flatMap((place) => grantRoutes(environment, place)), ...listingRoutes(environment)];
}

function grantRoutes(environment: Environment, { name, path, target }: Place): Route[] {
  const params = Type.Record(Type.String(), ref);
  const one = `${path}/:userId/roles/:roleId`;
  const assignment = (given: Readonly<Record<string, string>>) => ({
    userId: given.userId ?? '',
    roleId: given.roleId ?? '',
    target: target(given),
  });
  const common = { policy: policies.admin, params } as const;
  const check = (method: 'GET' | 'HEAD') =>
    route({
      ...common,
      method,
      path: one,
      operation: `identity:${name}:check_grant`,
      status: 204,
      handler: (request) => checkAssigned(environment, assignment(request.params)),
    });
  return [
    route({
      ...common,
      method: 'GET',
      path: `${path}/:userId/roles`,
      operation: `identity:${name}:list_grants`,
      handler: async (request) => {
        const { userId, target: where } = assignment(request.params);
        await checkAssignment(environment, { userId, target: where });
        const rows = await assignedRoles(environment, { userId, target: where });
        return listReply(
          request,
          'roles',
          rows.map((row) => roleView(request, row)),
        );
      },
    }),
    check('GET'),
    check('HEAD'),
    route({
      ...common,
      method: 'PUT',
      path: one,
      operation: `identity:${name}:create_grant`,
      status: 204,
      handler: (request) => assign(environment, assignment(request.params)),
    }),
    route({
      ...common,
      method: 'DELETE',
      path: one,
      operation: `identity:${name}:revoke_grant`,
      status: 204,
      handler: (request) => unassign(environment, assignment(request.params)),
    }),
  ];
}

function listingRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v3/role_assignments',
      operation: 'identity:role_assignments:list',
      policy: policies.admin,
      query: Type.Object({
        'user.id': Type.Optional(ref),
        'group.id': Type.Optional(ref),
        'role.id': Type.Optional(ref),
        'scope.project.id': Type.Optional(ref),
        'scope.domain.id': Type.Optional(ref),
        'scope.system': Type.Optional(ref),
        include_names: Type.Optional(ref),
        effective: Type.Optional(ref),
      }),
      handler: async (request) => {
        const { query } = request;
        const withNames = flag(query.include_names) ?? false;
        // There are no groups yet, so none of them holds a role.
        const found = query['group.id'] === undefined ? await assignmentsFor(environment, query) : [];
        return {
          links: { next: null, self: selfUrl(request), previous: null },
          role_assignments: found.map((row) => assignmentView(request.baseUrl, row, withNames)),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/v3/auth/domains',
      operation: 'identity:auth:domains',
      policy: policies.authenticated,
      query: listQuery({}),
      handler: async (request) => {
        const { userId } = caller(request);
        const query = identityTables(environment.store.db)
          .selectFrom('identity.domain')
          .selectAll('identity.domain')
          .where('enabled', '=', true)
          .where(({ exists, selectFrom, eb, val }) =>
            exists(
              selectFrom('identity.role_assignment')
                .select('role_id')
                .where('user_id', '=', userId)
                .where('target', '=', eb(val('domain:'), '||', eb.ref('identity.domain.id'))),
            ),
          );
        const rows = await paged(query, 'id', request.query).execute();
        return listReply(
          request,
          'domains',
          rows.map((row) => domainView(request, row)),
        );
      },
    }),
    route({
      method: 'GET',
      path: '/v3/auth/system',
      operation: 'identity:auth:system',
      policy: policies.authenticated,
      handler: async (request) => {
        const roles = await environment.directory.grants(caller(request).userId, 'system');
        return {
          links: { next: null, self: `${request.baseUrl}/v3/auth/system`, previous: null },
          system: roles.length > 0 ? [{ all: true }] : [],
        };
      },
    }),
  ];
}

async function assignmentsFor(
  environment: Environment,
  query: Readonly<Record<string, string | undefined>>,
): Promise<NamedAssignment[]> {
  const target =
    (query['scope.project.id'] !== undefined && `project:${query['scope.project.id']}`) ||
    (query['scope.domain.id'] !== undefined && `domain:${query['scope.domain.id']}`) ||
    (query['scope.system'] !== undefined && 'system');
  const filter = { ...(query['user.id'] && { userId: query['user.id'] }), ...(target && { target }) };
  const roleId = query['role.id'];
  if (!flag(query.effective)) return listAssignments(environment, { ...filter, ...(roleId && { roleId }) });
  const effective = await expand(environment, await listAssignments(environment, filter));
  return roleId === undefined ? effective : effective.filter((row) => row.role_id === roleId);
}

/** Adds the implied roles, each once a user and place. */
async function expand(environment: Environment, rows: readonly NamedAssignment[]): Promise<NamedAssignment[]> {
  const roles = new Map((await listRoles(environment, {})).map(({ id, name }) => [name, id]));
  const all = new Map<string, NamedAssignment>();
  for (const row of rows) {
    for (const name of withImpliedRoles([row.role_name])) {
      const role_id = name === row.role_name ? row.role_id : roles.get(name);
      if (role_id === undefined) continue;
      all.set(`${row.user_id} ${row.target} ${role_id}`, { ...row, role_id, role_name: name });
    }
  }
  return [...all.values()];
}

function assignmentView(baseUrl: string, row: NamedAssignment, withNames: boolean): unknown {
  const [kind, id] = splitTarget(row.target);
  const place = kind === 'system' ? '/system' : `/${kind}s/${id}`;
  const names = {
    role: { name: row.role_name },
    user: { name: row.user_name, domain: { id: row.user_domain_id, name: row.user_domain_name } },
    project: { name: row.place_name, domain: { id: row.place_domain_id, name: row.place_domain_name } },
    domain: { name: row.place_name },
  };
  const placeNames = kind === 'project' ? names.project : names.domain;
  return {
    role: { id: row.role_id, ...(withNames && names.role) },
    user: { id: row.user_id, ...(withNames && names.user) },
    scope: kind === 'system' ? { system: { all: true } } : { [kind]: { id, ...(withNames && placeNames) } },
    links: { assignment: `${baseUrl}/v3${place}/users/${row.user_id}/roles/${row.role_id}` },
  };
}
