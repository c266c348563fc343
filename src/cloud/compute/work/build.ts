import { asFault } from '../../../kernel/base/errors.ts';
import { lockInTransaction } from '../../../kernel/store/index.ts';
import { fits } from '../domain/placement.ts';
import type { ServerRecord } from '../domain/server.ts';
import type { TaskState } from '../domain/states.ts';
import { changeServer, findServer, usageOf } from '../store/servers.ts';
import { guestSpec } from './guest.ts';
import { dropPorts, plugPorts } from './ports-of-server.ts';
import { type ServerWork, settle, settleActive, settleError } from './server-work.ts';

/**
 * BUILD to ACTIVE: a host, ports, the guest. Each part can be repeated, so a crash anywhere is followed by the same build
 * going on. False when the server changed meanwhile.
 */
export async function build(work: ServerWork, server: ServerRecord): Promise<boolean> {
  try {
    return await tryBuild(work, server);
  } catch (error) {
    const fault = asFault(error);
    const age = work.clock.now().getTime() - server.createdAt.getTime();
    if (fault.retryable && age < work.buildDeadlineMs) throw error;
    work.log.warn({ err: error, server: server.id }, 'a server could not be built');
    return abandon(work, server.id, `Build of instance ${server.id} aborted: ${fault.message}`);
  }
}

async function tryBuild(work: ServerWork, server: ServerRecord): Promise<boolean> {
  const placed = server.host === null ? await place(work, server) : server;
  if (placed === undefined) return false;
  if (placed === 'no room') {
    return abandon(work, server.id, 'No valid host was found. There are not enough hosts available.');
  }
  const networking = await advance(work, placed, 'networking');
  if (networking === undefined) return false;
  await plugPorts(work, networking);
  const spawning = await advance(work, networking, 'spawning');
  if (spawning === undefined) return false;
  await work.hypervisor.ensure(await guestSpec(work, spawning, 'on'));
  return settleActive(work, spawning);
}

/** Goes on to the next task; undefined when the server changed meanwhile. */
async function advance(
  work: ServerWork,
  server: ServerRecord,
  taskState: TaskState,
): Promise<ServerRecord | undefined> {
  const written = await settle(work, server, { task_state: taskState });
  return written ? { ...server, taskState } : undefined;
}

/**
 * Reserves room on the host: one placement at a time, so that two servers never take the last room. Undefined when the
 * server changed meanwhile.
 */
async function place(work: ServerWork, server: ServerRecord): Promise<ServerRecord | 'no room' | undefined> {
  const total = await work.hypervisor.capacity();
  const host = work.hostName;
  const wanted = { vcpus: server.flavor.vcpus, memoryMiB: server.flavor.memoryMiB, diskGiB: server.diskGiB };
  return work.store.transact(async (tx) => {
    await lockInTransaction(tx, 'compute.placement');
    if (!fits(total, await usageOf(tx, { host }), wanted, work.overcommit)) return 'no room';
    const written = await changeServer(tx, server.id, { host, updated_at: work.clock.now() }, server);
    return written ? { ...server, host } : undefined;
  });
}

/** Gives back what the build has taken and says why it failed. */
async function abandon(work: ServerWork, id: string, message: string): Promise<boolean> {
  const server = await findServer(work.store.db, id);
  if (server === undefined || server.vmState !== 'building' || server.taskState === 'deleting') return false;
  await work.hypervisor.remove(id);
  await dropPorts(work, server);
  return settleError(work, server, message, { host: null, admin_pass: null });
}
