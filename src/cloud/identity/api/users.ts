import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { Environment } from '../environment.ts';
import { changePassword, createUser, deleteUser, listUsers, updateUser } from '../operations/users.ts';
import { must } from '../store/queries.ts';
import type { UserRow } from '../store/tables.ts';
import { optionalFlag } from './domains.ts';
import { extraOf, listReply, resource, selfOrAdmin } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, options, password, ref } from './schemas.ts';

const attributes = {
  password: Type.Optional(nullable(password)),
  enabled: Type.Optional(Type.Boolean()),
  default_project_id: Type.Optional(nullable(ref)),
  domain_id: Type.Optional(nullable(ref)),
  options,
};
// `description` and `email` are extras, as in Keystone.
const known = ['id', 'name', 'links', 'password_expires_at', 'federated', ...Object.keys(attributes)];
const params = Type.Object({ userId: ref });

export function userRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v3/users',
      operation: 'identity:users:create',
      policy: policies.admin,
      status: 201,
      bodyLimit,
      body: Type.Object({ user: Type.Object({ ...attributes, name: name(255) }) }),
      handler: async (request) => {
        const { user } = request.body;
        const row = await createUser(environment, caller(request), user.domain_id ?? undefined, {
          name: user.name,
          password: user.password ?? null,
          enabled: user.enabled ?? true,
          default_project_id: user.default_project_id ?? null,
          extra: extraOf(user, known),
        });
        return { user: userView(request, row) };
      },
    }),
    route({
      method: 'GET',
      path: '/v3/users',
      operation: 'identity:users:list',
      policy: policies.admin,
      query: listQuery({ name: Type.Optional(ref), domain_id: Type.Optional(ref), enabled: Type.Optional(ref) }),
      handler: async (request) => {
        const { enabled, domain_id, ...rest } = request.query;
        const filter = { ...rest, ...(domain_id !== undefined && { domainId: domain_id }), ...optionalFlag(enabled) };
        const rows = await listUsers(environment, filter);
        return listReply(
          request,
          'users',
          rows.map((row) => userView(request, row)),
        );
      },
    }),
    route({
      method: 'GET',
      path: '/v3/users/:userId',
      operation: 'identity:users:show',
      policy: policies.authenticated,
      params,
      handler: async (request) => {
        selfOrAdmin(caller(request), request.params.userId, 'identity:get_user');
        return { user: userView(request, await must(environment.store.db, 'user', request.params.userId)) };
      },
    }),
    route({
      method: 'PATCH',
      path: '/v3/users/:userId',
      operation: 'identity:users:update',
      policy: policies.admin,
      params,
      bodyLimit,
      body: Type.Object({ user: Type.Object({ ...attributes, name: Type.Optional(name(255)) }) }),
      handler: async (request) => {
        const { user } = request.body;
        const before = await must(environment.store.db, 'user', request.params.userId);
        if (user.domain_id !== undefined && user.domain_id !== before.domain_id) {
          throw badRequest('A user stays in its domain.');
        }
        const row = await updateUser(environment, before.id, {
          ...(user.name !== undefined && { name: user.name }),
          ...(user.password !== undefined && { password: user.password }),
          ...(user.enabled !== undefined && { enabled: user.enabled }),
          ...(user.default_project_id !== undefined && { default_project_id: user.default_project_id }),
          extra: extraOf(user, known),
        });
        return { user: userView(request, row) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v3/users/:userId',
      operation: 'identity:users:delete',
      policy: policies.admin,
      params,
      status: 204,
      handler: (request) => deleteUser(environment, caller(request), request.params.userId),
    }),
    route({
      method: 'POST',
      path: '/v3/users/:userId/password',
      operation: 'identity:users:password',
      // The old password is the proof: whoever has to change it may be unable to sign in.
      policy: policies.public,
      params,
      status: 204,
      bodyLimit,
      body: Type.Object({ user: Type.Object({ original_password: password, password }) }),
      handler: ({ params: { userId }, body: { user } }) =>
        changePassword(environment, userId, { original: user.original_password, next: user.password }),
    }),
  ];
}

function userView(request: { readonly baseUrl: string }, row: UserRow) {
  const { id, name, domain_id, enabled, default_project_id, extra } = row;
  const project = default_project_id === null ? {} : { default_project_id };
  const view = { id, name, domain_id, enabled, ...project, password_expires_at: null, options: {} };
  return resource(request, 'users', view, extra);
}
