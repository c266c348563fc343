import { lockInTransaction, type Tx } from '../../../kernel/store/index.ts';
import { groupAllows } from '../domain/placement.ts';
import type { ServerRecord } from '../domain/server.ts';
import { isDisabled } from '../store/hosts.ts';
import { findServerGroup, membersByHost } from '../store/server-groups.ts';
import { changeServer, type ServerChange } from '../store/servers.ts';
import type { ServerWork } from './server-work.ts';

/**
 * Takes room on the host and puts the server there, both or neither. Undefined when the server changed meanwhile.
 */
export async function place(
  work: ServerWork,
  server: ServerRecord,
  change: ServerChange = {},
  also?: (tx: Tx) => Promise<unknown>,
): Promise<ServerRecord | 'no room' | undefined> {
  const host = work.hostName;
  await work.room.register();
  return work.store.transact(async (tx) => {
    // Else two members of a group could each be the first.
    if (server.serverGroupId !== null) await lockInTransaction(tx, 'compute.server-group', server.serverGroupId);
    const isOpen = !(await isDisabled(tx, host)) && (await groupLetsIn(tx, server, host));
    if (!isOpen || !(await work.room.take(tx, server))) return 'no room';
    const written = await changeServer(tx, server.id, { ...change, host, updated_at: work.clock.now() }, server);
    if (!written) {
      await work.room.giveBack(tx, server.id);
      return undefined;
    }
    await also?.(tx);
    return { ...server, host };
  });
}

async function groupLetsIn(tx: Tx, { id, serverGroupId }: ServerRecord, host: string): Promise<boolean> {
  const group = serverGroupId === null ? undefined : await findServerGroup(tx, serverGroupId);
  if (group === undefined) return true;
  return groupAllows(group.policy, await membersByHost(tx, group.id, host, id), group.rules.max_server_per_host);
}
