import type { Context } from '../../../kernel/access/context.ts';
import { type CatalogEntry, catalogFor } from '../domain/catalog.ts';
import type { RoleRef } from '../domain/roles.ts';
import { type Scope, type TokenPayload, unscoped } from '../domain/token.ts';
import type { Environment } from '../environment.ts';
import { targetOf } from '../store/directory.ts';

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
  readonly applicationCredential: (Named & { readonly unrestricted: boolean }) | null;
}

/** What the token says, if it is ours, in time, not revoked, and all that it names is still there and enabled. */
export async function resolveToken(environment: Environment, token: string): Promise<ResolvedToken | undefined> {
  const payload = environment.codec.decode(token);
  if (payload === undefined || payload.expiresAt <= environment.clock.now().getTime()) return undefined;
  await environment.changes.fresh();
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
  const user = await directory.user(payload.userId);
  if (!user?.enabled || payload.issuedAt < user.tokens_valid_from.getTime()) return undefined;
  const userDomain = await directory.domain(user.domain_id);
  if (!userDomain?.enabled) return undefined;
  const place = await resolveScope(environment, payload.scope);
  if (place === undefined) return undefined;
  const held = payload.scope.kind === 'unscoped' ? [] : await directory.grants(payload.userId, targetOf(payload.scope));
  const credential = await resolveCredential(environment, payload, held);
  if (credential === undefined) return undefined;
  if (payload.scope.kind !== 'unscoped' && credential.roles.length === 0) return undefined;
  return {
    payload,
    user: { id: user.id, name: user.name, domain: { id: userDomain.id, name: userDomain.name } },
    ...place,
    ...credential,
  };
}

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
): Promise<Pick<ResolvedToken, 'applicationCredential' | 'roles'> | undefined> {
  const id = payload.applicationCredentialId;
  if (id === null) return { applicationCredential: null, roles: held };
  const credential = await environment.directory.applicationCredential(id);
  if (credential === undefined || credential.user_id !== payload.userId) return undefined;
  const book = await environment.directory.roles();
  const granted = new Set(credential.role_ids.flatMap((role) => [...book.closure(role)]));
  return {
    applicationCredential: { id, name: credential.name, unrestricted: credential.unrestricted },
    roles: held.filter((role) => granted.has(role.id)),
  };
}

/** Who is calling, for the other services. */
export function contextOf(resolved: ResolvedToken, requestId: string): Context {
  const roles = resolved.roles.map(({ name }) => name);
  return {
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
    auditId: resolved.payload.auditId,
    expiresAt: new Date(resolved.payload.expiresAt),
  };
}

/** The token as the API shows it (Identity API v3, "Password authentication", response). */
export function tokenView({ catalog, publicUrl }: Environment, resolved: ResolvedToken, withCatalog: boolean): unknown {
  const { payload, user, project, domain, system, roles, applicationCredential } = resolved;
  const scoped = payload.scope.kind !== unscoped.kind;
  const entries: CatalogEntry[] | undefined =
    scoped && withCatalog ? catalogFor(catalog, publicUrl, project?.id ?? null) : undefined;
  return {
    token: {
      methods: payload.methods,
      user: { ...user, password_expires_at: null },
      audit_ids: [payload.auditId, ...(payload.parentAuditId === null ? [] : [payload.parentAuditId])],
      expires_at: keystoneTime(payload.expiresAt),
      issued_at: keystoneTime(payload.issuedAt),
      ...(project && { project, is_domain: false }),
      ...(domain && { domain }),
      ...(system && { system: { all: true } }),
      ...(scoped && { roles }),
      ...(applicationCredential && {
        application_credential: {
          id: applicationCredential.id,
          name: applicationCredential.name,
          restricted: !applicationCredential.unrestricted,
        },
      }),
      ...(entries && { catalog: entries }),
    },
  };
}

/** `2026-01-01T00:00:00.000000Z`: microseconds, as Keystone prints times. */
export function keystoneTime(time: number | Date): string {
  return new Date(time).toISOString().replace('Z', '000Z');
}
