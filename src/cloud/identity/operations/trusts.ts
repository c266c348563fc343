import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { sql } from '../../../kernel/store/index.ts';
import type { ResolvedToken } from '../auth/resolve.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey } from '../store/directory.ts';
import { identityTables, must, unknown, withConflicts } from '../store/queries.ts';
import type { TrustRow } from '../store/tables.ts';
import { chooseRoles } from './application-credentials.ts';

export interface TrustAttributes {
  readonly trustorId: string;
  readonly trusteeId: string;
  readonly projectId: string;
  readonly impersonation: boolean;
  readonly roles: readonly { readonly id?: string; readonly name?: string }[];
  readonly expiresAt: Date | null;
  /** Sign-ins; null: any number. */
  readonly remainingUses: number | null;
  /** How often it may be handed on; null: not said. */
  readonly redelegationCount: number | null;
  readonly allowRedelegation: boolean;
}

/** How often a trust may be handed on at most (Keystone's `max_redelegation_count`). */
const mostRedelegations = 3;

/** Makes a trust of the token's user; by a token of a trust, hands that trust on. */
export async function createTrust(
  environment: Environment,
  token: ResolvedToken,
  wanted: TrustAttributes,
): Promise<TrustRow> {
  if (token.user.id !== wanted.trustorId) {
    throw new Fault('forbidden', 'The authenticated user should match the trustor.');
  }
  if (wanted.roles.length === 0) throw new Fault('forbidden', 'At least one role should be specified.');
  if (wanted.expiresAt !== null && wanted.expiresAt <= environment.clock.now()) {
    throw badRequest('expires_at must lie in the future.');
  }
  const held = await environment.directory.grants(wanted.trustorId, `project:${wanted.projectId}`);
  const roles = chooseRoles(held, wanted.roles, 'the trustor');
  const parent = token.trust === null ? null : await parentOf(environment, token.trust.id, wanted, roles);
  const count = wanted.allowRedelegation ? (wanted.redelegationCount ?? mostRedelegations) : 0;
  if (count > mostRedelegations) {
    throw new Fault('forbidden', `Requested redelegation depth of ${count} is greater than ${mostRedelegations}.`);
  }
  if (wanted.remainingUses !== null && count > 0) {
    throw badRequest('remaining_uses must not be set if redelegation is allowed.');
  }
  return withConflicts('trust', wanted.trusteeId, () =>
    change(environment, async (tx, touch) => {
      await must(tx, 'user', wanted.trusteeId);
      await must(tx, 'project', wanted.projectId);
      const row = await identityTables(tx)
        .insertInto('identity.trust')
        .values({
          id: newHexId(),
          trustor_user_id: wanted.trustorId,
          trustee_user_id: wanted.trusteeId,
          project_id: wanted.projectId,
          impersonation: wanted.impersonation,
          role_ids: roles.map(({ id }) => id),
          expires_at: wanted.expiresAt ?? parent?.expires_at ?? null,
          remaining_uses: wanted.remainingUses,
          redelegation_count: parent === null ? count : Math.min(count, parent.redelegation_count - 1),
          redelegated_trust_id: parent?.id ?? null,
          created_at: environment.clock.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      touch(cacheKey.trust(row.id));
      return row;
    }),
  );
}

/** The trust that is handed on, which must allow it: as often, as long, in its project, with its roles at most. */
async function parentOf(
  environment: Environment,
  id: string,
  wanted: TrustAttributes,
  roles: readonly { readonly id: string }[],
): Promise<TrustRow> {
  const parent = await findTrust(environment, id);
  if (parent === undefined) throw unknown('trust', id);
  const refused = (text: string) => new Fault('forbidden', text);
  if (parent.redelegation_count === 0)
    throw refused('Redelegation depth is exhausted: this trust cannot be handed on.');
  if (parent.project_id !== wanted.projectId) throw refused('A trust is handed on in its own project.');
  if (!parent.impersonation && wanted.impersonation) {
    throw refused('Impersonation is not allowed because redelegated trust does not specify impersonation.');
  }
  if (parent.expires_at !== null && wanted.expiresAt !== null && wanted.expiresAt > parent.expires_at) {
    throw refused('Requested expiration time is more than redelegated trust can provide.');
  }
  const book = await environment.directory.roles();
  const given = new Set(parent.role_ids.flatMap((role) => [...book.closure(role)]));
  if (!roles.every((role) => given.has(role.id)))
    throw refused('Some of requested roles are not in redelegated trust.');
  return parent;
}

/** The trust, unless it has run out of time. */
export async function findTrust(environment: Environment, id: string): Promise<TrustRow | undefined> {
  const row = await identityTables(environment.store.db)
    .selectFrom('identity.trust')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.expires_at && row.expires_at <= environment.clock.now() ? undefined : row;
}

export function listTrusts(
  environment: Environment,
  filter: { readonly trustorId?: string; readonly trusteeId?: string },
): Promise<TrustRow[]> {
  let query = identityTables(environment.store.db).selectFrom('identity.trust').selectAll();
  if (filter.trustorId !== undefined) query = query.where('trustor_user_id', '=', filter.trustorId);
  if (filter.trusteeId !== undefined) query = query.where('trustee_user_id', '=', filter.trusteeId);
  return query
    .where(({ or, eb }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', environment.clock.now())]))
    .orderBy('id')
    .limit(1000)
    .execute();
}

/** Ends a trust, those by which it was handed on, and every token of theirs. */
export async function deleteTrust(environment: Environment, id: string): Promise<void> {
  await change(environment, async (tx, touch) => {
    const { rows } = await sql<{ id: string }>`
      with recursive family (id) as (
        select id from identity.trust where id = ${id}
        union select t.id from identity.trust t join family on t.redelegated_trust_id = family.id
      ) select id from family`.execute(tx);
    if (rows.length === 0) throw unknown('trust', id);
    await identityTables(tx).deleteFrom('identity.trust').where('id', '=', id).execute();
    for (const row of rows) touch(cacheKey.trust(row.id));
  });
}

/** Counts a sign-in by the trust; 403 when none is left. */
export async function countUse(environment: Environment, { id, remaining_uses }: TrustRow): Promise<void> {
  if (remaining_uses === null) return;
  const { rows } = await sql<{ id: string }>`update identity.trust set remaining_uses = remaining_uses - 1
    where id = ${id} and remaining_uses > 0 returning id`.execute(environment.store.db);
  if (rows.length === 0) throw new Fault('forbidden', `No remaining uses for trust ${id}.`);
}
