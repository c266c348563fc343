import { badRequest, notFound } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { sql } from '../../../kernel/store/index.ts';
import { newSecret } from '../auth/passwords.ts';
import type { ResolvedToken } from '../auth/resolve.ts';
import type { RoleRef } from '../domain/roles.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey } from '../store/directory.ts';
import { identityTables, type Page, paged, withConflicts } from '../store/queries.ts';

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
}

/** An application credential as it is shown: never its secret. */
export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly project_id: string;
  readonly role_ids: readonly string[];
  readonly unrestricted: boolean;
  /** UTC with microseconds and without zone, as Keystone shows it. */
  readonly expires_at: string | null;
}

/** Microseconds, which a `Date` would lose. */
const shownExpiry = sql<
  string | null
>`replace(to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', '')`.as('expires_at');
const shown = ['id', 'name', 'description', 'project_id', 'role_ids', 'unrestricted'] as const;

/** Makes one for the token's user in the token's project; `secret` is told this once. */
export async function createApplicationCredential(
  environment: Environment,
  owner: ResolvedToken,
  wanted: ApplicationCredentialAttributes,
): Promise<{ credential: ApplicationCredential; secret: string }> {
  const project = owner.project;
  if (project === null) throw badRequest('An application credential needs a token that is scoped to a project.');
  const roles = chooseRoles(owner.roles, wanted.roles);
  const expiresAt = wanted.expiresAt === undefined ? null : parseExpiry(wanted.expiresAt, environment.clock.now());
  const made = wanted.secret === undefined ? newSecret() : undefined;
  const secret = wanted.secret ?? made?.secret ?? '';
  const stored = made?.stored ?? (await environment.passwords.hash(secret));
  return withConflicts('application_credential', wanted.name, () =>
    change(environment, async (tx, touch) => {
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

function chooseRoles(held: readonly RoleRef[], wanted: ApplicationCredentialAttributes['roles']): readonly RoleRef[] {
  if (wanted === undefined || wanted.length === 0) return held;
  return wanted.map(({ id, name }) => {
    const role = held.find((one) => (id === undefined ? one.name === name : one.id === id));
    if (role === undefined) throw badRequest(`The role ${id ?? name} is not among the roles of the token.`);
    return role;
  });
}

const timePattern = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)(?:Z|\+00:00)?$/;

/** ISO 8601 in UTC, with or without Z, as Keystone takes it. */
function parseExpiry(text: string, now: Date): string {
  const utc = timePattern.exec(text)?.[1];
  const time = utc === undefined ? Number.NaN : Date.parse(`${utc.slice(0, 23)}Z`);
  // JavaScript takes 31 February for 3 March; PostgreSQL refuses it.
  if (utc === undefined || Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== utc.slice(0, 10)) {
    throw badRequest('expires_at must be a time such as 2026-12-31T23:59:59.000000, in UTC.');
  }
  if (time <= now.getTime()) throw badRequest('expires_at must lie in the future.');
  return `${utc}Z`;
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
  if (found === undefined) throw notFound('application_credential', id);
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
    if (numDeletedRows === 0n) throw notFound('application_credential', id);
    touch(cacheKey.applicationCredential(id));
  });
}
