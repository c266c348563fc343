import { type Connection, sql } from '../../../kernel/store/index.ts';

/** A server that ran in a window. */
export interface ServerUsage {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly flavorName: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  readonly vmState: string;
  readonly launchedAt: Date;
  readonly deletedAt: Date | null;
}

/** Servers that ran in [start, end), by project and then by age; of one project when it is named. */
export async function serversRunningIn(
  connection: Connection,
  window: { readonly start: Date; readonly end: Date },
  page: { readonly projectId: string | undefined; readonly marker: string | undefined; readonly limit: number },
): Promise<ServerUsage[]> {
  const { projectId, marker, limit } = page;
  const after =
    marker === undefined
      ? sql`true`
      : sql`(project_id, launched_at, id) > (select project_id, launched_at, id from compute.server where id = ${marker})`;
  const { rows } = await sql<ServerUsage>`select id, project_id as "projectId", name, flavor->>'name' as "flavorName",
      (flavor->>'vcpus')::int as vcpus, (flavor->>'memoryMiB')::int as "memoryMiB", disk_gib as "diskGiB",
      vm_state as "vmState", launched_at as "launchedAt", deleted_at as "deletedAt"
    from compute.server
    where launched_at < ${window.end} and (deleted_at is null or deleted_at > ${window.start})
      and ${projectId === undefined ? sql`true` : sql`project_id = ${projectId}`} and ${after}
    order by project_id, launched_at, id limit ${limit}`.execute(connection);
  return rows;
}
