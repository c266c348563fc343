import { type Connection, type Tx, tables } from '../../../kernel/store/index.ts';
import type { ComputeTables, MigrationRow } from './tables.ts';

export async function insertMigration(tx: Tx, row: Omit<MigrationRow, 'id' | 'updated_at'>): Promise<void> {
  await tables<ComputeTables>(tx)
    .insertInto('compute.migration')
    .values(row as MigrationRow)
    .execute();
}

/** Says how far the server's latest migration is. */
export async function setMigration(tx: Tx, serverId: string, status: string, now: Date): Promise<void> {
  await tables<ComputeTables>(tx)
    .updateTable('compute.migration')
    .set({ status, updated_at: now })
    .where('server_id', '=', serverId)
    .where('status', 'in', ['migrating', 'finished'])
    .execute();
}

/** What a listing asks for. */
export interface MigrationQuery {
  readonly serverId?: string;
  readonly host?: string;
  readonly status?: string;
  readonly type?: string;
  readonly projectId?: string;
  readonly userId?: string;
  readonly changesSince?: Date;
  readonly changesBefore?: Date;
  /** The uuid after which the page begins. */
  readonly marker?: string;
  readonly limit: number;
}

/** Newest first. */
export async function listMigrations(connection: Connection, query: MigrationQuery): Promise<MigrationRow[]> {
  let rows = tables<ComputeTables>(connection).selectFrom('compute.migration').selectAll();
  if (query.serverId !== undefined) rows = rows.where('server_id', '=', query.serverId);
  if (query.host !== undefined) rows = rows.where('host', '=', query.host);
  if (query.status !== undefined) rows = rows.where('status', '=', query.status);
  if (query.type !== undefined) rows = rows.where('type', '=', query.type);
  if (query.projectId !== undefined) rows = rows.where('project_id', '=', query.projectId);
  if (query.userId !== undefined) rows = rows.where('user_id', '=', query.userId);
  if (query.changesSince !== undefined) rows = rows.where('updated_at', '>=', query.changesSince);
  if (query.changesBefore !== undefined) rows = rows.where('updated_at', '<=', query.changesBefore);
  if (query.marker !== undefined) {
    const { marker } = query;
    rows = rows.where('id', '<', (on) => on.selectFrom('compute.migration').select('id').where('uuid', '=', marker));
  }
  return rows.orderBy('id', 'desc').limit(query.limit).execute();
}
