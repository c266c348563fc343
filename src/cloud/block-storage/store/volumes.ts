import { type Connection, notifyProject, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import { unfinished, type VolumeRecord, type VolumeStatus } from '../domain/volume.ts';
import { type Condition, countRows, listPage, type Page } from './listing.ts';
import { jsonb, type VolumeRow, type VolumeTables, volumeOf } from './tables.ts';

const table = 'block_storage.volume';

/** The volume, be it deleted; `lock` holds it until the transaction ends. */
export async function findVolume(
  connection: Connection,
  id: string,
  lock?: 'update',
): Promise<VolumeRecord | undefined> {
  const hold = lock === undefined ? sql`` : sql`for update of v`;
  const { rows } = await sql<VolumeRow & { type_name: string }>`select v.*, coalesce(y.name, '') as type_name
    from block_storage.volume v left join block_storage.volume_type y on y.id = v.type_id where v.id = ${id} ${hold}`.execute(
    connection,
  );
  return rows[0] && volumeOf(rows[0]);
}

/** False when the id is taken. */
export async function insertVolume(tx: Tx, row: VolumeRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<VolumeTables>(tx)
    .insertInto(table)
    .values({ ...row, ...asJson(row) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirstOrThrow();
  await notifyProject(tx, row.project_id);
  return numInsertedOrUpdatedRows === 1n;
}

export type VolumeChange = Partial<Omit<VolumeRow, 'id' | 'created_at'>>;

/** Writes the change; with `expected`, only if the volume still has that status. Answers whether it was written. */
export async function changeVolume(
  tx: Tx,
  id: string,
  change: VolumeChange,
  expected?: VolumeStatus,
): Promise<boolean> {
  let query = tables<VolumeTables>(tx)
    .updateTable(table)
    .set({ ...change, ...asJson(change) })
    .where('id', '=', id);
  if (expected !== undefined) query = query.where('status', '=', expected);
  const written = await query.returning('project_id').executeTakeFirst();
  if (written !== undefined) await notifyProject(tx, written.project_id);
  return written !== undefined;
}

function asJson(row: VolumeChange) {
  return {
    ...(row.origin === undefined ? {} : { origin: jsonb(row.origin) }),
    ...(row.metadata === undefined ? {} : { metadata: jsonb(row.metadata) }),
    ...(row.image_metadata === undefined ? {} : { image_metadata: jsonb(row.image_metadata) }),
    ...(row.upload === undefined ? {} : { upload: jsonb(row.upload) }),
  };
}

/** One page of volumes that are not deleted. */
export async function listVolumes(
  connection: Connection,
  conditions: readonly Condition[],
  page: Page,
): Promise<VolumeRecord[]> {
  const rows = await listPage<VolumeRow>(connection, table, [sql`t.deleted_at is null`, ...conditions], page);
  const names = await typeNames(connection);
  return rows.map((row) => volumeOf({ ...row, type_name: names.get(row.type_id) ?? '' }));
}

export function countVolumes(connection: Connection, conditions: readonly Condition[]): Promise<number> {
  return countRows(connection, table, [sql`t.deleted_at is null`, ...conditions]);
}

async function typeNames(connection: Connection): Promise<Map<string, string>> {
  const rows = await tables<VolumeTables>(connection)
    .selectFrom('block_storage.volume_type')
    .select(['id', 'name'])
    .execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Volumes that the reconciler still has work with. */
export async function unfinishedVolumes(connection: Connection): Promise<string[]> {
  const rows = await tables<VolumeTables>(connection)
    .selectFrom(table)
    .select('id')
    .where('status', 'in', unfinished)
    .where('deleted_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

/** Of these ids, those that a volume has which is not deleted. */
export async function knownVolumes(connection: Connection, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tables<VolumeTables>(connection)
    .selectFrom(table)
    .select('id')
    .where('id', 'in', ids)
    .where('deleted_at', 'is', null)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** How many volumes meet the conditions, and their GiB. */
export async function sumVolumes(
  connection: Connection,
  conditions: readonly Condition[],
): Promise<{ readonly count: number; readonly sizeGiB: number }> {
  const { rows } = await sql<{ count: number; sizeGiB: number }>`select count(*)::int as count,
      coalesce(sum(size_gib), 0)::int as "sizeGiB" from block_storage.volume t
    where ${sql.join([sql`t.deleted_at is null`, ...conditions], sql` and `)}`.execute(connection);
  return rows[0] ?? { count: 0, sizeGiB: 0 };
}
