import { asFault } from '../../../kernel/base/errors.ts';
import { Later } from '../../../kernel/work/index.ts';
import type { ServerRecord } from '../domain/server.ts';
import type { TaskState } from '../domain/states.ts';
import { findServer } from '../store/servers.ts';
import { guestSpec } from './guest.ts';
import { place } from './place.ts';
import { dropPorts, plugPorts } from './ports-of-server.ts';
import { type Progress, type ServerWork, settle, settleActive, settleError } from './server-work.ts';
import { completeVolumes, dropVolumes, makeVolumes, settled } from './volumes-of-server.ts';

/**
 * BUILD to ACTIVE: a host, volumes, ports, the guest. Each part can be repeated, so a crash anywhere is followed by the same
 * build going on. False when the server changed meanwhile.
 */
export async function build(work: ServerWork, server: ServerRecord): Promise<Progress> {
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

async function tryBuild(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const placed = server.host === null ? await place(work, server) : server;
  if (placed === undefined) return false;
  if (placed === 'no room') {
    return abandon(work, server.id, 'No valid host was found. There are not enough hosts available.');
  }
  const mapped = placed.volumes.length === 0 ? placed : await advance(work, placed, 'block_device_mapping');
  if (mapped === undefined) return false;
  const unfinished = await makeVolumes(work, mapped);
  if (unfinished instanceof Later) return unfinished;
  const networking = await advance(work, mapped, 'networking');
  if (networking === undefined) return false;
  await plugPorts(work, networking);
  const spawning = await advance(work, networking, 'spawning');
  if (spawning === undefined) return false;
  await work.hypervisor.ensure(await guestSpec(work, spawning, 'on'));
  await completeVolumes(work, spawning);
  return settleActive(work, spawning, spawning.volumes.length === 0 ? {} : { volumes: settled(spawning.volumes) });
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

/** Gives back what the build has taken and says why it failed. */
async function abandon(work: ServerWork, id: string, message: string): Promise<boolean> {
  const server = await findServer(work.store.db, id);
  if (server === undefined || server.vmState !== 'building' || server.taskState === 'deleting') return false;
  await work.hypervisor.remove(id);
  await dropPorts(work, server);
  await dropVolumes(work, server);
  return settleError(work, server, message, { host: null, admin_pass: null }, (tx) => work.room.giveBack(tx, id));
}
