import { type Connection, notifyProject, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { ServerRecord } from '../domain/server.ts';
import type { ServerState } from '../domain/states.ts';
import { type ComputeTables, type ServerRow, serverOf } from './tables.ts';

/** The server, be it deleted; `lock` holds it until the transaction ends. */
export async function findServer(
  connection: Connection,
  id: string,
  lock?: 'update',
): Promise<ServerRecord | undefined> {
  const query = tables<ComputeTables>(connection).selectFrom('compute.server').selectAll().where('id', '=', id);
  const row = await (lock === undefined ? query : query.forUpdate()).executeTakeFirst();
  return row === undefined ? undefined : serverOf(row);
}

/** Those of the servers that are there, deleted or not, in no order. */
export async function findServers(connection: Connection, ids: readonly string[]): Promise<ServerRecord[]> {
  const { rows } = await sql<ServerRow>`select * from compute.server where id = any(${ids}::uuid[])`.execute(
    connection,
  );
  return rows.map(serverOf);
}

/** False when the id is taken. */
export async function insertServer(tx: Tx, row: ServerRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<ComputeTables>(tx)
    .insertInto('compute.server')
    .values({ ...row, ...jsonTexts(row) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** The columns that hold JSON, which the driver is to be given as text: an array would become one of PostgreSQL's. */
const jsonColumns = [
  ...(['flavor', 'image', 'metadata', 'security_groups', 'nics', 'volumes', 'disk_image'] as const),
  ...(['resized_from', 'rescue', 'task_data', 'fault'] as const),
];

function jsonTexts(row: Partial<ServerRow>): Partial<ServerRow> {
  return Object.fromEntries(
    jsonColumns
      .filter((column) => row[column] !== undefined && row[column] !== null)
      .map((column) => [column, JSON.stringify(row[column])]),
  );
}

/** Columns that a change may set; jsonb ones as values. */
export type ServerChange = Partial<Omit<ServerRow, 'id'>>;

/** Writes the change; with `expected`, only if the server still is in that state. Answers whether it was written. */
export async function changeServer(tx: Tx, id: string, change: ServerChange, expected?: ServerState): Promise<boolean> {
  let query = tables<ComputeTables>(tx)
    .updateTable('compute.server')
    .set({ ...change, ...jsonTexts(change) })
    .where('id', '=', id);
  if (expected !== undefined) {
    query = query
      .where('vm_state', '=', expected.vmState)
      .where('task_state', expected.taskState === null ? 'is' : '=', expected.taskState);
  }
  const written = await query.returning('project_id').executeTakeFirst();
  if (written !== undefined) await notifyProject(tx, written.project_id);
  return written !== undefined;
}

/** Servers on which work is unfinished. */
export async function unfinishedServers(connection: Connection): Promise<string[]> {
  const rows = await tables<ComputeTables>(connection)
    .selectFrom('compute.server')
    .select('id')
    .where('deleted_at', 'is', null)
    .where((on) =>
      on.or([on('task_state', 'is not', null), on('vm_state', '=', 'building'), on('devices_pending', '=', true)]),
    )
    .execute();
  return rows.map(({ id }) => id);
}

/** Every server that is on the host and not deleted, with what is wanted of it. */
export async function serversOnHost(
  connection: Connection,
  host: string,
): Promise<(ServerState & { readonly id: string })[]> {
  const rows = await tables<ComputeTables>(connection)
    .selectFrom('compute.server')
    .select(['id', 'vm_state', 'task_state'])
    .where('deleted_at', 'is', null)
    .where('host', '=', host)
    .execute();
  return rows.map((row) => ({ id: row.id, vmState: row.vm_state, taskState: row.task_state }));
}

/** What servers take of a host or a project, or of everything. */
export interface Usage {
  readonly servers: number;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
}

export async function usageOf(
  connection: Connection,
  where: { readonly host?: string; readonly projectId?: string },
): Promise<Usage> {
  const conditions = [sql`deleted_at is null`];
  if (where.host !== undefined) conditions.push(sql`host = ${where.host}`);
  if (where.projectId !== undefined) conditions.push(sql`project_id = ${where.projectId}`);
  const { rows } = await sql<Usage>`select count(*)::int as servers, coalesce(sum(vcpus), 0)::int as vcpus,
      coalesce(sum(memory_mib), 0)::float8 as "memoryMiB", coalesce(sum(disk_gib), 0)::float8 as "diskGiB"
    from compute.server where ${sql.join(conditions, sql` and `)}`.execute(connection);
  return rows[0] ?? { servers: 0, vcpus: 0, memoryMiB: 0, diskGiB: 0 };
}

/** What each project's servers take of the host. */
export async function usageByProject(
  connection: Connection,
  host: string,
): Promise<(Usage & { readonly projectId: string })[]> {
  const { rows } = await sql<Usage & { projectId: string }>`select project_id as "projectId", count(*)::int as servers,
      sum(vcpus)::int as vcpus, sum(memory_mib)::float8 as "memoryMiB", sum(disk_gib)::float8 as "diskGiB"
    from compute.server where deleted_at is null and host = ${host} group by project_id order by project_id`.execute(
    connection,
  );
  return rows;
}
