import { type Connection, type Tx, tables } from '../../../kernel/store/index.ts';
import type { ActionRow, ComputeTables } from './tables.ts';

/** Records that something was asked of a server; without `finishedAt`, it goes on until `finishActions`. */
export async function insertAction(
  tx: Tx,
  action: Omit<ActionRow, 'id' | 'message' | 'finished_at' | 'result'> & Partial<ActionRow>,
): Promise<void> {
  await tables<ComputeTables>(tx)
    .insertInto('compute.action')
    .values(action as ActionRow)
    .execute();
}

/** Records how what goes on ended. */
export async function finishActions(
  tx: Tx,
  serverId: string,
  end: { readonly finished_at: Date; readonly result: 'Success' | 'Error'; readonly message?: string },
): Promise<void> {
  await tables<ComputeTables>(tx)
    .updateTable('compute.action')
    .set(end)
    .where('server_id', '=', serverId)
    .where('finished_at', 'is', null)
    .execute();
}

/** Newest first. */
export async function listActions(connection: Connection, serverId: string): Promise<ActionRow[]> {
  return tables<ComputeTables>(connection)
    .selectFrom('compute.action')
    .selectAll()
    .where('server_id', '=', serverId)
    .orderBy('id', 'desc')
    .execute();
}
