import { Type } from 'typebox';
import type { Context } from '../kernel/access/context.ts';
import { policies } from '../kernel/access/policy.ts';
import { Fault } from '../kernel/base/errors.ts';
import { KeystoneIdSchema } from '../kernel/http/house-api.ts';
import { caller, Reply, type Route, route } from '../kernel/http/index.ts';
import type { SessionCookie } from './cookie.ts';

export interface SessionDeps {
  readonly cookie: SessionCookie;
  /** Keystone's URL, reached like anybody reaches it. */
  readonly identityUrl: string;
}

/** Who is signed in, as the page may know it; the token is not shown. */
const view = (context: Context): object => ({
  user: { id: context.userId, name: context.userName, domainId: context.userDomainId },
  project: context.projectId === null ? null : { id: context.projectId, name: context.projectName },
  roles: context.roles,
  isAdmin: context.isAdmin,
  expiresAt: context.expiresAt,
});

const noStore = { 'Cache-Control': 'no-store' };

/**
 * The browser's session. The page signs in at Keystone, hands the token over once (`PUT`, in X-Auth-Token) and forgets it;
 * from then on the browser sends it in a cookie that no script can read.
 */
export function sessionRoutes({ cookie, identityUrl }: SessionDeps): Route[] {
  const tokenOf = (headers: Record<string, string | string[] | undefined>) => String(headers['x-auth-token']);

  return [
    route({
      method: 'PUT',
      path: '/v1/session',
      operation: 'console:session:begin',
      policy: policies.authenticated,
      handler(request) {
        const context = caller(request);
        const headers = { ...noStore, 'Set-Cookie': cookie.set(tokenOf(request.headers), context.expiresAt) };
        return new Reply({ headers, body: view(context) });
      },
    }),
    route({
      method: 'GET',
      path: '/v1/session',
      operation: 'console:session:show',
      policy: policies.public,
      handler: ({ context }) =>
        new Reply({ headers: noStore, body: { session: context === undefined ? null : view(context) } }),
    }),
    route({
      method: 'PUT',
      path: '/v1/session/project',
      operation: 'console:session:choose-project',
      policy: policies.authenticated,
      status: 204,
      body: Type.Object({ projectId: KeystoneIdSchema }, { additionalProperties: false }),
      async handler(request) {
        const { token, expiresAt } = await rescope(identityUrl, tokenOf(request.headers), request.body.projectId);
        return new Reply({ headers: { ...noStore, 'Set-Cookie': cookie.set(token, expiresAt) } });
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/session',
      operation: 'console:session:end',
      policy: policies.public,
      status: 204,
      async handler(request) {
        if (request.context !== undefined) await revoke(identityUrl, tokenOf(request.headers));
        return new Reply({ headers: { ...noStore, 'Set-Cookie': cookie.clear() } });
      },
    }),
  ];
}

/** Exchanges a token for one of another project of the same person. */
async function rescope(
  identityUrl: string,
  token: string,
  projectId: string,
): Promise<{ token: string; expiresAt: Date }> {
  const auth = { identity: { methods: ['token'], token: { id: token } }, scope: { project: { id: projectId } } };
  const answer = await fetch(`${identityUrl}/auth/tokens?nocatalog`, {
    method: 'POST',
    body: JSON.stringify({ auth }),
  });
  const body = (await answer.json()) as { token?: { expires_at: string }; error?: { message: string } };
  const fresh = answer.headers.get('x-subject-token');
  if (fresh === null || body.token === undefined) {
    const code =
      answer.status === 401 || answer.status === 403 || answer.status === 404 ? 'forbidden' : 'engineUnavailable';
    throw new Fault(code, body.error?.message ?? `The identity service answered ${answer.status}.`);
  }
  return { token: fresh, expiresAt: new Date(body.token.expires_at) };
}

async function revoke(identityUrl: string, token: string): Promise<void> {
  const headers = { 'X-Auth-Token': token, 'X-Subject-Token': token };
  await (await fetch(`${identityUrl}/auth/tokens`, { method: 'DELETE', headers })).body?.cancel();
}
