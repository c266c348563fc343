import { createHash } from 'node:crypto';
import type { TokenValidator, ValidToken } from '../../client/index.ts';
import { type Context, withImpliedRoles } from '../../kernel/access/context.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Authenticate } from '../../kernel/http/index.ts';

/** How long Keystone's word on a token holds: as long, at most, can a token be used after it was revoked. */
const keptMs = 5_000;
/** Those asked for longest ago are forgotten first. */
const mostKept = 10_000;

interface Kept {
  readonly until: number;
  readonly token: Promise<ValidToken | undefined>;
}

/**
 * Who is calling, by what somebody else's Keystone says of the token: asked once for all requests that come with it at the
 * same time, and not again for five seconds. Tokens are kept as hashes only. When Keystone does not answer, nobody is let in
 * and nobody is called a stranger: 503.
 */
export function authenticateBy(validator: TokenValidator, clock: Clock): Authenticate {
  const kept = new Map<string, Kept>();

  function ask(key: string, token: string, now: number): Promise<ValidToken | undefined> {
    const asked = validator.validate(token);
    kept.delete(key);
    kept.set(key, { until: now + keptMs, token: asked });
    asked.catch(() => kept.delete(key));
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return asked;
  }

  return async (token, requestId) => {
    const now = clock.now().getTime();
    const key = createHash('sha256').update(token).digest('base64');
    const known = kept.get(key);
    const found = await (known !== undefined && now < known.until ? known.token : ask(key, token, now));
    return found === undefined || found.expiresAt.getTime() <= now ? undefined : contextOf(found, requestId);
  };
}

function contextOf(token: ValidToken, requestId: string): Context {
  const { user, project, accessRules } = token;
  const roles = withImpliedRoles(token.roles);
  return {
    requestId,
    // The server puts what the request asks for in its place.
    language: 'en',
    ...{ userId: user.id, userName: user.name, userDomainId: user.domainId },
    projectId: project?.id ?? null,
    projectName: project?.name ?? null,
    projectDomainId: project?.domainId ?? null,
    domainId: token.domainId ?? null,
    system: token.system,
    roles,
    isAdmin: roles.includes('admin'),
    ...(accessRules && { accessRules }),
    auditId: token.auditId,
    expiresAt: token.expiresAt,
  };
}
