import { type Connection, tables } from '../../../kernel/store/index.ts';
import type { ComputeTables, KeypairRow } from './tables.ts';

export async function findKeypair(
  connection: Connection,
  userId: string,
  name: string,
): Promise<KeypairRow | undefined> {
  return tables<ComputeTables>(connection)
    .selectFrom('compute.keypair')
    .selectAll()
    .where('user_id', '=', userId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** The user's keys by name, those after the marker. */
export async function listKeypairs(
  connection: Connection,
  userId: string,
  page: { readonly marker?: string; readonly limit: number },
): Promise<KeypairRow[]> {
  let query = tables<ComputeTables>(connection)
    .selectFrom('compute.keypair')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('name')
    .limit(page.limit);
  if (page.marker !== undefined) query = query.where('name', '>', page.marker);
  return query.execute();
}

/** The row, or undefined when the user has a key of that name. */
export async function insertKeypair(
  connection: Connection,
  row: Omit<KeypairRow, 'id'>,
): Promise<KeypairRow | undefined> {
  return tables<ComputeTables>(connection)
    .insertInto('compute.keypair')
    .values(row as KeypairRow)
    .onConflict((conflict) => conflict.columns(['user_id', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** False when it was not there. */
export async function deleteKeypair(connection: Connection, userId: string, name: string): Promise<boolean> {
  const { numDeletedRows } = await tables<ComputeTables>(connection)
    .deleteFrom('compute.keypair')
    .where('user_id', '=', userId)
    .where('name', '=', name)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

export async function countKeypairs(connection: Connection, userId: string): Promise<number> {
  const row = await tables<ComputeTables>(connection)
    .selectFrom('compute.keypair')
    .select((on) => on.fn.countAll<bigint>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return Number(row?.count ?? 0n);
}
