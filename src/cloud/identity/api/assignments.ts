import { Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { caller, type Method, type Route, route } from '../../../kernel/http/index.ts';
import { managesDomain, readsAll, readsDomain } from '../domain/access.ts';
import type { Environment } from '../environment.ts';
import {
  type Actor,
  type AssignmentFilter,
  type AssignmentParts,
  assign,
  assignedRoles,
  checkAssigned,
  domainOfPlace,
  listAssignments,
  type NamedAssignment,
  type Post,
  partsOf,
  splitTarget,
  unassign,
} from '../operations/assignments.ts';
import { unknown } from '../store/queries.ts';
import { flag, forbidden, listReply, selfUrl } from './replies.ts';
import { roleView } from './roles.ts';
import { ref } from './schemas.ts';

type Params = Readonly<Record<string, string>>;

/** Where roles are granted. */
const places: readonly { readonly name: string; readonly path: string; target(params: Params): string }[] = [
  { name: 'projects', path: '/projects/:projectId', target: ({ projectId }) => `project:${projectId}` },
  { name: 'domains', path: '/domains/:domainId', target: ({ domainId }) => `domain:${domainId}` },
  { name: 'system', path: '/system', target: () => 'system' },
];

/** Who is granted roles. */
const actors: readonly { readonly path: string; actor(params: Params): Actor }[] = [
  { path: '/users/:userId', actor: ({ userId = '' }) => ({ kind: 'user', id: userId }) },
  { path: '/groups/:groupId', actor: ({ groupId = '' }) => ({ kind: 'group', id: groupId }) },
];

interface GrantRoutes {
  /** The routes' common beginning and end; the role stands between. */
  readonly path: string;
  readonly suffix: string;
  readonly operation: string;
  post(params: Params): Post;
}

export function assignmentRoutes(environment: Environment): Route[] {
  const kinds = places.flatMap((place) =>
    actors.flatMap(({ path, actor }) => {
      const post = (inherited: boolean) => (params: Params) => ({
        actor: actor(params),
        target: place.target(params),
        inherited,
      });
      const operation = `identity:${place.name}`;
      const direct: GrantRoutes = { path: `/v3${place.path}${path}/roles`, suffix: '', operation, post: post(false) };
      if (place.name === 'system') return [direct];
      const below = {
        path: `/v3/OS-INHERIT${place.path}${path}/roles`,
        suffix: '/inherited_to_projects',
        operation: `${operation}:inherited`,
        post: post(true),
      };
      return [direct, below];
    }),
  );
  return [...kinds.flatMap((kind) => grantRoutes(environment, kind)), listingRoute(environment)];
}

function grantRoutes(environment: Environment, { path, suffix, operation, post }: GrantRoutes): Route[] {
  const params = Type.Record(Type.String(), ref);
  const one = (
    method: Method,
    name: string,
    may: typeof mayGrant,
    act: (given: Post & { roleId: string }) => Promise<void>,
  ) =>
    route({
      method,
      path: `${path}/:roleId${suffix}`,
      operation: `${operation}:${name}`,
      policy: may === mayGrant ? policies.directoryManager : policies.directoryReader,
      params,
      status: 204,
      handler: async (request) => {
        const assignment = { ...post(request.params), roleId: request.params.roleId ?? '' };
        const parts = await partsOf(environment, assignment);
        if (!(await may(environment, caller(request), parts))) throw hidden(caller(request), parts, operation, name);
        await act(assignment);
      },
    });
  const check = (assignment: Post & { roleId: string }) => checkAssigned(environment, assignment);
  return [
    route({
      method: 'GET',
      path: `${path}${suffix}`,
      operation: `${operation}:list_grants`,
      policy: policies.directoryReader,
      params,
      handler: async (request) => {
        const wanted = post(request.params);
        const parts = await partsOf(environment, wanted);
        if (!(await mayLook(environment, caller(request), parts))) {
          throw hidden(caller(request), parts, operation, 'list_grants');
        }
        const rows = await assignedRoles(environment, wanted);
        return listReply(
          request,
          'roles',
          rows.map((row) => roleView(request, row)),
        );
      },
    }),
    one('GET', 'check_grant', mayLook, check),
    one('HEAD', 'check_grant', mayLook, check),
    one('PUT', 'create_grant', mayGrant, (assignment) => assign(environment, assignment)),
    one('DELETE', 'revoke_grant', mayGrant, (assignment) => unassign(environment, assignment)),
  ];
}

/** The domain's readers look at what is granted in it to its own people. */
async function mayLook(_: Environment, context: Context, { actor, place }: AssignmentParts): Promise<boolean> {
  const domainId = domainOfPlace(place);
  return readsAll(context) || (domainId === actor.domain_id && readsDomain(context, domainId));
}

/** A domain's manager grants in it, to its own people, what gives nobody more than a manager has. */
async function mayGrant(
  environment: Environment,
  context: Context,
  { actor, place, role }: AssignmentParts,
): Promise<boolean> {
  if (context.isAdmin) return true;
  const domainId = domainOfPlace(place);
  if (domainId !== actor.domain_id || !managesDomain(context, domainId)) return false;
  const book = await environment.directory.roles();
  const held = new Set(context.roles);
  return book.effective(role === null ? [] : [role.id]).every(({ name }) => held.has(name));
}

/** What is in other domains is not there for a domain's reader; within its own it hears that it may not. */
function hidden(context: Context, { actor, place }: AssignmentParts, operation: string, name: string) {
  if (domainOfPlace(place) === context.domainId && actor.domain_id !== context.domainId) {
    return unknown('password_hash' in actor ? 'user' : 'group', actor.id);
  }
  return forbidden(`${operation}:${name}`);
}

const listingQuery = Type.Object({
  'user.id': Type.Optional(ref),
  'group.id': Type.Optional(ref),
  'role.id': Type.Optional(ref),
  'scope.project.id': Type.Optional(ref),
  'scope.domain.id': Type.Optional(ref),
  'scope.system': Type.Optional(ref),
  'scope.OS-INHERIT:inherited_to': Type.Optional(Type.Literal('projects')),
  include_names: Type.Optional(ref),
  include_subtree: Type.Optional(ref),
  effective: Type.Optional(ref),
});

function listingRoute(environment: Environment): Route {
  return route({
    method: 'GET',
    path: '/v3/role_assignments',
    operation: 'identity:role_assignments:list',
    policy: policies.directoryReader,
    query: listingQuery,
    handler: async (request) => {
      const context = caller(request);
      const domainId = readsAll(context) ? undefined : (context.domainId ?? '');
      const filter = { ...filterOf(request.query), ...(domainId !== undefined && { domainId }) };
      const found = await listAssignments(environment, filter);
      const withNames = flag(request.query.include_names) ?? false;
      return {
        links: { next: null, self: selfUrl(request), previous: null },
        role_assignments: found.map((row) => assignmentView(request.baseUrl, row, withNames)),
      };
    },
  });
}

function filterOf(query: Readonly<Record<string, string | undefined>>): AssignmentFilter {
  const [userId, groupId, roleId] = [query['user.id'], query['group.id'], query['role.id']];
  const targets = [
    query['scope.project.id'] !== undefined && `project:${query['scope.project.id']}`,
    query['scope.domain.id'] !== undefined && `domain:${query['scope.domain.id']}`,
    query['scope.system'] !== undefined && 'system',
  ].filter((target) => target !== false);
  const effective = flag(query.effective) ?? false;
  const subtree = flag(query.include_subtree) ?? false;
  if (targets.length > 1) throw badRequest('Specify a domain or project, not both.');
  if (userId !== undefined && groupId !== undefined) throw badRequest('Specify a user or group, not both.');
  if (effective && groupId !== undefined) {
    throw badRequest('Combining effective and group filter will always result in an empty list.');
  }
  if (subtree && query['scope.project.id'] === undefined) {
    throw badRequest('scope.project.id must be specified if include_subtree is also specified.');
  }
  return {
    effective,
    subtree,
    ...(userId !== undefined && { userId }),
    ...(groupId !== undefined && { groupId }),
    ...(roleId !== undefined && { roleId }),
    ...(targets[0] !== undefined && { target: targets[0] }),
    ...(query['scope.OS-INHERIT:inherited_to'] !== undefined && { inherited: true }),
  };
}

function assignmentView(baseUrl: string, row: NamedAssignment, withNames: boolean): unknown {
  const domainOf = (id: string | null, name: string | null) => ({ domain: { id, name } });
  const actorNames = { name: row.actor_name, ...domainOf(row.actor_domain_id, row.actor_domain_name) };
  const actor = {
    [row.user_id === null ? 'group' : 'user']: { id: row.user_id ?? row.group_id, ...(withNames && actorNames) },
  };
  const roleDomain = row.role_domain_id !== null && domainOf(row.role_domain_id, row.role_domain_name);
  return {
    role: { id: row.role_id, ...(withNames && { name: row.role_name, ...roleDomain }) },
    ...actor,
    scope: scopeView(row, withNames),
    links: linksOf(`${baseUrl}/v3`, row),
  };
}

function scopeView(row: NamedAssignment, withNames: boolean): unknown {
  const [kind, id] = splitTarget(row.target);
  const inherited = row.inherited && { 'OS-INHERIT:inherited_to': 'projects' };
  if (kind === 'system') return { system: { all: true } };
  const placeDomain = { domain: { id: row.place_domain_id, name: row.place_domain_name } };
  const names = withNames && { name: row.place_name, ...(kind === 'project' && placeDomain) };
  return { [kind]: { id, ...names }, ...inherited };
}

function linksOf(base: string, row: NamedAssignment) {
  const [kind, id] = splitTarget(row.granted_at);
  const place = kind === 'system' ? '/system' : `/${kind}s/${id}`;
  const actor = row.group_id === null ? `users/${row.user_id}` : `groups/${row.group_id}`;
  const role = row.prior_role_id ?? row.role_id;
  const [before, after] = row.inherited ? ['/OS-INHERIT', '/inherited_to_projects'] : ['', ''];
  return {
    assignment: `${base}${before}${place}/${actor}/roles/${role}${after}`,
    ...(row.group_id !== null &&
      row.user_id !== null && { membership: `${base}/groups/${row.group_id}/users/${row.user_id}` }),
    ...(row.prior_role_id !== undefined && {
      prior_role: `${base}/roles/${row.prior_role_id}/implies/${row.role_id}`,
    }),
  };
}
