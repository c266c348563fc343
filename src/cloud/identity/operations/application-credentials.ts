import { badRequest } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { sql } from '../../../kernel/store/index.ts';
import { newSecret } from '../auth/passwords.ts';
import type { ResolvedToken } from '../auth/resolve.ts';
import type { RoleRef } from '../domain/roles.ts';
import { parseUtc } from '../domain/times.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey } from '../store/directory.ts';
import { identityTables, type Page, paged, unknown, withConflicts } from '../store/queries.ts';
import { keepAccessRules, type WantedRule } from './access-rules.ts';

export interface ApplicationCredentialAttributes {
  readonly name: string;
  readonly description: string | null;
  /** Undefined: one is made. */
  readonly secret: string | undefined;
  /** UTC; undefined: never. */
  readonly expiresAt: string | undefined;
  /** Some of those of the token, by id or name; undefined: all. */
  readonly roles: readonly { readonly id?: string; readonly name?: string }[] | undefined;
  readonly unrestricted: boolean;
  /** What it may call; undefined: everything. */
  readonly accessRules: readonly WantedRule[] | undefined;
}

/** An application credential as it is shown: never its secret. */
export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly project_id: string;
  readonly role_ids: readonly string[];
  readonly unrestricted: boolean;
  /** Null: everything may be called. */
  readonly access_rule_ids: readonly string[] | null;
  /** UTC with microseconds and without zone, as Keystone shows it. */
  readonly expires_at: string | null;
}

/** Microseconds, which a `Date` would lose. */
const shownExpiry = sql<
  string | null
>`replace(to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', '')`.as('expires_at');
const shown = ['id', 'name', 'description', 'project_id', 'role_ids', 'unrestricted', 'access_rule_ids'] as const;

/** Makes one for the token's user in the token's project; `secret` is told this once. */
export async function createApplicationCredential(
  environment: Environment,
  owner: ResolvedToken,
  wanted: ApplicationCredentialAttributes,
): Promise<{ credential: ApplicationCredential; secret: string }> {
  const project = owner.project;
  if (project === null) throw badRequest('An application credential needs a token that is scoped to a project.');
  const roles = wanted.roles?.length ? chooseRoles(owner.roles, wanted.roles, 'the token') : owner.roles;
  const expiresAt = wanted.expiresAt === undefined ? null : parseExpiry(wanted.expiresAt, environment.clock.now());
  const made = wanted.secret === undefined ? newSecret() : undefined;
  const secret = wanted.secret ?? made?.secret ?? '';
  const stored = made?.stored ?? (await environment.passwords.hash(secret));
  return withConflicts('application_credential', wanted.name, () =>
    change(environment, async (tx, touch) => {
      const rules = wanted.accessRules && (await keepAccessRules(tx, owner.user.id, wanted.accessRules));
      const credential = await identityTables(tx)
        .insertInto('identity.application_credential')
        .values({
          id: newHexId(),
          user_id: owner.user.id,
          project_id: project.id,
          name: wanted.name,
          description: wanted.description,
          secret_hash: stored,
          role_ids: roles.map(({ id }) => id),
          unrestricted: wanted.unrestricted,
          access_rule_ids: rules ?? null,
          expires_at: expiresAt === null ? null : sql<Date>`${expiresAt}::timestamptz`,
          created_at: environment.clock.now(),
        })
        .returning([...shown, shownExpiry])
        .executeTakeFirstOrThrow();
      touch(cacheKey.applicationCredential(credential.id));
      return { credential, secret };
    }),
  );
}

/** Those of the roles held that are wanted, by id or name; 400 names one that `whose` does not hold. */
export function chooseRoles(
  held: readonly RoleRef[],
  wanted: readonly { readonly id?: string; readonly name?: string }[],
  whose: string,
): readonly RoleRef[] {
  return wanted.map(({ id, name }) => {
    const role = held.find((one) => (id === undefined ? one.name === name : one.id === id));
    if (role === undefined) throw badRequest(`The role ${id ?? name} is not among the roles of ${whose}.`);
    return role;
  });
}

/** ISO 8601 in UTC that lies ahead. */
function parseExpiry(text: string, now: Date): string {
  const utc = parseUtc(text);
  if (Date.parse(utc) <= now.getTime()) throw badRequest('expires_at must lie in the future.');
  return utc;
}

export function listApplicationCredentials(
  environment: Environment,
  userId: string,
  filter: Page & { readonly name?: string },
): Promise<ApplicationCredential[]> {
  let query = identityTables(environment.store.db)
    .selectFrom('identity.application_credential')
    .select([...shown, shownExpiry])
    .where('user_id', '=', userId);
  if (filter.name !== undefined) query = query.where('name', '=', filter.name);
  return paged(query, 'id', filter).execute();
}

/** 404 unless it is that user's. */
export async function getApplicationCredential(
  environment: Environment,
  userId: string,
  id: string,
): Promise<ApplicationCredential> {
  const found = await identityTables(environment.store.db)
    .selectFrom('identity.application_credential')
    .select([...shown, shownExpiry])
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (found === undefined) throw unknown('application credential', id);
  return found;
}

/** Deletes it; tokens made with it are no longer valid. */
export async function deleteApplicationCredential(environment: Environment, userId: string, id: string): Promise<void> {
  await change(environment, async (tx, touch) => {
    const { numDeletedRows } = await identityTables(tx)
      .deleteFrom('identity.application_credential')
      .where('user_id', '=', userId)
      .where('id', '=', id)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw unknown('application credential', id);
    touch(cacheKey.applicationCredential(id));
  });
}
