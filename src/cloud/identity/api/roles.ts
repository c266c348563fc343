import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { readsDomain } from '../domain/access.ts';
import type { Environment } from '../environment.ts';
import { createRole, deleteRole, listRoles, updateRole } from '../operations/roles.ts';
import { must, unknown } from '../store/queries.ts';
import type { RoleRow } from '../store/tables.ts';
import { extraOf, forbidden, listReply, resource } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, options, ref, text } from './schemas.ts';

const attributes = {
  description: Type.Optional(nullable(text(255))),
  domain_id: Type.Optional(nullable(ref)),
  options,
};
const known = ['id', 'name', 'links', ...Object.keys(attributes)];
const params = Type.Object({ roleId: ref });

export function roleRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v3/roles',
      operation: 'identity:roles:create',
      policy: policies.admin,
      status: 201,
      bodyLimit,
      body: Type.Object({ role: Type.Object({ ...attributes, name: name(255) }) }),
      handler: async (request) => {
        const { role } = request.body;
        const row = await createRole(environment, {
          name: role.name,
          domain_id: role.domain_id ?? null,
          description: role.description ?? null,
          extra: extraOf(role, known),
        });
        return { role: roleView(request, row) };
      },
    }),
    route({
      method: 'GET',
      path: '/v3/roles',
      operation: 'identity:roles:list',
      policy: policies.directoryReader,
      query: listQuery({ name: Type.Optional(ref), domain_id: Type.Optional(ref) }),
      handler: async (request) => {
        const { domain_id, ...rest } = request.query;
        const context = caller(request);
        if (domain_id !== undefined && !readsDomain(context, domain_id)) throw forbidden('identity:list_domain_roles');
        const rows = await listRoles(environment, { ...rest, ...(domain_id !== undefined && { domainId: domain_id }) });
        return listReply(
          request,
          'roles',
          rows.map((row) => roleView(request, row)),
        );
      },
    }),
    route({
      method: 'GET',
      path: '/v3/roles/:roleId',
      operation: 'identity:roles:show',
      policy: policies.directoryReader,
      params,
      handler: async (request) => {
        const row = await must(environment.store.db, 'role', request.params.roleId);
        if (row.domain_id !== null && !readsDomain(caller(request), row.domain_id)) throw unknown('role', row.id);
        return { role: roleView(request, row) };
      },
    }),
    route({
      method: 'PATCH',
      path: '/v3/roles/:roleId',
      operation: 'identity:roles:update',
      policy: policies.admin,
      params,
      bodyLimit,
      body: Type.Object({ role: Type.Object({ ...attributes, name: Type.Optional(name(255)) }) }),
      handler: async (request) => {
        const { role } = request.body;
        const before = await must(environment.store.db, 'role', request.params.roleId);
        if (role.domain_id !== undefined && role.domain_id !== before.domain_id) {
          throw badRequest('A role stays in its domain.');
        }
        const row = await updateRole(environment, request.params.roleId, {
          ...(role.name !== undefined && { name: role.name }),
          ...(role.description !== undefined && { description: role.description }),
          extra: extraOf(role, known),
        });
        return { role: roleView(request, row) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v3/roles/:roleId',
      operation: 'identity:roles:delete',
      policy: policies.admin,
      params,
      status: 204,
      handler: (request) => deleteRole(environment, request.params.roleId),
    }),
  ];
}

/** A role as the API shows it. */
export function roleView(request: { readonly baseUrl: string }, row: RoleRow) {
  const { id, name, domain_id, description, extra } = row;
  return resource(request, 'roles', { id, name, domain_id, description, options: {} }, extra);
}
