import type { IncomingHttpHeaders } from 'node:http';
import { type ResolvedToken, resolveToken } from '../auth/resolve.ts';
import { unauthorized } from '../auth/unauthorized.ts';
import type { Environment } from '../environment.ts';
import { forbidden } from './replies.ts';

/** The caller's own token. */
export async function ownToken(
  environment: Environment,
  request: { readonly headers: IncomingHttpHeaders },
): Promise<ResolvedToken> {
  const token = request.headers['x-auth-token'];
  const resolved = typeof token === 'string' ? await resolveToken(environment, token) : undefined;
  // The token was good when the request came in; it may have been revoked since.
  if (resolved === undefined) throw unauthorized('the token has just ended');
  return resolved;
}

/**
 * The caller's own token, which must not be limited (to a trust, or a restricted application credential): whoever holds
 * such a one could otherwise make itself something that lasts longer.
 */
export async function unrestrictedToken(
  environment: Environment,
  request: { readonly headers: IncomingHttpHeaders },
  operation: string,
): Promise<ResolvedToken> {
  const resolved = await ownToken(environment, request);
  const { applicationCredential, trust } = resolved;
  if (trust !== null || (applicationCredential !== null && !applicationCredential.unrestricted)) {
    throw forbidden(operation);
  }
  return resolved;
}
