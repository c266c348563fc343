import { Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import { type ResolvedToken, resolveToken } from '../auth/resolve.ts';
import { type SignIn, signIn } from '../auth/sign-in.ts';
import type { Environment } from '../environment.ts';
import { revokeToken } from '../operations/tokens.ts';
import { forbidden } from './replies.ts';
import { bodyLimit, password, ref, text } from './schemas.ts';

const domainRef = Type.Object({ id: Type.Optional(ref), name: Type.Optional(ref) });
const namedRef = { ...domainRef.properties, domain: Type.Optional(domainRef) };

const signInBody = Type.Object({
  auth: Type.Object({
    identity: Type.Object({
      methods: Type.Array(text(64), { minItems: 1, maxItems: 8 }),
      password: Type.Optional(Type.Object({ user: Type.Object({ ...namedRef, password }) })),
      token: Type.Optional(Type.Object({ id: text(1024) })),
      application_credential: Type.Optional(
        Type.Object({
          id: Type.Optional(ref),
          name: Type.Optional(ref),
          user: Type.Optional(Type.Object(namedRef)),
          secret: password,
        }),
      ),
    }),
    scope: Type.Optional(
      Type.Union([
        Type.Literal('unscoped'),
        Type.Object({
          project: Type.Optional(Type.Object(namedRef)),
          domain: Type.Optional(domainRef),
          system: Type.Optional(Type.Object({ all: Type.Optional(Type.Boolean()) })),
          unscoped: Type.Optional(Type.Object({})),
          'OS-TRUST:trust': Type.Optional(Type.Object({ id: ref })),
        }),
      ]),
    ),
  }),
});

const subjectQuery = Type.Object({ nocatalog: Type.Optional(Type.String()) });

export function tokenRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v3/auth/tokens',
      operation: 'identity:tokens:create',
      policy: policies.public,
      status: 201,
      query: subjectQuery,
      body: signInBody,
      bodyLimit,
      handler: async ({ body, query, clientAddress }) => {
        const check = () => signIn(environment, body.auth);
        const { token, resolved } = await environment.attempts.guarded(claimed(body.auth), clientAddress, check);
        return tokenReply(environment, token, resolved, query.nocatalog === undefined);
      },
    }),
    route({
      method: 'GET',
      path: '/v3/auth/tokens',
      operation: 'identity:tokens:validate',
      policy: policies.authenticated,
      query: subjectQuery,
      handler: async (request) => {
        const { token, resolved } = await subject(environment, request, 'identity:validate_token');
        return tokenReply(environment, token, resolved, request.query.nocatalog === undefined);
      },
    }),
    route({
      method: 'DELETE',
      path: '/v3/auth/tokens',
      operation: 'identity:tokens:revoke',
      policy: policies.authenticated,
      status: 204,
      handler: async (request) => {
        const { resolved } = await subject(environment, request, 'identity:revoke_token');
        await revokeToken(environment, resolved.payload);
      },
    }),
  ];
}

/** Who the caller says it is, whether or not there is such a user. */
function claimed({ identity: { password, application_credential, token } }: SignIn): string {
  // A token cannot be guessed; one bad one is not another.
  if (password === undefined && application_credential === undefined) return `token ${token?.id ?? ''}`;
  const { user } = password ?? {};
  const { id, name, user: owner } = application_credential ?? {};
  return JSON.stringify([user?.id, user?.name, user?.domain, id, name, owner]);
}

/** The token in its header, and what it says. */
export async function tokenReply(
  { directory, writeToken }: Environment,
  token: string,
  resolved: ResolvedToken,
  withCatalog: boolean,
): Promise<Reply> {
  const catalog = withCatalog ? await directory.catalog() : undefined;
  return new Reply({
    headers: { 'X-Subject-Token': token, Vary: 'X-Auth-Token', 'Content-Type': 'application/json' },
    body: writeToken(resolved, catalog),
  });
}

/** Roles whose holders may look into others' tokens: services check their callers so. */
const validators = ['admin', 'service'];

/** The token in X-Subject-Token: 404 when it is not valid, 403 when it is somebody else's. */
async function subject(
  environment: Environment,
  request: { readonly headers: Record<string, string | string[] | undefined>; readonly context: Context | undefined },
  operation: string,
): Promise<{ token: string; resolved: ResolvedToken }> {
  const context = caller(request);
  const token = request.headers['x-subject-token'];
  if (typeof token !== 'string' || token === '') throw badRequest('The header X-Subject-Token is missing.');
  const resolved = await resolveToken(environment, token);
  // Nothing is told of a token that is not one, so that anybody may hear it.
  if (resolved === undefined) throw new Fault('notFound', 'Could not find token.');
  const mayLook =
    context.roles.some((role) => validators.includes(role)) ||
    (context.system && context.roles.includes('reader')) ||
    resolved.user.id === context.userId;
  if (!mayLook) throw forbidden(operation);
  return { token, resolved };
}
