import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { Environment } from '../environment.ts';
import { deleteAccessRule, listAccessRules } from '../operations/access-rules.ts';
import { unknown } from '../store/queries.ts';
import type { AccessRuleRow } from '../store/tables.ts';
import { unrestrictedToken } from './own-token.ts';
import { listReply, selfOrAdmin } from './replies.ts';
import { ref } from './schemas.ts';

const collection = '/v3/users/:userId/access_rules';
const oneParams = Type.Object({ userId: ref, ruleId: ref });

/** The calls that a user's application credentials are limited to. */
export function accessRuleRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'GET',
      path: collection,
      operation: 'identity:access_rules:list',
      policy: policies.authenticated,
      params: Type.Object({ userId: ref }),
      handler: async (request) => {
        const { userId } = request.params;
        selfOrAdmin(caller(request), userId, 'identity:list_access_rules');
        const rows = await listAccessRules(environment, userId);
        return listReply(
          request,
          'access_rules',
          rows.map((row) => linkedView(request.baseUrl, row)),
        );
      },
    }),
    route({
      method: 'GET',
      path: `${collection}/:ruleId`,
      operation: 'identity:access_rules:show',
      policy: policies.authenticated,
      params: oneParams,
      handler: async (request) => {
        const { userId, ruleId } = request.params;
        selfOrAdmin(caller(request), userId, 'identity:get_access_rule');
        const found = (await listAccessRules(environment, userId)).find(({ id }) => id === ruleId);
        if (found === undefined) throw unknown('access rule', ruleId);
        return { access_rule: linkedView(request.baseUrl, found) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${collection}/:ruleId`,
      operation: 'identity:access_rules:delete',
      policy: policies.authenticated,
      params: oneParams,
      status: 204,
      handler: async (request) => {
        const { userId, ruleId } = request.params;
        selfOrAdmin(caller(request), userId, 'identity:delete_access_rule');
        await unrestrictedToken(environment, request, 'identity:delete_access_rule');
        await deleteAccessRule(environment, userId, ruleId);
      },
    }),
  ];
}

/** A rule within its application credential. */
export function ruleView({ id, service, method, path }: AccessRuleRow) {
  return { id, service, method, path };
}

function linkedView(baseUrl: string, row: AccessRuleRow) {
  return { ...ruleView(row), links: { self: `${baseUrl}/v3/users/${row.user_id}/access_rules/${row.id}` } };
}
