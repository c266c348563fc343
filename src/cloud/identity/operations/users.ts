import type { Context } from '../../../kernel/access/context.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { emit, sql } from '../../../kernel/store/index.ts';
import { unauthorized } from '../auth/sign-in.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey } from '../store/directory.ts';
import { identityTables, must, type Page, paged, sameName, withConflicts } from '../store/queries.ts';
import type { Extra, UserRow } from '../store/tables.ts';

export interface UserAttributes {
  readonly name: string;
  /** Null: no sign-in by password. */
  readonly password: string | null;
  readonly enabled: boolean;
  readonly default_project_id: string | null;
  readonly extra: Extra;
}

export async function createUser(environment: Environment, domainId: string, wanted: UserAttributes): Promise<UserRow> {
  const { password, extra, ...columns } = wanted;
  const hash = password === null ? null : await environment.passwords.hash(password);
  return withConflicts('user', wanted.name, () =>
    change(environment, async (tx, touch) => {
      const domain = await must(tx, 'domain', domainId);
      const time = environment.clock.now();
      const created = await identityTables(tx)
        .insertInto('identity.user')
        .values({
          id: newHexId(),
          domain_id: domain.id,
          ...columns,
          password_hash: hash,
          extra: sql<Extra>`${JSON.stringify(extra)}::json`,
          tokens_valid_from: time,
          created_at: time,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      touch(cacheKey.user(created.id));
      return created;
    }),
  );
}

export function listUsers(
  environment: Environment,
  filter: Page & { readonly name?: string; readonly domainId?: string; readonly enabled?: boolean },
): Promise<UserRow[]> {
  let query = identityTables(environment.store.db).selectFrom('identity.user').selectAll();
  if (filter.name !== undefined) query = query.where(sameName('name', filter.name));
  if (filter.domainId !== undefined) query = query.where('domain_id', '=', filter.domainId);
  if (filter.enabled !== undefined) query = query.where('enabled', '=', filter.enabled);
  return paged(query, 'id', filter).execute();
}

/** A new password, or being disabled, ends every token of the user. */
export async function updateUser(
  environment: Environment,
  id: string,
  wanted: Partial<UserAttributes>,
): Promise<UserRow> {
  const { password, extra, ...columns } = wanted;
  const hash = typeof password === 'string' ? await environment.passwords.hash(password) : null;
  const endsTokens = password !== undefined || wanted.enabled === false;
  return withConflicts('user', wanted.name ?? id, () =>
    change(environment, async (tx, touch) => {
      const before = await must(tx, 'user', id, 'lock');
      touch(cacheKey.user(id));
      return identityTables(tx)
        .updateTable('identity.user')
        .set({
          ...columns,
          ...(password !== undefined && { password_hash: hash }),
          ...(endsTokens && { tokens_valid_from: environment.clock.now() }),
          extra: sql<Extra>`${JSON.stringify({ ...before.extra, ...extra })}::json`,
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
    }),
  );
}

export async function deleteUser(environment: Environment, context: Context, id: string): Promise<void> {
  await change(environment, async (tx, touch) => {
    const { domain_id } = await must(tx, 'user', id, 'lock');
    await identityTables(tx).deleteFrom('identity.user').where('id', '=', id).execute();
    const data = { deletedUserId: id, domainId: domain_id, userId: context.userId };
    const time = environment.clock.now();
    await emit(tx, { type: 'andromede.identity.user.deleted.v1', subject: id, time, data });
    // Grants and application credentials of a user who is not there grant nothing.
    touch(cacheKey.user(id));
  });
}

/** Somebody's own change: proves itself by the old password; ends every token of the user. */
export async function changePassword(
  environment: Environment,
  id: string,
  passwords: { readonly original: string; readonly next: string },
): Promise<void> {
  const query = identityTables(environment.store.db).selectFrom('identity.user').selectAll().where('id', '=', id);
  const user = await query.executeTakeFirst();
  const matches = await environment.passwords.verify(user?.password_hash ?? null, passwords.original);
  if (!user?.enabled || !matches) throw unauthorized('wrong user or original password');
  const hash = await environment.passwords.hash(passwords.next);
  await change(environment, async (tx, touch) => {
    const { numUpdatedRows } = await identityTables(tx)
      .updateTable('identity.user')
      .set({ password_hash: hash, tokens_valid_from: environment.clock.now() })
      .where('id', '=', id)
      .where('password_hash', '=', user.password_hash)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw unauthorized('the password was changed at the same time');
    touch(cacheKey.user(id));
  });
}
