import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import { settledStatus } from '../domain/group.ts';
import { type Condition, listPage, type Page } from './listing.ts';
import type { GroupRow, GroupSnapshotRow, VolumeTables } from './tables.ts';

const groups = 'block_storage.volume_group';
const groupSnapshots = 'block_storage.group_snapshot';

/** The group; `lock` holds it until the transaction ends. */
export async function findGroup(connection: Connection, id: string, lock?: 'update'): Promise<GroupRow | undefined> {
  const query = tables<VolumeTables>(connection).selectFrom(groups).selectAll().where('id', '=', id);
  return (lock === undefined ? query : query.forUpdate()).executeTakeFirst();
}

export function listGroups(connection: Connection, conditions: readonly Condition[], page: Page): Promise<GroupRow[]> {
  return listPage<GroupRow>(connection, groups, [sql`true`, ...conditions], page);
}

export async function insertGroup(tx: Tx, row: GroupRow): Promise<void> {
  await tables<VolumeTables>(tx).insertInto(groups).values(row).execute();
}

export async function changeGroup(tx: Tx, id: string, change: Partial<Omit<GroupRow, 'id'>>): Promise<void> {
  await tables<VolumeTables>(tx).updateTable(groups).set(change).where('id', '=', id).execute();
}

/** The ids of its volumes that are not deleted, oldest first. */
export async function volumesOfGroup(connection: Connection, groupId: string): Promise<string[]> {
  const rows = await tables<VolumeTables>(connection)
    .selectFrom('block_storage.volume')
    .select('id')
    .where('group_id', '=', groupId)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Writes what has become of a group now that something has become of a volume of it. */
export async function settleGroup(tx: Tx, id: string | null): Promise<void> {
  if (id === null) return;
  const group = await findGroup(tx, id, 'update');
  if (group === undefined) return;
  const { rows } = await sql<{ status: string }>`select status from block_storage.volume
    where group_id = ${id} and deleted_at is null`.execute(tx);
  const settled = settledStatus(
    group.status,
    rows.map(({ status }) => status),
  );
  if (settled === 'gone') await tables<VolumeTables>(tx).deleteFrom(groups).where('id', '=', id).execute();
  else if (settled !== undefined) await changeGroup(tx, id, { status: settled });
}

/** The snapshot of a group; `lock` holds it until the transaction ends. */
export async function findGroupSnapshot(
  connection: Connection,
  id: string,
  lock?: 'update',
): Promise<GroupSnapshotRow | undefined> {
  const query = tables<VolumeTables>(connection).selectFrom(groupSnapshots).selectAll().where('id', '=', id);
  return (lock === undefined ? query : query.forUpdate()).executeTakeFirst();
}

export function listGroupSnapshots(
  connection: Connection,
  conditions: readonly Condition[],
  page: Page,
): Promise<GroupSnapshotRow[]> {
  return listPage<GroupSnapshotRow>(connection, groupSnapshots, [sql`true`, ...conditions], page);
}

export async function insertGroupSnapshot(tx: Tx, row: GroupSnapshotRow): Promise<void> {
  await tables<VolumeTables>(tx).insertInto(groupSnapshots).values(row).execute();
}

export async function changeGroupSnapshot(tx: Tx, id: string, change: Pick<GroupSnapshotRow, 'status'>): Promise<void> {
  await tables<VolumeTables>(tx).updateTable(groupSnapshots).set(change).where('id', '=', id).execute();
}

/** The volume snapshots that it consists of and that are not deleted. */
export async function snapshotsOfGroupSnapshot(
  connection: Connection,
  id: string,
): Promise<{ readonly id: string; readonly status: string }[]> {
  return tables<VolumeTables>(connection)
    .selectFrom('block_storage.snapshot')
    .select(['id', 'status'])
    .where('group_snapshot_id', '=', id)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Writes what has become of a group's snapshot now that something has become of a snapshot in it. */
export async function settleGroupSnapshot(tx: Tx, id: string | null): Promise<void> {
  if (id === null) return;
  const whole = await findGroupSnapshot(tx, id, 'update');
  if (whole === undefined) return;
  const parts = await snapshotsOfGroupSnapshot(tx, id);
  const settled = settledStatus(
    whole.status,
    parts.map(({ status }) => status),
  );
  if (settled === 'gone') await tables<VolumeTables>(tx).deleteFrom(groupSnapshots).where('id', '=', id).execute();
  else if (settled !== undefined) await changeGroupSnapshot(tx, id, { status: settled });
}

/** Whether the group has snapshots. */
export async function hasGroupSnapshots(connection: Connection, groupId: string): Promise<boolean> {
  const row = await tables<VolumeTables>(connection)
    .selectFrom(groupSnapshots)
    .select('id')
    .where('group_id', '=', groupId)
    .executeTakeFirst();
  return row !== undefined;
}
