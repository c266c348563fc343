import type { AccessRule } from '../../../kernel/access/access-rules.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { sql, type Tx } from '../../../kernel/store/index.ts';
import type { Environment } from '../environment.ts';
import { identityTables, unknown } from '../store/queries.ts';
import type { AccessRuleRow } from '../store/tables.ts';

/** A rule to be, or the id of one that the user has. */
export type WantedRule = Partial<AccessRule> & { readonly id?: string };

/** The ids of the rules, made where the user has none that says the same. */
export async function keepAccessRules(tx: Tx, userId: string, wanted: readonly WantedRule[]): Promise<string[]> {
  const ids: string[] = [];
  for (const rule of wanted) ids.push(await keep(tx, userId, rule));
  return [...new Set(ids)];
}

async function keep(tx: Tx, userId: string, { id, service, method, path }: WantedRule): Promise<string> {
  const db = identityTables(tx);
  if (id !== undefined) {
    const row = await db
      .selectFrom('identity.access_rule')
      .select('id')
      .where('user_id', '=', userId)
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined) throw unknown('access rule', id);
    return id;
  }
  if (service === undefined || method === undefined || path === undefined) {
    throw badRequest('An access rule says service, method and path, or is the id of one.');
  }
  const row = await db
    .insertInto('identity.access_rule')
    .values({ id: newHexId(), user_id: userId, service, method, path })
    // Names an existing row, so that it is answered.
    .onConflict((existing) => existing.columns(['user_id', 'service', 'method', 'path']).doUpdateSet({ service }))
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export function listAccessRules(environment: Environment, userId: string): Promise<AccessRuleRow[]> {
  return identityTables(environment.store.db)
    .selectFrom('identity.access_rule')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();
}

/** Deletes a rule that no application credential uses. */
export async function deleteAccessRule(environment: Environment, userId: string, id: string): Promise<void> {
  await environment.store.transact(async (tx) => {
    const { rows } = await sql`select id from identity.application_credential
      where user_id = ${userId} and ${id} = any(access_rule_ids) limit 1`.execute(tx);
    if (rows.length > 0) {
      throw new Fault('forbidden', `The access rule ${id} is in use by an application credential: delete that first.`);
    }
    const { numDeletedRows } = await identityTables(tx)
      .deleteFrom('identity.access_rule')
      .where('user_id', '=', userId)
      .where('id', '=', id)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw unknown('access rule', id);
  });
}
