import type { AccessRule } from '../../../kernel/access/access-rules.ts';
import { type Store, tables } from '../../../kernel/store/index.ts';
import { type Catalog, catalogTexts } from '../domain/catalog.ts';
import { type RoleBook, type RoleRef, roleBook } from '../domain/roles.ts';
import type { Scope } from '../domain/token.ts';
import type { LoadingCache } from './cache.ts';
import { loadCatalog } from './catalog.ts';
import type { ApplicationCredentialRow, DomainRow, IdentityTables, ProjectRow, TrustRow, UserRow } from './tables.ts';

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
  catalog: 'catalog',
  /** All that a user holds, by themselves or through groups. */
  grants: (userId: string) => `grants:${userId}`,
  applicationCredential: (id: string) => `credential:${id}`,
  trust: (id: string) => `trust:${id}`,
  revoked: (auditId: string) => `revoked:${auditId}`,
};

type User = Pick<
  UserRow,
  'id' | 'domain_id' | 'name' | 'enabled' | 'default_project_id' | 'tokens_valid_from' | 'password_expires_at'
>;
/** An application credential with the calls that it allows; null: all. */
type KnownCredential = ApplicationCredentialRow & { readonly accessRules: readonly AccessRule[] | null };
/** The catalog, and what tokens say of it in JSON, by the project of their scope. */
export interface KnownCatalog {
  readonly catalog: Catalog;
  readonly textFor: (projectId: string | null) => string;
}
type MaybePromise<T> = T | Promise<T>;

/** What checking a token needs to know, from memory where possible. */
export interface Directory {
  user(id: string): MaybePromise<User | undefined>;
  project(id: string): MaybePromise<ProjectRow | undefined>;
  domain(id: string): MaybePromise<DomainRow | undefined>;
  /** All roles and what they imply. */
  roles(): MaybePromise<RoleBook>;
  /** The roles that the user holds there (by grants of their own, of groups, or inherited), with those that they imply. */
  grants(userId: string, target: Target): Promise<readonly RoleRef[]>;
  applicationCredential(id: string): MaybePromise<KnownCredential | undefined>;
  trust(id: string): MaybePromise<TrustRow | undefined>;
  revoked(auditId: string): MaybePromise<boolean>;
  catalog(): MaybePromise<KnownCatalog>;
}

/** What a user holds: role ids by target, apart for those that hold only below it. */
interface Holdings {
  readonly here: ReadonlyMap<Target, readonly string[]>;
  readonly below: ReadonlyMap<Target, readonly string[]>;
  /** What `grants` answered before; good as long as `book` is the current one, for a project never moves. */
  readonly answered: Map<Target, { readonly book: RoleBook; readonly roles: readonly RoleRef[] }>;
}

export function createDirectory(store: Store, cache: LoadingCache, configured: Catalog): Directory {
  const db = tables<IdentityTables>(store.db);

  const project = (id: string) =>
    cache.get(cacheKey.project(id), () =>
      db.selectFrom('identity.project').selectAll().where('id', '=', id).executeTakeFirst(),
    );

  const roles = () =>
    cache.get(cacheKey.roles, async () => {
      const all = db.selectFrom('identity.role').select(['id', 'name', 'domain_id']).execute();
      const rules = db.selectFrom('identity.role_inference').selectAll().execute();
      return roleBook(await all, await rules);
    });

  async function loadHoldings(userId: string): Promise<Holdings> {
    const rows = await db
      .selectFrom('identity.role_assignment')
      .select(['target', 'role_id', 'inherited'])
      .where(({ or, eb, selectFrom }) =>
        or([
          eb('user_id', '=', userId),
          eb('group_id', 'in', selectFrom('identity.membership').select('group_id').where('user_id', '=', userId)),
        ]),
      )
      .execute();
    const [here, below] = [false, true].map((inherited) => {
      const chosen = rows.filter((row) => row.inherited === inherited);
      const byTarget = Map.groupBy(chosen, ({ target }) => target);
      return new Map([...byTarget].map(([target, some]) => [target, some.map(({ role_id }) => role_id)]));
    });
    return { here: here ?? new Map(), below: below ?? new Map(), answered: new Map() };
  }

  /** The places whose inherited grants hold at the target: a project's ancestors and its domain. */
  async function above(target: Target): Promise<Target[]> {
    if (!target.startsWith('project:')) return [];
    const places: Target[] = [];
    let current = await project(target.slice('project:'.length));
    const domainId = current?.domain_id;
    while (current?.parent_id) {
      places.push(`project:${current.parent_id}`);
      current = await project(current.parent_id);
    }
    return domainId === undefined ? [] : [...places, `domain:${domainId}`];
  }

  async function grants(userId: string, target: Target): Promise<readonly RoleRef[]> {
    const book = await roles();
    const { here, below, answered } = await cache.get(cacheKey.grants(userId), () => loadHoldings(userId));
    const known = answered.get(target);
    if (known?.book === book) return known.roles;
    const inherited = below.size === 0 ? [] : (await above(target)).flatMap((place) => below.get(place) ?? []);
    const found = book.effective([...(here.get(target) ?? []), ...inherited]);
    // Nothing is remembered for places where the user holds nothing: anybody may ask for any.
    if (found.length > 0) answered.set(target, { book, roles: found });
    return found;
  }

  return {
    user: (id) =>
      cache.get(cacheKey.user(id), () =>
        db
          .selectFrom('identity.user')
          .select([
            'id',
            'domain_id',
            'name',
            'enabled',
            'default_project_id',
            'tokens_valid_from',
            'password_expires_at',
          ])
          .where('id', '=', id)
          .executeTakeFirst(),
      ),
    project,
    domain: (id) =>
      cache.get(cacheKey.domain(id), () =>
        db.selectFrom('identity.domain').selectAll().where('id', '=', id).executeTakeFirst(),
      ),
    roles,
    grants,
    applicationCredential: (id) =>
      cache.get(cacheKey.applicationCredential(id), async () => {
        const query = db.selectFrom('identity.application_credential').selectAll().where('id', '=', id);
        const row = await query.executeTakeFirst();
        if (row === undefined) return undefined;
        const ids = row.access_rule_ids;
        if (ids === null) return { ...row, accessRules: null };
        const rules = db.selectFrom('identity.access_rule').select(['service', 'method', 'path']);
        return { ...row, accessRules: ids.length === 0 ? [] : await rules.where('id', 'in', ids).execute() };
      }),
    trust: (id) =>
      cache.get(cacheKey.trust(id), () =>
        db.selectFrom('identity.trust').selectAll().where('id', '=', id).executeTakeFirst(),
      ),
    catalog: () =>
      cache.get(cacheKey.catalog, async () => {
        const catalog = await loadCatalog(store.db, configured);
        return { catalog, textFor: catalogTexts(catalog) };
      }),
    revoked: (auditId) =>
      cache.get(cacheKey.revoked(auditId), async () => {
        const query = db.selectFrom('identity.revoked_token').select('audit_id').where('audit_id', '=', auditId);
        return (await query.executeTakeFirst()) !== undefined;
      }),
  };
}
