import { lockInTransaction, type Tx } from '../../../kernel/store/index.ts';
import { fits, groupAllows } from '../domain/placement.ts';
import type { ServerRecord } from '../domain/server.ts';
import { isDisabled } from '../store/hosts.ts';
import { findServerGroup, membersByHost } from '../store/server-groups.ts';
import { changeServer, type ServerChange, usageOf } from '../store/servers.ts';
import type { ServerWork } from './server-work.ts';

/**
 * Reserves room on the host: one placement at a time, so that two servers never take the last room. Undefined when the
 * server changed meanwhile.
 */
export async function place(
  work: ServerWork,
  server: ServerRecord,
  change: ServerChange = {},
  also?: (tx: Tx) => Promise<unknown>,
): Promise<ServerRecord | 'no room' | undefined> {
  const total = await work.hypervisor.capacity();
  const host = work.hostName;
  const wanted = { vcpus: server.flavor.vcpus, memoryMiB: server.flavor.memoryMiB, diskGiB: server.diskGiB };
  return work.store.transact(async (tx) => {
    await lockInTransaction(tx, 'compute.placement');
    const used = await usageOf(tx, { host });
    const isOpen = !(await isDisabled(tx, host)) && (await groupLetsIn(tx, server, host));
    if (!isOpen || !fits(total, used, wanted, work.overcommit)) return 'no room';
    const written = await changeServer(tx, server.id, { ...change, host, updated_at: work.clock.now() }, server);
    if (written) await also?.(tx);
    return written ? { ...server, host } : undefined;
  });
}

async function groupLetsIn(tx: Tx, { id, serverGroupId }: ServerRecord, host: string): Promise<boolean> {
  const group = serverGroupId === null ? undefined : await findServerGroup(tx, serverGroupId);
  if (group === undefined) return true;
  return groupAllows(group.policy, await membersByHost(tx, group.id, host, id), group.rules.max_server_per_host);
}
