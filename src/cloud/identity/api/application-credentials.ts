import { Type } from 'typebox';
import { accessMethods } from '../../../kernel/access/access-rules.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { type ApiRequest, caller, type Route, route } from '../../../kernel/http/index.ts';
import type { ResolvedToken } from '../auth/resolve.ts';
import type { Environment } from '../environment.ts';
import { listAccessRules } from '../operations/access-rules.ts';
import {
  type ApplicationCredential,
  createApplicationCredential,
  deleteApplicationCredential,
  getApplicationCredential,
  listApplicationCredentials,
} from '../operations/application-credentials.ts';
import { listRoles } from '../operations/roles.ts';
import { ruleView } from './access-rules.ts';
import { unrestrictedToken } from './own-token.ts';
import { forbidden, listReply, selfOrAdmin } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, password, ref, text } from './schemas.ts';

const collection = '/v3/users/:userId/application_credentials';
const params = Type.Object({ userId: ref });
const oneParams = Type.Object({ userId: ref, credentialId: ref });

/** A call that is allowed, or the id of one that was allowed before. */
const accessRule = Type.Object(
  {
    id: Type.Optional(ref),
    service: Type.Optional(text(64)),
    method: Type.Optional(Type.Enum(accessMethods)),
    path: Type.Optional(Type.String({ maxLength: 128, pattern: '^/[^\\u0000]*$' })),
  },
  { additionalProperties: false },
);

const createBody = Type.Object({
  application_credential: Type.Object(
    {
      name: name(255),
      description: Type.Optional(nullable(text(65_535))),
      secret: Type.Optional(nullable(password)),
      expires_at: Type.Optional(nullable(text(64))),
      roles: Type.Optional(
        Type.Array(Type.Object({ id: Type.Optional(ref), name: Type.Optional(ref) }), { maxItems: 100 }),
      ),
      unrestricted: Type.Optional(nullable(Type.Boolean())),
      access_rules: Type.Optional(nullable(Type.Array(accessRule, { maxItems: 100 }))),
      project_id: Type.Optional(ref),
    },
    { additionalProperties: false },
  ),
});

export function applicationCredentialRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'POST',
      path: collection,
      operation: 'identity:application_credentials:create',
      policy: policies.authenticated,
      params,
      status: 201,
      bodyLimit,
      body: createBody,
      handler: async (request) => {
        const owner = await unrestrictedOwner(environment, request, 'identity:create_application_credential');
        const wanted = request.body.application_credential;
        const { credential, secret } = await createApplicationCredential(environment, owner, {
          name: wanted.name,
          description: wanted.description ?? null,
          secret: wanted.secret ?? undefined,
          expiresAt: wanted.expires_at ?? undefined,
          roles: wanted.roles,
          unrestricted: wanted.unrestricted ?? false,
          accessRules: wanted.access_rules ?? undefined,
        });
        const [shown] = await views(environment, request, [credential]);
        return { application_credential: { ...shown, secret } };
      },
    }),
    route({
      method: 'GET',
      path: collection,
      operation: 'identity:application_credentials:list',
      policy: policies.authenticated,
      params,
      query: listQuery({ name: Type.Optional(ref) }),
      handler: async (request) => {
        const { userId } = request.params;
        selfOrAdmin(caller(request), userId, 'identity:list_application_credentials');
        const found = await listApplicationCredentials(environment, userId, request.query);
        return listReply(request, 'application_credentials', await views(environment, request, found));
      },
    }),
    route({
      method: 'GET',
      path: `${collection}/:credentialId`,
      operation: 'identity:application_credentials:show',
      policy: policies.authenticated,
      params: oneParams,
      handler: async (request) => {
        const { userId, credentialId } = request.params;
        selfOrAdmin(caller(request), userId, 'identity:get_application_credential');
        const found = await getApplicationCredential(environment, userId, credentialId);
        const [shown] = await views(environment, request, [found]);
        return { application_credential: shown };
      },
    }),
    route({
      method: 'DELETE',
      path: `${collection}/:credentialId`,
      operation: 'identity:application_credentials:delete',
      policy: policies.authenticated,
      params: oneParams,
      status: 204,
      handler: async (request) => {
        const { userId, credentialId } = request.params;
        const { isAdmin } = caller(request);
        if (!isAdmin || userId === caller(request).userId) {
          await unrestrictedOwner(environment, request, 'identity:delete_application_credential');
        }
        await deleteApplicationCredential(environment, userId, credentialId);
      },
    }),
  ];
}

/** The caller's own token, unlimited, and the caller the user of the path. */
async function unrestrictedOwner(
  environment: Environment,
  request: ApiRequest<{ userId: string }, unknown, unknown>,
  operation: string,
): Promise<ResolvedToken> {
  const resolved = await unrestrictedToken(environment, request, operation);
  if (resolved.user.id !== request.params.userId) throw forbidden(operation);
  return resolved;
}

async function views(
  environment: Environment,
  { baseUrl, params: { userId } }: { readonly baseUrl: string; readonly params: { readonly userId: string } },
  credentials: readonly ApplicationCredential[],
) {
  const names = new Map((await listRoles(environment, {})).map(({ id, name }) => [id, name]));
  const rules = await listAccessRules(environment, userId);
  return credentials.map(({ role_ids, access_rule_ids, ...credential }) => ({
    ...credential,
    ...(access_rule_ids && {
      access_rules: rules.filter(({ id }) => access_rule_ids.includes(id)).map(ruleView),
    }),
    // A role that was deleted since is not shown.
    roles: role_ids.flatMap((id) => {
      const known = names.get(id);
      return known === undefined ? [] : [{ id, name: known, domain_id: null }];
    }),
    system: null,
    links: { self: `${baseUrl}/v3/users/${userId}/application_credentials/${credential.id}` },
  }));
}
