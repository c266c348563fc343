import type { Context } from '../../../kernel/access/context.ts';
import { type Connection, sql, tables } from '../../../kernel/store/index.ts';
import type { Flavor } from '../domain/server.ts';
import { type ComputeTables, type FlavorRow, flavorOf } from './tables.ts';

/** The flavor, if the caller may use it. */
export async function findFlavor(connection: Connection, context: Context, id: string): Promise<Flavor | undefined> {
  const { rows } = await sql<FlavorRow>`select * from compute.flavor where id = ${id} and ${usableBy(context)}`.execute(
    connection,
  );
  return rows[0] && flavorOf(rows[0]);
}

function usableBy(context: Context) {
  if (context.isAdmin) return sql`true`;
  return sql`(is_public or exists (select 1 from compute.flavor_access
    where flavor_id = flavor.id and project_id = ${context.projectId}))`;
}

/** What a listing asks for, checked. */
export interface FlavorQuery {
  /** Undefined: all that the caller may use. */
  readonly isPublic: boolean | undefined;
  readonly minDisk: number | undefined;
  readonly minRam: number | undefined;
  readonly sort: keyof FlavorRow;
  readonly direction: 'asc' | 'desc';
  readonly marker: string | undefined;
  readonly limit: number;
}

export async function listFlavors(connection: Connection, context: Context, query: FlavorQuery): Promise<Flavor[]> {
  const conditions = [usableBy(context)];
  if (query.isPublic !== undefined) conditions.push(sql`is_public = ${query.isPublic}`);
  if (query.minDisk !== undefined) conditions.push(sql`disk_gib >= ${query.minDisk}`);
  if (query.minRam !== undefined) conditions.push(sql`memory_mib >= ${query.minRam}`);
  const column = sql.ref(query.sort);
  const beyond = sql.raw(query.direction === 'asc' ? '>' : '<');
  if (query.marker !== undefined) {
    conditions.push(
      sql`(${column}, id) ${beyond} (select ${column}, id from compute.flavor where id = ${query.marker})`,
    );
  }
  const { rows } = await sql<FlavorRow>`select * from compute.flavor where ${sql.join(conditions, sql` and `)}
    order by ${column} ${sql.raw(query.direction)}, id ${sql.raw(query.direction)} limit ${query.limit}`.execute(
    connection,
  );
  return rows.map(flavorOf);
}

/** False when its id or name is taken. */
export async function insertFlavor(connection: Connection, row: FlavorRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<ComputeTables>(connection)
    .insertInto('compute.flavor')
    .values({ ...row, extra_specs: JSON.stringify(row.extra_specs) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** False when it was not there. */
export async function updateFlavor(
  connection: Connection,
  id: string,
  change: { description?: string | null; extra_specs?: Readonly<Record<string, string>> },
): Promise<boolean> {
  const specs = change.extra_specs === undefined ? {} : { extra_specs: JSON.stringify(change.extra_specs) };
  const { numUpdatedRows } = await tables<ComputeTables>(connection)
    .updateTable('compute.flavor')
    .set({ ...change, ...specs })
    .where('id', '=', id)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** False when it was not there. */
export async function deleteFlavor(connection: Connection, id: string): Promise<boolean> {
  const { numDeletedRows } = await tables<ComputeTables>(connection)
    .deleteFrom('compute.flavor')
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

/** The projects that may use a flavor that is not public. */
export async function flavorAccess(connection: Connection, flavorId: string): Promise<string[]> {
  const rows = await tables<ComputeTables>(connection)
    .selectFrom('compute.flavor_access')
    .select('project_id')
    .where('flavor_id', '=', flavorId)
    .orderBy('project_id')
    .execute();
  return rows.map(({ project_id }) => project_id);
}

/** False when it had access already. */
export async function grantFlavor(connection: Connection, flavorId: string, projectId: string): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<ComputeTables>(connection)
    .insertInto('compute.flavor_access')
    .values({ flavor_id: flavorId, project_id: projectId })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** False when it had no access. */
export async function revokeFlavor(connection: Connection, flavorId: string, projectId: string): Promise<boolean> {
  const { numDeletedRows } = await tables<ComputeTables>(connection)
    .deleteFrom('compute.flavor_access')
    .where('flavor_id', '=', flavorId)
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}
