import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { GroupPolicy } from '../domain/placement.ts';
import type { ComputeTables, ServerGroupRow } from './tables.ts';

/** Servers that are placed with regard to one another. */
export interface ServerGroup {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string;
  readonly policy: GroupPolicy;
  readonly rules: { readonly max_server_per_host?: number };
  /** Servers that are not deleted. */
  readonly members: readonly string[];
}

type Row = ServerGroupRow & { members: string[] };

function groupOf(row: Row): ServerGroup {
  const { id, project_id: projectId, user_id: userId, name, policy, members } = row;
  return { id, projectId, userId, name, policy, rules: row.rules as ServerGroup['rules'], members };
}

const withMembers = sql`g.*, coalesce((select array_agg(s.id order by s.created_at) from compute.server s
  where s.server_group_id = g.id and s.deleted_at is null), '{}') as members`;

export async function findServerGroup(connection: Connection, id: string): Promise<ServerGroup | undefined> {
  const { rows } = await sql<Row>`select ${withMembers} from compute.server_group g where g.id = ${id}`.execute(
    connection,
  );
  return rows[0] && groupOf(rows[0]);
}

/** Oldest first; of all projects when none is named. */
export async function listServerGroups(
  connection: Connection,
  page: { readonly projectId: string | undefined; readonly limit: number; readonly offset: number },
): Promise<ServerGroup[]> {
  const { rows } = await sql<Row>`select ${withMembers} from compute.server_group g
    where ${page.projectId === undefined ? sql`true` : sql`g.project_id = ${page.projectId}`}
    order by g.created_at, g.id limit ${page.limit} offset ${page.offset}`.execute(connection);
  return rows.map(groupOf);
}

export async function insertServerGroup(tx: Tx, row: ServerGroupRow): Promise<void> {
  await tables<ComputeTables>(tx)
    .insertInto('compute.server_group')
    .values({ ...row, rules: JSON.stringify(row.rules) })
    .execute();
}

export async function deleteServerGroup(connection: Connection, id: string): Promise<void> {
  await tables<ComputeTables>(connection).deleteFrom('compute.server_group').where('id', '=', id).execute();
}

export async function countServerGroups(connection: Connection, projectId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from compute.server_group
    where project_id = ${projectId}`.execute(connection);
  return rows[0]?.count ?? 0;
}

/** How many members of the group, besides `except`, are on the host and on others. */
export async function membersByHost(
  connection: Connection,
  groupId: string,
  host: string,
  except: string,
): Promise<{ here: number; elsewhere: number }> {
  const { rows } = await sql<{ here: number; elsewhere: number }>`select
      count(*) filter (where host = ${host})::int as here,
      count(*) filter (where host is not null and host <> ${host})::int as elsewhere
    from compute.server where server_group_id = ${groupId} and deleted_at is null and id <> ${except}`.execute(
    connection,
  );
  return rows[0] ?? { here: 0, elsewhere: 0 };
}

/** The ids of the groups of these servers, by server. */
export async function groupOfServer(connection: Connection, serverId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select g.id from compute.server_group g
    join compute.server s on s.server_group_id = g.id where s.id = ${serverId}`.execute(connection);
  return rows.map(({ id }) => id);
}
