import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import type { Environment } from '../environment.ts';
import { createRole, deleteRole, listRoles, updateRole } from '../operations/roles.ts';
import { must } from '../store/queries.ts';
import type { RoleRow } from '../store/tables.ts';
import { extraOf, listReply, resource } from './replies.ts';
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
        if (typeof role.domain_id === 'string') {
          throw new Fault('notSupported', 'Roles of a domain are not supported; leave domain_id out.');
        }
        const row = await createRole(environment, {
          name: role.name,
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
      policy: policies.admin,
      query: listQuery({ name: Type.Optional(ref), domain_id: Type.Optional(ref) }),
      handler: async (request) => {
        const ofADomain = request.query.domain_id !== undefined;
        const rows = ofADomain ? [] : await listRoles(environment, request.query);
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
      policy: policies.admin,
      params,
      handler: async (request) => ({
        role: roleView(request, await must(environment.store.db, 'role', request.params.roleId)),
      }),
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
  const { id, name, description, extra } = row;
  return resource(request, 'roles', { id, name, domain_id: null, description, options: {} }, extra);
}
