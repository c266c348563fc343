import { hash } from 'node:crypto';
import type { AccessRule } from '../../../kernel/access/access-rules.ts';
import type { Context } from '../../../kernel/access/context.ts';
import type { RoleRef } from '../domain/roles.ts';
import type { Scope, TokenPayload } from '../domain/token.ts';
import type { Environment } from '../environment.ts';
import { targetOf } from '../store/directory.ts';
import type { TrustRow } from '../store/tables.ts';

/** A thing with a name, as tokens show it. */
interface Named {
  readonly id: string;
  readonly name: string;
}

/** A token together with what it stands for at this moment. */
export interface ResolvedToken {
  readonly payload: TokenPayload;
  readonly user: Named & { readonly domain: Named };
  readonly project: (Named & { readonly domain: Named }) | null;
  readonly domain: Named | null;
  readonly system: boolean;
  readonly roles: readonly RoleRef[];
  readonly applicationCredential:
    | (Named & { readonly unrestricted: boolean; readonly accessRules: readonly AccessRule[] | null })
    | null;
  /** The trust by which the trustee acts. */
  readonly trust: TrustRow | null;
  readonly passwordExpiresAt: Date | null;
}

/** A token that was good, and under which epoch of the changes. */
export interface KnownToken {
  readonly epoch: number;
  readonly resolved: ResolvedToken;
}

/**
 * What the token says, if it is ours, in time, not revoked, and all that it names is still there and enabled. What was worked
 * out once holds until any change becomes known here.
 */
export async function resolveToken(environment: Environment, token: string): Promise<ResolvedToken | undefined> {
  const { changes, clock, knownTokens } = environment;
  const stale = changes.fresh();
  if (stale !== undefined) await stale;
  // Whoever reads this memory finds no token in it.
  const key = hash('sha256', token, 'base64');
  const known = knownTokens.get(key);
  if (known?.epoch === changes.epoch && isInTime(known.resolved, clock.now())) return known.resolved;
  const { epoch } = changes;
  const resolved = await workOut(environment, token);
  if (resolved !== undefined) knownTokens.set(key, { epoch, resolved });
  return resolved;
}

function isInTime({ payload, trust }: ResolvedToken, now: Date): boolean {
  return payload.expiresAt > now.getTime() && (trust === null || trust.expires_at === null || trust.expires_at > now);
}

async function workOut(environment: Environment, token: string): Promise<ResolvedToken | undefined> {
  const payload = environment.codec.decode(token);
  if (payload === undefined || payload.expiresAt <= environment.clock.now().getTime()) return undefined;
  const resolved = await resolveUnrevoked(environment, payload);
  if (resolved !== undefined) return resolved;
  // Another process may have issued it a moment ago, for a grant of which we have not heard: never refuse from memory.
  await environment.changes.refresh();
  return resolveUnrevoked(environment, payload);
}

async function resolveUnrevoked(environment: Environment, payload: TokenPayload): Promise<ResolvedToken | undefined> {
  if (await environment.directory.revoked(payload.auditId)) return undefined;
  return resolvePayload(environment, payload);
}

/** The same for what a token is about to say. Undefined when user or scope is gone, disabled, or without a role. */
export async function resolvePayload(
  environment: Environment,
  payload: TokenPayload,
): Promise<ResolvedToken | undefined> {
  const { directory } = environment;
  const user = await presentUser(environment, payload.userId, payload.issuedAt);
  if (user === undefined) return undefined;
  const place = await resolveScope(environment, payload.scope);
  if (place === undefined) return undefined;
  const trust = await resolveTrust(environment, payload);
  if (trust === undefined) return undefined;
  const held =
    payload.scope.kind === 'unscoped'
      ? []
      : await directory.grants(trust?.trustor_user_id ?? payload.userId, targetOf(payload.scope));
  const means =
    trust === null ? await resolveCredential(environment, payload, held) : await throughTrust(environment, trust, held);
  if (means === undefined) return undefined;
  if (payload.scope.kind !== 'unscoped' && means.roles.length === 0) return undefined;
  const { id, name, domain, passwordExpiresAt } = user;
  return { payload, user: { id, name, domain }, passwordExpiresAt, ...place, ...means, trust };
}

/**
 * When what is issued now counts as issued. What ended the user's tokens may lie ahead, by a clock that was set back since: whoever
 * proves now who they are comes after it.
 */
export async function issueTime({ clock, directory }: Environment, userId: string): Promise<number> {
  const user = await directory.user(userId);
  return Math.max(clock.now().getTime(), user?.tokens_valid_from.getTime() ?? 0);
}

/** The user, if enabled as its domain is, and the token (issued then) not taken back. */
async function presentUser({ directory }: Environment, id: string, issuedAt: number) {
  const user = await directory.user(id);
  if (!user?.enabled || issuedAt < user.tokens_valid_from.getTime()) return undefined;
  const domain = await directory.domain(user.domain_id);
  if (!domain?.enabled) return undefined;
  const passwordExpiresAt = user.password_expires_at;
  return { id: user.id, name: user.name, domain: { id: domain.id, name: domain.name }, passwordExpiresAt };
}

/** Null without a trust; undefined when it has ended, or the other party is not there any more. */
async function resolveTrust(environment: Environment, payload: TokenPayload): Promise<TrustRow | null | undefined> {
  if (payload.trustId === null) return null;
  const trust = await environment.directory.trust(payload.trustId);
  const now = environment.clock.now();
  if (trust === undefined || (trust.expires_at !== null && trust.expires_at <= now)) return undefined;
  const other = trust.impersonation ? trust.trustee_user_id : trust.trustor_user_id;
  // Only the trustee's new password ends its tokens.
  const issuedAt = trust.impersonation ? payload.issuedAt : Number.POSITIVE_INFINITY;
  return (await presentUser(environment, other, issuedAt)) && trust;
}

/** Through a trust one has its roles, as long as the trustor holds all of them. */
async function throughTrust(
  { directory }: Environment,
  trust: TrustRow,
  held: readonly RoleRef[],
): Promise<Means | undefined> {
  const roles = (await directory.roles()).effective(trust.role_ids);
  const all = new Set(held.map(({ id }) => id));
  return roles.every(({ id }) => all.has(id)) ? { applicationCredential: null, roles } : undefined;
}

type Means = Pick<ResolvedToken, 'applicationCredential' | 'roles'>;
type Place = Pick<ResolvedToken, 'project' | 'domain' | 'system'>;

async function resolveScope({ directory }: Environment, scope: Scope): Promise<Place | undefined> {
  switch (scope.kind) {
    case 'unscoped':
      return { project: null, domain: null, system: false };
    case 'system':
      return { project: null, domain: null, system: true };
    case 'domain': {
      const domain = await directory.domain(scope.id);
      return domain?.enabled
        ? { project: null, domain: { id: domain.id, name: domain.name }, system: false }
        : undefined;
    }
    case 'project': {
      const project = await directory.project(scope.id);
      const domain = project && (await directory.domain(project.domain_id));
      if (!project?.enabled || !domain?.enabled) return undefined;
      const shown = { id: project.id, name: project.name, domain: { id: domain.id, name: domain.name } };
      return { project: shown, domain: null, system: false };
    }
  }
}

/** Through an application credential one has its roles, as far as the user still holds them. */
async function resolveCredential(
  environment: Environment,
  payload: TokenPayload,
  held: readonly RoleRef[],
): Promise<Means | undefined> {
  const id = payload.applicationCredentialId;
  if (id === null) return { applicationCredential: null, roles: held };
  const credential = await environment.directory.applicationCredential(id);
  if (credential === undefined || credential.user_id !== payload.userId) return undefined;
  const book = await environment.directory.roles();
  const granted = new Set(credential.role_ids.flatMap((role) => [...book.closure(role)]));
  return {
    applicationCredential: {
      id,
      name: credential.name,
      unrestricted: credential.unrestricted,
      accessRules: credential.accessRules,
    },
    roles: held.filter((role) => granted.has(role.id)),
  };
}

const contexts = new WeakMap<ResolvedToken, Context>();

/** Who is calling, for the other services. */
export function contextOf(resolved: ResolvedToken, requestId: string): Context {
  const known = contexts.get(resolved);
  if (known !== undefined) return { ...known, requestId };
  const roles = resolved.roles.map(({ name }) => name);
  const context: Context = {
    requestId,
    language: 'en',
    userId: resolved.user.id,
    userName: resolved.user.name,
    userDomainId: resolved.user.domain.id,
    projectId: resolved.project?.id ?? null,
    projectName: resolved.project?.name ?? null,
    projectDomainId: resolved.project?.domain.id ?? null,
    domainId: resolved.domain?.id ?? null,
    system: resolved.system,
    roles,
    isAdmin: roles.includes('admin'),
    ...(resolved.applicationCredential?.accessRules && { accessRules: resolved.applicationCredential.accessRules }),
    auditId: resolved.payload.auditId,
    expiresAt: new Date(resolved.payload.expiresAt),
  };
  contexts.set(resolved, context);
  return context;
}

/** `2026-01-01T00:00:00.000000Z`: microseconds, as Keystone prints times. */
export function keystoneTime(time: number | Date): string {
  return new Date(time).toISOString().replace('Z', '000Z');
}
