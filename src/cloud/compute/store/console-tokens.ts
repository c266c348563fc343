import { type Connection, type Tx, tables } from '../../../kernel/store/index.ts';
import type { ComputeTables, ConsoleTokenRow } from './tables.ts';

/** Keeps a token, and forgets those that nobody used in time. */
export async function insertConsoleToken(tx: Tx, token: ConsoleTokenRow, now: Date): Promise<void> {
  const db = tables<ComputeTables>(tx);
  await db.deleteFrom('compute.console_token').where('expires_at', '<', now).execute();
  await db.insertInto('compute.console_token').values(token).execute();
}

/** Takes the token away and says what it was for: of two who come with it, one finds it. */
export function takeConsoleToken(connection: Connection, hash: Buffer): Promise<ConsoleTokenRow | undefined> {
  return tables<ComputeTables>(connection)
    .deleteFrom('compute.console_token')
    .where('token_hash', '=', hash)
    .returningAll()
    .executeTakeFirst();
}
