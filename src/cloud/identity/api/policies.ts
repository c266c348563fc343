import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import type { Environment } from '../environment.ts';
import { createPolicy, deletePolicy, listPolicies, updatePolicy } from '../operations/policies.ts';
import { must } from '../store/queries.ts';
import type { PolicyRow } from '../store/tables.ts';
import { extraOf, given, listReply, resource } from './replies.ts';
import { bodyLimit, listQuery, name, ref, text } from './schemas.ts';

const attributes = { type: name(255), blob: text(65_535) };
const known = ['id', 'links', ...Object.keys(attributes)];
const params = Type.Object({ policyId: ref });
const one = '/v3/policies/:policyId';
const policy = policies.admin;

/** Texts that services may keep here for themselves, as in Keystone; nothing of this cloud follows them. */
export function policyRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v3/policies',
      operation: 'identity:policies:list',
      policy,
      query: listQuery({ type: Type.Optional(ref) }),
      handler: async (request) => {
        const rows = await listPolicies(environment, request.query);
        return listReply(
          request,
          'policies',
          rows.map((row) => view(request, row)),
        );
      },
    }),
    route({
      method: 'POST',
      path: '/v3/policies',
      operation: 'identity:policies:create',
      policy,
      status: 201,
      bodyLimit,
      body: Type.Object({ policy: Type.Object(attributes) }),
      handler: async (request) => {
        const { type, blob } = request.body.policy;
        const wanted = { type, blob, extra: extraOf(request.body.policy, known) };
        return { policy: view(request, await createPolicy(environment, wanted)) };
      },
    }),
    route({
      method: 'GET',
      path: one,
      operation: 'identity:policies:show',
      policy,
      params,
      handler: async (request) => ({
        policy: view(request, await must(environment.store.db, 'policy', request.params.policyId)),
      }),
    }),
    route({
      method: 'PATCH',
      path: one,
      operation: 'identity:policies:update',
      policy,
      params,
      bodyLimit,
      body: Type.Object({ policy: Type.Partial(Type.Object(attributes)) }),
      handler: async (request) => {
        const wanted = given(request.body.policy, ['type', 'blob'], known);
        return { policy: view(request, await updatePolicy(environment, request.params.policyId, wanted)) };
      },
    }),
    route({
      method: 'DELETE',
      path: one,
      operation: 'identity:policies:delete',
      policy,
      params,
      status: 204,
      handler: (request) => deletePolicy(environment, request.params.policyId),
    }),
  ];
}

function view(request: { readonly baseUrl: string }, { id, type, blob, extra }: PolicyRow) {
  return resource(request, 'policies', { id, type, blob }, extra);
}
