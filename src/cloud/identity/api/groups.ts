import { Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { caller, type Method, type Route, route } from '../../../kernel/http/index.ts';
import { readsDomain } from '../domain/access.ts';
import type { Environment } from '../environment.ts';
import {
  addMember,
  checkMember,
  createGroup,
  deleteGroup,
  listGroups,
  listMembers,
  removeMember,
  updateGroup,
} from '../operations/groups.ts';
import { must } from '../store/queries.ts';
import type { GroupRow } from '../store/tables.ts';
import { domainForNew, domainOfList, extraOf, listReply, manageable, own, resource, selfOrDomain } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, ref, text } from './schemas.ts';
import { userView } from './users.ts';

const attributes = {
  description: Type.Optional(nullable(text(65_535))),
  domain_id: Type.Optional(ref),
};
const known = ['id', 'name', 'links', ...Object.keys(attributes)];
const params = Type.Object({ groupId: ref });
const memberParams = Type.Object({ groupId: ref, userId: ref });
const listFilters = { name: Type.Optional(ref), domain_id: Type.Optional(ref) };

export function groupRoutes(environment: Environment): Route[] {
  const { db } = environment.store;
  const readable = async (context: Context, id: string) =>
    own('group', await must(db, 'group', id), (domainId) => readsDomain(context, domainId));
  return [
    route({
      method: 'POST',
      path: '/v3/groups',
      operation: 'identity:groups:create',
      policy: policies.directoryManager,
      status: 201,
      bodyLimit,
      body: Type.Object({ group: Type.Object({ ...attributes, name: name(64) }) }),
      handler: async (request) => {
        const { group } = request.body;
        const domainId = domainForNew(caller(request), group.domain_id, 'identity:create_group');
        const row = await createGroup(environment, domainId, {
          name: group.name,
          description: group.description ?? '',
          extra: extraOf(group, known),
        });
        return { group: groupView(request, row) };
      },
    }),
    route({
      method: 'GET',
      path: '/v3/groups',
      operation: 'identity:groups:list',
      policy: policies.directoryReader,
      query: listQuery(listFilters),
      handler: async (request) => {
        const { domain_id, ...filter } = request.query;
        const domainId = domainOfList(caller(request), domain_id);
        return groupList(request, await listGroups(environment, { ...filter, ...(domainId && { domainId }) }));
      },
    }),
    route({
      method: 'GET',
      path: '/v3/groups/:groupId',
      operation: 'identity:groups:show',
      policy: policies.directoryReader,
      params,
      handler: async (request) => ({
        group: groupView(request, await readable(caller(request), request.params.groupId)),
      }),
    }),
    route({
      method: 'PATCH',
      path: '/v3/groups/:groupId',
      operation: 'identity:groups:update',
      policy: policies.directoryManager,
      params,
      bodyLimit,
      body: Type.Object({ group: Type.Object({ ...attributes, name: Type.Optional(name(64)) }) }),
      handler: async (request) => {
        const { group } = request.body;
        const before = await manageable(environment, caller(request), 'group', request.params.groupId);
        if (group.domain_id !== undefined && group.domain_id !== before.domain_id) {
          throw badRequest('A group stays in its domain.');
        }
        const row = await updateGroup(environment, before.id, {
          ...(group.name !== undefined && { name: group.name }),
          ...(group.description !== undefined && { description: group.description ?? '' }),
          extra: extraOf(group, known),
        });
        return { group: groupView(request, row) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v3/groups/:groupId',
      operation: 'identity:groups:delete',
      policy: policies.directoryManager,
      params,
      status: 204,
      handler: async (request) => {
        const { id } = await manageable(environment, caller(request), 'group', request.params.groupId);
        await deleteGroup(environment, caller(request), id);
      },
    }),
    route({
      method: 'GET',
      path: '/v3/groups/:groupId/users',
      operation: 'identity:groups:users',
      policy: policies.directoryReader,
      params,
      query: listQuery({}),
      handler: async (request) => {
        const { id } = await readable(caller(request), request.params.groupId);
        const rows = await listMembers(environment, id, request.query);
        return listReply(
          request,
          'users',
          rows.map((row) => userView(request, row)),
        );
      },
    }),
    ...membershipRoutes(environment, readable),
    route({
      method: 'GET',
      path: '/v3/users/:userId/groups',
      operation: 'identity:users:groups',
      policy: policies.authenticated,
      params: Type.Object({ userId: ref }),
      query: listQuery({ name: Type.Optional(ref) }),
      handler: async (request) => {
        const { userId } = request.params;
        await selfOrDomain(environment, caller(request), userId, 'identity:list_groups_for_user');
        return groupList(request, await listGroups(environment, { ...request.query, memberId: userId }));
      },
    }),
  ];
}

/** Who is in a group: groups and users may be of different domains, as in Keystone, for those who see both. */
function membershipRoutes(
  environment: Environment,
  readable: (context: Context, id: string) => Promise<GroupRow>,
): Route[] {
  const { db } = environment.store;
  type Act = (environment: Environment, groupId: string, userId: string) => Promise<void>;
  const one = (method: Method, operation: string, access: 'read' | 'change', act: Act) =>
    route({
      method,
      path: '/v3/groups/:groupId/users/:userId',
      operation: `identity:groups:${operation}`,
      policy: access === 'change' ? policies.directoryManager : policies.directoryReader,
      params: memberParams,
      status: 204,
      handler: async (request) => {
        const context = caller(request);
        const { groupId, userId } = request.params;
        if (access === 'change') await manageable(environment, context, 'group', groupId);
        else await readable(context, groupId);
        own('user', await must(db, 'user', userId), (domainId) => readsDomain(context, domainId));
        await act(environment, groupId, userId);
      },
    });
  return [
    one('PUT', 'add_user', 'change', addMember),
    one('DELETE', 'remove_user', 'change', removeMember),
    one('GET', 'check_user', 'read', checkMember),
    one('HEAD', 'check_user', 'read', checkMember),
  ];
}

function groupList(request: { baseUrl: string; url: string; query: unknown }, rows: readonly GroupRow[]): unknown {
  return listReply(
    request,
    'groups',
    rows.map((row) => groupView(request, row)),
  );
}

function groupView(request: { readonly baseUrl: string }, row: GroupRow) {
  const { id, name, domain_id, description, extra } = row;
  return resource(request, 'groups', { id, name, domain_id, description }, extra);
}
