import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { BackupRecord, BackupStatus } from '../domain/backup.ts';
import { type Condition, countRows, listPage, type Page } from './listing.ts';
import { type BackupRow, backupOf, jsonb, type VolumeTables } from './tables.ts';

const table = 'block_storage.backup';

/** The backup, be it deleted; `lock` holds it until the transaction ends. */
export async function findBackup(
  connection: Connection,
  id: string,
  lock?: 'update',
): Promise<BackupRecord | undefined> {
  const query = tables<VolumeTables>(connection).selectFrom(table).selectAll().where('id', '=', id);
  const row = await (lock === undefined ? query : query.forUpdate()).executeTakeFirst();
  return row && backupOf(row);
}

/** False when the id is taken. */
export async function insertBackup(tx: Tx, row: BackupRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<VolumeTables>(tx)
    .insertInto(table)
    .values({ ...row, metadata: jsonb(row.metadata), volume_facts: jsonb(row.volume_facts) })
    .onConflict((on) => on.column('id').doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export type BackupChange = Partial<Omit<BackupRow, 'id' | 'volume_id' | 'volume_facts' | 'created_at'>>;

/** Writes the change; with `expected`, only if the backup still has that status. Answers whether it was written. */
export async function changeBackup(
  tx: Tx,
  id: string,
  change: BackupChange,
  expected?: BackupStatus,
): Promise<boolean> {
  const metadata = change.metadata === undefined ? {} : { metadata: jsonb(change.metadata) };
  let query = tables<VolumeTables>(tx)
    .updateTable(table)
    .set({ ...change, ...metadata })
    .where('id', '=', id);
  if (expected !== undefined) query = query.where('status', '=', expected);
  return (await query.executeTakeFirst()).numUpdatedRows === 1n;
}

/** One page of backups that are not deleted. */
export async function listBackups(
  connection: Connection,
  conditions: readonly Condition[],
  page: Page,
): Promise<BackupRecord[]> {
  const rows = await listPage<BackupRow>(connection, table, [sql`t.deleted_at is null`, ...conditions], page);
  return rows.map(backupOf);
}

export function countBackups(connection: Connection, conditions: readonly Condition[]): Promise<number> {
  return countRows(connection, table, [sql`t.deleted_at is null`, ...conditions]);
}

export async function unfinishedBackups(connection: Connection): Promise<string[]> {
  const rows = await tables<VolumeTables>(connection)
    .selectFrom(table)
    .select('id')
    .where('status', 'in', ['creating', 'deleting', 'restoring'])
    .where('deleted_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

/** Of these, the bytes that a backup which is not deleted has. */
export async function wantedData(connection: Connection, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tables<VolumeTables>(connection)
    .selectFrom(table)
    .select('data_id')
    .where('data_id', 'in', ids)
    .where('deleted_at', 'is', null)
    .execute();
  return new Set(rows.map(({ data_id }) => data_id));
}
