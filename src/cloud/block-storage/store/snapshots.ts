import { type Connection, notifyProject, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { SnapshotRecord, SnapshotStatus } from '../domain/volume.ts';
import { type Condition, countRows, listPage, type Page } from './listing.ts';
import { jsonb, type SnapshotRow, snapshotOf, type VolumeTables } from './tables.ts';

const table = 'block_storage.snapshot';

/** The snapshot, be it deleted; `lock` holds it until the transaction ends. */
export async function findSnapshot(
  connection: Connection,
  id: string,
  lock?: 'update',
): Promise<SnapshotRecord | undefined> {
  const query = tables<VolumeTables>(connection).selectFrom(table).selectAll().where('id', '=', id);
  const row = await (lock === undefined ? query : query.forUpdate()).executeTakeFirst();
  return row && snapshotOf(row);
}

export async function insertSnapshot(tx: Tx, row: SnapshotRow): Promise<void> {
  await tables<VolumeTables>(tx)
    .insertInto(table)
    .values({ ...row, metadata: jsonb(row.metadata) })
    .execute();
  await notifyProject(tx, row.project_id);
}

export type SnapshotChange = Partial<Omit<SnapshotRow, 'id' | 'volume_id' | 'created_at'>>;

/** Writes the change; with `expected`, only if the snapshot still has that status. Answers whether it was written. */
export async function changeSnapshot(
  tx: Tx,
  id: string,
  change: SnapshotChange,
  expected?: SnapshotStatus,
): Promise<boolean> {
  const metadata = change.metadata === undefined ? {} : { metadata: jsonb(change.metadata) };
  let query = tables<VolumeTables>(tx)
    .updateTable(table)
    .set({ ...change, ...metadata })
    .where('id', '=', id);
  if (expected !== undefined) query = query.where('status', '=', expected);
  const written = await query.returning('project_id').executeTakeFirst();
  if (written !== undefined) await notifyProject(tx, written.project_id);
  return written !== undefined;
}

/** One page of snapshots that are not deleted. */
export async function listSnapshots(
  connection: Connection,
  conditions: readonly Condition[],
  page: Page,
): Promise<SnapshotRecord[]> {
  const rows = await listPage<SnapshotRow>(connection, table, [sql`t.deleted_at is null`, ...conditions], page);
  return rows.map(snapshotOf);
}

export function countSnapshots(connection: Connection, conditions: readonly Condition[]): Promise<number> {
  return countRows(connection, table, [sql`t.deleted_at is null`, ...conditions]);
}

/** The snapshots of a volume that are not deleted. */
export async function snapshotsOf(connection: Connection, volumeId: string): Promise<SnapshotRecord[]> {
  const rows = await tables<VolumeTables>(connection)
    .selectFrom(table)
    .selectAll()
    .where('volume_id', '=', volumeId)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .execute();
  return rows.map(snapshotOf);
}

export async function unfinishedSnapshots(connection: Connection): Promise<string[]> {
  const rows = await tables<VolumeTables>(connection)
    .selectFrom(table)
    .select('id')
    .where('status', 'in', ['creating', 'deleting'])
    .where('deleted_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}
