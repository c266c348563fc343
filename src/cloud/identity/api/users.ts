import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { keystoneTime } from '../auth/resolve.ts';
import type { Environment } from '../environment.ts';
import { changePassword, createUser, deleteUser, listUsers, updateUser } from '../operations/users.ts';
import type { UserRow } from '../store/tables.ts';
import { optionalFlag } from './domains.ts';
import { domainForNew, domainOfList, extraOf, listReply, manageable, resource, selfOrDomain } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, password, ref } from './schemas.ts';

const exemption = Type.Optional(nullable(Type.Boolean()));
/** Other options are refused rather than kept without effect. */
const userOptions = {
  ignore_change_password_upon_first_use: exemption,
  ignore_password_expiry: exemption,
  ignore_lockout_failure_attempts: exemption,
  lock_password: exemption,
};

const attributes = {
  password: Type.Optional(nullable(password)),
  enabled: Type.Optional(Type.Boolean()),
  default_project_id: Type.Optional(nullable(ref)),
  domain_id: Type.Optional(nullable(ref)),
  options: Type.Optional(Type.Object(userOptions, { additionalProperties: false })),
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
      policy: policies.directoryManager,
      status: 201,
      bodyLimit,
      body: Type.Object({ user: Type.Object({ ...attributes, name: name(255) }) }),
      handler: async (request) => {
        const { user } = request.body;
        const domainId = domainForNew(caller(request), user.domain_id, 'identity:create_user');
        const row = await createUser(environment, domainId, {
          name: user.name,
          password: user.password ?? null,
          enabled: user.enabled ?? true,
          default_project_id: user.default_project_id ?? null,
          options: user.options ?? {},
          extra: extraOf(user, known),
        });
        return { user: userView(request, row) };
      },
    }),
    route({
      method: 'GET',
      path: '/v3/users',
      operation: 'identity:users:list',
      policy: policies.directoryReader,
      query: listQuery({ name: Type.Optional(ref), domain_id: Type.Optional(ref), enabled: Type.Optional(ref) }),
      handler: async (request) => {
        const { enabled, domain_id, ...rest } = request.query;
        const domainId = domainOfList(caller(request), domain_id);
        const filter = { ...rest, ...(domainId !== undefined && { domainId }), ...optionalFlag(enabled) };
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
        const { userId } = request.params;
        return {
          user: userView(request, await selfOrDomain(environment, caller(request), userId, 'identity:get_user')),
        };
      },
    }),
    route({
      method: 'PATCH',
      path: '/v3/users/:userId',
      operation: 'identity:users:update',
      policy: policies.directoryManager,
      params,
      bodyLimit,
      body: Type.Object({ user: Type.Object({ ...attributes, name: Type.Optional(name(255)) }) }),
      handler: async (request) => {
        const { user } = request.body;
        const before = await manageable(environment, caller(request), 'user', request.params.userId);
        if (user.domain_id !== undefined && user.domain_id !== before.domain_id) {
          throw badRequest('A user stays in its domain.');
        }
        const row = await updateUser(environment, before.id, {
          ...(user.name !== undefined && { name: user.name }),
          ...(user.password !== undefined && { password: user.password }),
          ...(user.enabled !== undefined && { enabled: user.enabled }),
          ...(user.default_project_id !== undefined && { default_project_id: user.default_project_id }),
          ...(user.options !== undefined && { options: user.options }),
          extra: extraOf(user, known),
        });
        return { user: userView(request, row) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v3/users/:userId',
      operation: 'identity:users:delete',
      policy: policies.directoryManager,
      params,
      status: 204,
      handler: async (request) => {
        const { id } = await manageable(environment, caller(request), 'user', request.params.userId);
        await deleteUser(environment, caller(request), id);
      },
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
      handler: ({ params: { userId }, body: { user }, clientAddress }) =>
        environment.attempts.guarded(userId, clientAddress, () =>
          changePassword(environment, userId, { original: user.original_password, next: user.password }),
        ),
    }),
  ];
}

/** A user as the API shows it. */
export function userView(request: { readonly baseUrl: string }, row: UserRow) {
  const { id, name, domain_id, enabled, default_project_id, options, extra } = row;
  const project = default_project_id === null ? {} : { default_project_id };
  const password_expires_at = row.password_expires_at && keystoneTime(row.password_expires_at);
  const view = { id, name, domain_id, enabled, ...project, password_expires_at, options };
  return resource(request, 'users', view, extra);
}
