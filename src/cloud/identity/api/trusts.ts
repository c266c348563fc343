import { Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { keystoneTime } from '../auth/resolve.ts';
import { readsAll } from '../domain/access.ts';
import { parseUtc } from '../domain/times.ts';
import type { Environment } from '../environment.ts';
import { createTrust, deleteTrust, findTrust, listTrusts } from '../operations/trusts.ts';
import { must, unknown } from '../store/queries.ts';
import type { RoleRow, TrustRow } from '../store/tables.ts';
import { ownToken } from './own-token.ts';
import { forbidden, selfUrl } from './replies.ts';
import { roleView } from './roles.ts';
import { bodyLimit, nullable, ref, text } from './schemas.ts';

const collection = '/v3/OS-TRUST/trusts';
const params = Type.Object({ trustId: ref });
const roleParams = Type.Object({ trustId: ref, roleId: ref });
const count = (minimum: number) => Type.Optional(nullable(Type.Integer({ minimum, maximum: 1_000_000 })));

const createBody = Type.Object({
  trust: Type.Object({
    trustor_user_id: ref,
    trustee_user_id: ref,
    impersonation: Type.Boolean(),
    project_id: Type.Optional(nullable(ref)),
    expires_at: Type.Optional(nullable(text(64))),
    remaining_uses: count(1),
    redelegation_count: count(0),
    allow_redelegation: Type.Optional(Type.Boolean()),
    roles: Type.Optional(
      Type.Array(Type.Object({ id: Type.Optional(ref), name: Type.Optional(ref) }), { maxItems: 100 }),
    ),
  }),
});

export function trustRoutes(environment: Environment): Route[] {
  /** A trust of the caller's, on either side; for others there is none. */
  async function ownTrust(context: Context, id: string): Promise<TrustRow> {
    const found = await findTrust(environment, id);
    const mine = found?.trustor_user_id === context.userId || found?.trustee_user_id === context.userId;
    if (found === undefined || !(mine || readsAll(context))) throw unknown('trust', id);
    return found;
  }
  const rolesOf = async ({ role_ids }: TrustRow): Promise<RoleRow[]> => {
    const rows = role_ids.map((id) => must(environment.store.db, 'role', id).catch(() => undefined));
    return (await Promise.all(rows)).filter((row) => row !== undefined);
  };
  async function ownRole(request: { context: Context | undefined; params: { trustId: string; roleId: string } }) {
    const roles = await rolesOf(await ownTrust(caller(request), request.params.trustId));
    const found = roles.find(({ id }) => id === request.params.roleId);
    if (found === undefined) throw unknown('role', request.params.roleId);
    return found;
  }
  return [
    route({
      method: 'POST',
      path: collection,
      operation: 'identity:trusts:create',
      policy: policies.authenticated,
      status: 201,
      bodyLimit,
      body: createBody,
      handler: async (request) => {
        const { trust } = request.body;
        const token = await ownToken(environment, request);
        if (token.applicationCredential !== null && !token.applicationCredential.unrestricted) {
          throw forbidden('identity:create_trust');
        }
        if (trust.project_id == null) {
          throw new Fault('notSupported', 'A trust is about a project: say its project_id.');
        }
        const row = await createTrust(environment, token, {
          trustorId: trust.trustor_user_id,
          trusteeId: trust.trustee_user_id,
          projectId: trust.project_id,
          impersonation: trust.impersonation,
          roles: trust.roles ?? [],
          expiresAt: trust.expires_at == null ? null : new Date(parseUtc(trust.expires_at)),
          remainingUses: trust.remaining_uses ?? null,
          redelegationCount: trust.redelegation_count ?? null,
          allowRedelegation: trust.allow_redelegation ?? false,
        });
        return { trust: fullView(request, row, await rolesOf(row)) };
      },
    }),
    route({
      method: 'GET',
      path: collection,
      operation: 'identity:trusts:list',
      policy: policies.authenticated,
      query: Type.Object({ trustor_user_id: Type.Optional(ref), trustee_user_id: Type.Optional(ref) }),
      handler: async (request) => {
        const context = caller(request);
        const { trustor_user_id: trustorId, trustee_user_id: trusteeId } = request.query;
        if (!readsAll(context) && trustorId !== context.userId && trusteeId !== context.userId) {
          throw forbidden('identity:list_trusts');
        }
        const filter = { ...(trustorId !== undefined && { trustorId }), ...(trusteeId !== undefined && { trusteeId }) };
        const rows = await listTrusts(environment, filter);
        return {
          trusts: rows.map((row) => view(request, row)),
          links: { next: null, previous: null, self: selfUrl(request) },
        };
      },
    }),
    route({
      method: 'GET',
      path: `${collection}/:trustId`,
      operation: 'identity:trusts:show',
      policy: policies.authenticated,
      params,
      handler: async (request) => {
        const row = await ownTrust(caller(request), request.params.trustId);
        return { trust: fullView(request, row, await rolesOf(row)) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${collection}/:trustId`,
      operation: 'identity:trusts:delete',
      policy: policies.authenticated,
      params,
      status: 204,
      handler: async (request) => {
        const context = caller(request);
        const row = await ownTrust(context, request.params.trustId);
        if (row.trustor_user_id !== context.userId && !context.isAdmin) throw forbidden('identity:delete_trust');
        // In the trustor's name, but by a trust: that one does not end others.
        const { trust } = await ownToken(environment, request);
        if (trust !== null && trust.id !== row.redelegated_trust_id) throw forbidden('identity:delete_trust');
        await deleteTrust(environment, row.id);
      },
    }),
    route({
      method: 'GET',
      path: `${collection}/:trustId/roles`,
      operation: 'identity:trusts:roles',
      policy: policies.authenticated,
      params,
      handler: async (request) => {
        const roles = await rolesOf(await ownTrust(caller(request), request.params.trustId));
        return {
          roles: roles.map((role) => roleView(request, role)),
          links: { next: null, previous: null, self: selfUrl(request) },
        };
      },
    }),
    route({
      method: 'GET',
      path: `${collection}/:trustId/roles/:roleId`,
      operation: 'identity:trusts:role',
      policy: policies.authenticated,
      params: roleParams,
      handler: async (request) => ({ role: roleView(request, await ownRole(request)) }),
    }),
  ];
}

function view({ baseUrl }: { readonly baseUrl: string }, row: TrustRow) {
  return {
    id: row.id,
    trustor_user_id: row.trustor_user_id,
    trustee_user_id: row.trustee_user_id,
    project_id: row.project_id,
    impersonation: row.impersonation,
    expires_at: row.expires_at && keystoneTime(row.expires_at),
    deleted_at: null,
    remaining_uses: row.remaining_uses,
    redelegation_count: row.redelegation_count,
    redelegated_trust_id: row.redelegated_trust_id,
    links: { self: `${baseUrl}${collection}/${row.id}` },
  };
}

function fullView(request: { readonly baseUrl: string }, row: TrustRow, roles: readonly RoleRow[]) {
  return {
    ...view(request, row),
    roles: roles.map((role) => roleView(request, role)),
    roles_links: { next: null, previous: null, self: `${request.baseUrl}${collection}/${row.id}/roles` },
  };
}
