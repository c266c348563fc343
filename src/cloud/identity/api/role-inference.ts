import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import type { Environment } from '../environment.ts';
import {
  createInference,
  deleteInference,
  getInference,
  type Inference,
  listInferences,
} from '../operations/role-inference.ts';
import type { RoleRow } from '../store/tables.ts';
import { selfUrl } from './replies.ts';
import { ref } from './schemas.ts';

const params = Type.Object({ roleId: ref });
const ruleParams = Type.Object({ roleId: ref, impliedId: ref });
const onePath = '/v3/roles/:roleId/implies/:impliedId';

/** Which roles imply which. */
export function roleInferenceRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v3/role_inferences',
      operation: 'identity:role_inferences:list',
      policy: policies.admin,
      handler: async (request) => ({
        role_inferences: (await listInferences(environment)).map((one) => listView(request.baseUrl, one)),
        links: { self: selfUrl(request) },
      }),
    }),
    route({
      method: 'GET',
      path: '/v3/roles/:roleId/implies',
      operation: 'identity:roles:list_implied',
      policy: policies.admin,
      params,
      handler: async (request) => {
        const [found] = await listInferences(environment, request.params.roleId);
        return {
          role_inference: found && listView(request.baseUrl, found),
          links: { self: selfUrl(request) },
        };
      },
    }),
    route({
      method: 'PUT',
      path: onePath,
      operation: 'identity:roles:create_implied',
      policy: policies.admin,
      params: ruleParams,
      status: 201,
      handler: async (request) => {
        const { roleId, impliedId } = request.params;
        await createInference(environment, roleId, impliedId);
        return ruleView(request, await getInference(environment, roleId, impliedId));
      },
    }),
    route({
      method: 'GET',
      path: onePath,
      operation: 'identity:roles:show_implied',
      policy: policies.admin,
      params: ruleParams,
      handler: async (request) => {
        const { roleId, impliedId } = request.params;
        return ruleView(request, await getInference(environment, roleId, impliedId));
      },
    }),
    route({
      method: 'HEAD',
      path: onePath,
      operation: 'identity:roles:check_implied',
      policy: policies.admin,
      params: ruleParams,
      status: 204,
      handler: async ({ params: { roleId, impliedId } }) => {
        await getInference(environment, roleId, impliedId);
      },
    }),
    route({
      method: 'DELETE',
      path: onePath,
      operation: 'identity:roles:delete_implied',
      policy: policies.admin,
      params: ruleParams,
      status: 204,
      handler: ({ params: { roleId, impliedId } }) => deleteInference(environment, roleId, impliedId),
    }),
  ];
}

function short(baseUrl: string, { id, name }: RoleRow) {
  return { id, name, links: { self: `${baseUrl}/v3/roles/${id}` } };
}

function listView(baseUrl: string, { prior, implies }: Inference) {
  return { prior_role: short(baseUrl, prior), implies: implies.map((role) => short(baseUrl, role)) };
}

function ruleView(request: { readonly baseUrl: string; readonly url: string }, { prior, implies }: Inference) {
  const [implied] = implies;
  return {
    role_inference: {
      prior_role: short(request.baseUrl, prior),
      implies: implied && short(request.baseUrl, implied),
    },
    links: { self: selfUrl(request) },
  };
}
