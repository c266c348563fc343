import { roleHierarchy, withImpliedRoles } from '../../../kernel/access/context.ts';
import { type Store, tables } from '../../../kernel/store/index.ts';
import type { Scope } from '../domain/token.ts';
import type { LoadingCache } from './cache.ts';
import type { ApplicationCredentialRow, DomainRow, IdentityTables, ProjectRow, UserRow } from './tables.ts';

/** A role as tokens show it. */
export interface RoleRef {
  readonly id: string;
  readonly name: string;
}

/** Where roles are held: `project:ID`, `domain:ID`, `system`. */
export type Target = string;

export function targetOf(scope: Exclude<Scope, { kind: 'unscoped' }>): Target {
  return scope.kind === 'system' ? 'system' : `${scope.kind}:${scope.id}`;
}

/** The keys under which the directory keeps things; whoever changes one names its key to `recordChanges`. */
export const cacheKey = {
  user: (id: string) => `user:${id}`,
  project: (id: string) => `project:${id}`,
  domain: (id: string) => `domain:${id}`,
  roles: 'roles',
  grants: (userId: string, target: Target) => `grants:${userId}:${target}`,
  applicationCredential: (id: string) => `credential:${id}`,
  revoked: (auditId: string) => `revoked:${auditId}`,
};

type User = Omit<UserRow, 'password_hash' | 'extra'>;
type MaybePromise<T> = T | Promise<T>;

/** What checking a token needs to know, from memory where possible. */
export interface Directory {
  user(id: string): MaybePromise<User | undefined>;
  project(id: string): MaybePromise<ProjectRow | undefined>;
  domain(id: string): MaybePromise<DomainRow | undefined>;
  /** The roles that the user holds there, with those that they imply. */
  grants(userId: string, target: Target): MaybePromise<readonly RoleRef[]>;
  applicationCredential(id: string): MaybePromise<ApplicationCredentialRow | undefined>;
  revoked(auditId: string): MaybePromise<boolean>;
}

export function createDirectory(store: Store, cache: LoadingCache): Directory {
  const db = tables<IdentityTables>(store.db);

  function roles(): MaybePromise<readonly RoleRef[]> {
    return cache.get(cacheKey.roles, () => db.selectFrom('identity.role').select(['id', 'name']).execute());
  }

  async function loadGrants(userId: string, target: Target): Promise<readonly RoleRef[]> {
    const rows = await db
      .selectFrom('identity.role_assignment')
      .select('role_id')
      .where('user_id', '=', userId)
      .where('target', '=', target)
      .execute();
    const held = new Set(rows.map(({ role_id }) => role_id));
    return withImplied(await roles(), held);
  }

  return {
    user: (id) =>
      cache.get(cacheKey.user(id), () =>
        db
          .selectFrom('identity.user')
          .select(['id', 'domain_id', 'name', 'enabled', 'default_project_id', 'tokens_valid_from', 'created_at'])
          .where('id', '=', id)
          .executeTakeFirst(),
      ),
    project: (id) =>
      cache.get(cacheKey.project(id), () =>
        db.selectFrom('identity.project').selectAll().where('id', '=', id).executeTakeFirst(),
      ),
    domain: (id) =>
      cache.get(cacheKey.domain(id), () =>
        db.selectFrom('identity.domain').selectAll().where('id', '=', id).executeTakeFirst(),
      ),
    grants: (userId, target) => cache.get(cacheKey.grants(userId, target), () => loadGrants(userId, target)),
    applicationCredential: (id) =>
      cache.get(cacheKey.applicationCredential(id), () =>
        db.selectFrom('identity.application_credential').selectAll().where('id', '=', id).executeTakeFirst(),
      ),
    revoked: (auditId) =>
      cache.get(cacheKey.revoked(auditId), async () => {
        const query = db.selectFrom('identity.revoked_token').select('audit_id').where('audit_id', '=', auditId);
        return (await query.executeTakeFirst()) !== undefined;
      }),
  };
}

/** The roles with these ids and what they imply, strongest first, then by name. */
export function withImplied(all: readonly RoleRef[], ids: ReadonlySet<string>): RoleRef[] {
  const names = new Set(withImpliedRoles(all.filter(({ id }) => ids.has(id)).map(({ name }) => name)));
  return all.filter(({ name }) => names.has(name)).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

const ranks: readonly string[] = roleHierarchy;

function rank({ name }: RoleRef): number {
  const index = ranks.indexOf(name);
  return index === -1 ? ranks.length : index;
}
