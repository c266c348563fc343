import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { emit, sql, type Tx } from '../../../kernel/store/index.ts';
import { checkPassword } from '../auth/lockout.ts';
import { unauthorized } from '../auth/unauthorized.ts';
import { checkAge, checkStrength, expiryOf } from '../domain/password-rules.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey } from '../store/directory.ts';
import { identityTables, must, type Page, paged, sameName, withConflicts } from '../store/queries.ts';
import type { Extra, UserOptions, UserRow } from '../store/tables.ts';

export interface UserAttributes {
  readonly name: string;
  /** Null: no sign-in by password. */
  readonly password: string | null;
  readonly enabled: boolean;
  readonly default_project_id: string | null;
  readonly options: UserOptions;
  readonly extra: Extra;
}

export async function createUser(environment: Environment, domainId: string, wanted: UserAttributes): Promise<UserRow> {
  const { password, extra, options, ...columns } = wanted;
  if (password !== null) checkStrength(environment.passwordRules, password);
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
          ...passwordColumns(environment, hash, options, 'administrator'),
          options: sql<UserOptions>`${JSON.stringify(options)}::json`,
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
  const { password, extra, options, ...columns } = wanted;
  if (typeof password === 'string') checkStrength(environment.passwordRules, password);
  const hash = typeof password === 'string' ? await environment.passwords.hash(password) : null;
  const endsTokens = password !== undefined || wanted.enabled === false;
  return withConflicts('user', wanted.name ?? id, () =>
    change(environment, async (tx, touch) => {
      const before = await must(tx, 'user', id, 'lock');
      const allOptions = mergeOptions(before.options, options);
      if (password !== undefined) await keepFormerPassword(environment, tx, before);
      touch(cacheKey.user(id));
      return identityTables(tx)
        .updateTable('identity.user')
        .set({
          ...columns,
          ...(password !== undefined && passwordColumns(environment, hash, allOptions, 'administrator')),
          options: sql<UserOptions>`${JSON.stringify(allOptions)}::json`,
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
  await checkPassword(environment, user, passwords.original);
  if (!user?.enabled) throw unauthorized('the user is disabled');
  if (user.options.lock_password) throw new Fault('forbidden', 'Only an administrator can change this password.');
  const rules = environment.passwordRules;
  checkStrength(rules, passwords.next);
  checkAge(rules, user.password_set_at, environment.clock.now());
  await refuseFormerPasswords(environment, user, passwords.next);
  const hash = await environment.passwords.hash(passwords.next);
  await change(environment, async (tx, touch) => {
    const { numUpdatedRows } = await identityTables(tx)
      .updateTable('identity.user')
      .set({
        ...passwordColumns(environment, hash, user.options, 'self'),
        tokens_valid_from: environment.clock.now(),
      })
      .where('id', '=', id)
      .where('password_hash', '=', user.password_hash)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw unauthorized('the password was changed at the same time');
    await keepFormerPassword(environment, tx, user);
    touch(cacheKey.user(id));
  });
}

function passwordColumns(
  { passwordRules, clock }: Environment,
  hash: string | null,
  options: UserOptions,
  setBy: 'self' | 'administrator',
) {
  const now = clock.now();
  const exempt = {
    fromExpiry: options.ignore_password_expiry === true,
    fromFirstUse: options.ignore_change_password_upon_first_use === true,
  };
  return {
    password_hash: hash,
    password_set_at: now,
    password_expires_at: hash === null ? null : expiryOf(passwordRules, now, exempt, setBy === 'administrator'),
    failed_sign_ins: 0,
    failed_at: null,
  };
}

/** Options that are set to null are no longer there. */
function mergeOptions(before: UserOptions, wanted: UserOptions | undefined): UserOptions {
  return Object.fromEntries(Object.entries({ ...before, ...wanted }).filter(([, value]) => value !== null));
}

/** Notes the password that is about to be replaced, where the rules ask for former ones, and drops what they do not. */
async function keepFormerPassword(environment: Environment, tx: Tx, user: UserRow): Promise<void> {
  const kept = environment.passwordRules.uniqueLastPasswordCount;
  if (kept === 0 || user.password_hash === null) return;
  await identityTables(tx)
    .insertInto('identity.former_password')
    .values({ user_id: user.id, password_hash: user.password_hash })
    .execute();
  await sql`delete from identity.former_password where user_id = ${user.id} and seq < (
    select min(seq) from (select seq from identity.former_password where user_id = ${user.id}
      order by seq desc limit ${kept}) as latest)`.execute(tx);
}

async function refuseFormerPasswords(environment: Environment, user: UserRow, next: string): Promise<void> {
  const count = environment.passwordRules.uniqueLastPasswordCount;
  if (count === 0) return;
  const former = await identityTables(environment.store.db)
    .selectFrom('identity.former_password')
    .select('password_hash')
    .where('user_id', '=', user.id)
    .orderBy('seq', 'desc')
    .limit(count - 1)
    .execute();
  for (const { password_hash } of [user, ...former]) {
    if (await environment.passwords.verify(password_hash, next)) {
      throw badRequest(
        'The new password cannot be identical to a previous password. The total number which includes the new password ' +
          `must be unique is ${count}.`,
      );
    }
  }
}
