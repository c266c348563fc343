import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import { jsonb, type QosSpecsRow, type VolumeTables, type VolumeTypeRow } from './tables.ts';

/** Whose types are wanted: those that the project may use; all, for an administrator. */
export interface TypeFilter {
  /** Undefined: all types, public or not. */
  readonly usableBy: string | undefined;
  /** Undefined: public or not. */
  readonly isPublic?: boolean;
}

function conditionsOf({ usableBy, isPublic }: TypeFilter) {
  const conditions = [sql`true`];
  if (isPublic !== undefined) conditions.push(sql`t.is_public = ${isPublic}`);
  if (usableBy !== undefined) {
    conditions.push(sql`(t.is_public or exists (
      select 1 from block_storage.type_access a where a.type_id = t.id and a.project_id = ${usableBy}))`);
  }
  return sql.join(conditions, sql` and `);
}

export async function listTypes(connection: Connection, filter: TypeFilter): Promise<VolumeTypeRow[]> {
  const { rows } = await sql<VolumeTypeRow>`select t.* from block_storage.volume_type t where ${conditionsOf(filter)}
    order by t.created_at desc, t.id desc`.execute(connection);
  return rows;
}

/** By id or name, if it may be used by whom the filter says. */
export async function findType(
  connection: Connection,
  idOrName: string,
  filter: TypeFilter,
): Promise<VolumeTypeRow | undefined> {
  const { rows } = await sql<VolumeTypeRow>`select t.* from block_storage.volume_type t
    where (t.id::text = ${idOrName} or t.name = ${idOrName}) and ${conditionsOf(filter)}
    order by (t.id::text = ${idOrName}) desc limit 1`.execute(connection);
  return rows[0];
}

/** False when the name is taken. */
export async function insertType(tx: Tx, row: VolumeTypeRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<VolumeTables>(tx)
    .insertInto('block_storage.volume_type')
    .values({ ...row, extra_specs: jsonb(row.extra_specs) })
    .onConflict((on) => on.column('name').doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export async function changeType(tx: Tx, id: string, change: Partial<Omit<VolumeTypeRow, 'id'>>): Promise<void> {
  const specs = change.extra_specs === undefined ? {} : { extra_specs: jsonb(change.extra_specs) };
  await tables<VolumeTables>(tx)
    .updateTable('block_storage.volume_type')
    .set({ ...change, ...specs })
    .where('id', '=', id)
    .execute();
}

export async function removeType(tx: Tx, id: string): Promise<void> {
  await tables<VolumeTables>(tx).deleteFrom('block_storage.volume_type').where('id', '=', id).execute();
}

/** Whether a volume or snapshot that is not deleted has the type. */
export async function typeInUse(connection: Connection, id: string): Promise<boolean> {
  const { rows } = await sql`select 1 from block_storage.volume where type_id = ${id} and deleted_at is null
    union all select 1 from block_storage.snapshot where type_id = ${id} and deleted_at is null limit 1`.execute(
    connection,
  );
  return rows.length > 0;
}

export async function projectsOfType(connection: Connection, typeId: string): Promise<string[]> {
  const rows = await tables<VolumeTables>(connection)
    .selectFrom('block_storage.type_access')
    .select('project_id')
    .where('type_id', '=', typeId)
    .orderBy('project_id')
    .execute();
  return rows.map(({ project_id }) => project_id);
}

/** False when the project has it already. */
export async function addAccess(tx: Tx, typeId: string, projectId: string): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<VolumeTables>(tx)
    .insertInto('block_storage.type_access')
    .values({ type_id: typeId, project_id: projectId })
    .onConflict((on) => on.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** False when the project does not have it. */
export async function removeAccess(tx: Tx, typeId: string, projectId: string): Promise<boolean> {
  const { numDeletedRows } = await tables<VolumeTables>(tx)
    .deleteFrom('block_storage.type_access')
    .where('type_id', '=', typeId)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

export async function listQos(connection: Connection): Promise<QosSpecsRow[]> {
  return tables<VolumeTables>(connection)
    .selectFrom('block_storage.qos_specs')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
}

export async function findQos(connection: Connection, id: string): Promise<QosSpecsRow | undefined> {
  return tables<VolumeTables>(connection)
    .selectFrom('block_storage.qos_specs')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
}

/** False when the name is taken. */
export async function insertQos(tx: Tx, row: QosSpecsRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<VolumeTables>(tx)
    .insertInto('block_storage.qos_specs')
    .values({ ...row, specs: jsonb(row.specs) })
    .onConflict((on) => on.column('name').doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export async function changeQos(tx: Tx, id: string, change: Partial<Omit<QosSpecsRow, 'id'>>): Promise<void> {
  const specs = change.specs === undefined ? {} : { specs: jsonb(change.specs) };
  await tables<VolumeTables>(tx)
    .updateTable('block_storage.qos_specs')
    .set({ ...change, ...specs })
    .where('id', '=', id)
    .execute();
}

export async function removeQos(tx: Tx, id: string): Promise<void> {
  await tables<VolumeTables>(tx).deleteFrom('block_storage.qos_specs').where('id', '=', id).execute();
}

export async function typesWithQos(connection: Connection, qosId: string): Promise<VolumeTypeRow[]> {
  return tables<VolumeTables>(connection)
    .selectFrom('block_storage.volume_type')
    .selectAll()
    .where('qos_specs_id', '=', qosId)
    .orderBy('name')
    .execute();
}

/** Takes the specs from all types that have them, or from one. */
export async function dropQosFromTypes(tx: Tx, qosId: string, typeId?: string): Promise<void> {
  let query = tables<VolumeTables>(tx)
    .updateTable('block_storage.volume_type')
    .set({ qos_specs_id: null })
    .where('qos_specs_id', '=', qosId);
  if (typeId !== undefined) query = query.where('id', '=', typeId);
  await query.execute();
}
