import { type Connection, tables } from '../../../kernel/store/index.ts';
import type { ComputeTables, HostRow } from './tables.ts';

/** What an administrator has said of the host. */
export async function hostSettings(connection: Connection, name: string): Promise<HostRow> {
  const row = await tables<ComputeTables>(connection)
    .selectFrom('compute.host')
    .selectAll()
    .where('name', '=', name)
    .executeTakeFirst();
  return row ?? { name, disabled: false, disabled_reason: null, forced_down: false };
}

export async function setHost(connection: Connection, name: string, change: Partial<HostRow>): Promise<HostRow> {
  const row = await tables<ComputeTables>(connection)
    .insertInto('compute.host')
    .values({ name, disabled: false, disabled_reason: null, forced_down: false, ...change })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ ...change, name }))
    .returningAll()
    .executeTakeFirstOrThrow();
  return row;
}

/** Whether new servers are to be kept away from the host. */
export async function isDisabled(connection: Connection, name: string): Promise<boolean> {
  return (await hostSettings(connection, name)).disabled;
}
