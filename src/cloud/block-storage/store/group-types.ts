import { type Connection, isUniqueViolation, type Tx, tables } from '../../../kernel/store/index.ts';
import { type GroupTypeRow, jsonb, type VolumeTables } from './tables.ts';

const table = 'block_storage.group_type';

/** Undefined: public or not. */
export async function listGroupTypes(
  connection: Connection,
  isPublic: boolean | undefined,
  sort: { readonly column: 'id' | 'name' | 'created_at'; readonly direction: 'asc' | 'desc' },
): Promise<GroupTypeRow[]> {
  const query = tables<VolumeTables>(connection)
    .selectFrom(table)
    .selectAll()
    .orderBy(sort.column, sort.direction)
    .orderBy('id', sort.direction);
  return (isPublic === undefined ? query : query.where('is_public', '=', isPublic)).execute();
}

export async function findGroupType(connection: Connection, id: string): Promise<GroupTypeRow | undefined> {
  return tables<VolumeTables>(connection).selectFrom(table).selectAll().where('id', '=', id).executeTakeFirst();
}

/** False when the name is taken. */
export async function insertGroupType(tx: Tx, row: GroupTypeRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<VolumeTables>(tx)
    .insertInto(table)
    .values({ ...row, group_specs: jsonb(row.group_specs) })
    .onConflict((on) => on.column('name').doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** False when the name is taken; the transaction is of no more use then. */
export async function changeGroupType(
  tx: Tx,
  id: string,
  change: Partial<Omit<GroupTypeRow, 'id' | 'created_at'>>,
): Promise<boolean> {
  const specs = change.group_specs === undefined ? {} : { group_specs: jsonb(change.group_specs) };
  try {
    await tables<VolumeTables>(tx)
      .updateTable(table)
      .set({ ...change, ...specs })
      .where('id', '=', id)
      .execute();
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

export async function removeGroupType(tx: Tx, id: string): Promise<void> {
  await tables<VolumeTables>(tx).deleteFrom(table).where('id', '=', id).execute();
}

/** Whether a group has the type. */
export async function groupTypeInUse(connection: Connection, id: string): Promise<boolean> {
  const row = await tables<VolumeTables>(connection)
    .selectFrom('block_storage.volume_group')
    .select('id')
    .where('group_type_id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}
