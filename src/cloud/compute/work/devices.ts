import { Fault } from '../../../kernel/base/errors.ts';
import { later } from '../../../kernel/work/index.ts';
import type { ServerRecord } from '../domain/server.ts';
import type { VmState } from '../domain/states.ts';
import type { GuestPower } from '../ports.ts';
import { finishActions } from '../store/actions.ts';
import { changeServer, findServer } from '../store/servers.ts';
import { guestSpec } from './guest.ts';
import { dropPorts, plugPorts } from './ports-of-server.ts';
import { ownerOf, type Progress, type ServerWork } from './server-work.ts';
import { completeVolumes, dropVolumes, settled } from './volumes-of-server.ts';

/** What the guest does meanwhile, in the states in which cards and volumes come and go. */
const powers: Partial<Record<VmState, GuestPower>> = { active: 'on', paused: 'paused', stopped: 'off' };

/** How long until a guest that keeps a device is asked for it again. */
const againMs = 5_000;

/** Plugs the cards and volumes that join the server and unplugs those that leave it. */
export async function plugDevices(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const power = powers[server.resizedFrom?.vmState ?? server.vmState];
  // Offloaded: there is no guest. In between: the next state's look sees to it.
  if (power === undefined && server.host !== null) return true;
  try {
    if (power !== undefined) {
      await plugPorts(work, server);
      if ((await plug(work, server, power)) === 'kept') return later(againMs);
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.retryable) throw error;
    work.log.warn({ err: error, server: server.id }, 'a device cannot join a server');
    return letGo(work, server, error.message);
  }
  await completeVolumes(work, server);
  await dropPorts(work, server, leaving(server.nics));
  await dropVolumes(work, server, leaving(server.volumes));
  return settleDevices(work, server, undefined);
}

/** A guest that does not let go of a device keeps it, until a repeat succeeds or it is off. */
async function plug(work: ServerWork, server: ServerRecord, power: GuestPower): Promise<'plugged' | 'kept'> {
  const spec = await guestSpec(work, server, power);
  try {
    await work.hypervisor.ensure(spec);
    return 'plugged';
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict' && isLeaving(server)) return 'kept';
    throw error;
  }
}

function isLeaving({ nics, volumes }: ServerRecord): boolean {
  return leaving(nics).length > 0 || leaving(volumes).length > 0;
}

function leaving<D extends { readonly state?: string }>(devices: readonly D[]): D[] {
  return devices.filter(({ state }) => state === 'leaving');
}

/** What cannot join leaves again: the server is what it was. */
async function letGo(work: ServerWork, server: ServerRecord, failed: string): Promise<Progress> {
  const isJoining = ({ state }: { readonly state?: string }) => state === 'joining';
  await dropPorts(work, server, server.nics.filter(isJoining));
  for (const { id } of server.volumes.filter(isJoining)) await work.volumes?.release(ownerOf(server), id);
  return settleDevices(work, server, failed);
}

/** Writes down what was done; what was asked for meanwhile stays to be done. */
async function settleDevices(work: ServerWork, seen: ServerRecord, failed: string | undefined): Promise<Progress> {
  const now = work.clock.now();
  return work.store.transact(async (tx) => {
    const server = await findServer(tx, seen.id, 'update');
    if (server === undefined || server.vmState === 'deleted' || server.taskState === 'deleting') return false;
    const nics = after(server.nics, seen.nics, ({ portId }) => portId, failed !== undefined);
    const volumes = after(server.volumes, seen.volumes, ({ id }) => id, failed !== undefined);
    const pending = [...nics, ...volumes].some(({ state }) => state !== undefined);
    await changeServer(tx, server.id, { nics, volumes, devices_pending: pending, updated_at: now });
    if (pending) return false;
    const result = failed === undefined ? 'Success' : 'Error';
    if (server.taskState === null) await finishActions(tx, server.id, { finished_at: now, result, message: failed });
    return true;
  });
}

/** Devices as they now are, given as they were seen when work on them began. */
function after<D extends { readonly state?: 'joining' | 'leaving' }>(
  now: readonly D[],
  seen: readonly D[],
  keyOf: (device: D) => string,
  failed: boolean,
): D[] {
  const known = new Map(seen.map((device) => [keyOf(device), device.state]));
  return now.flatMap((device) => {
    const done = known.has(keyOf(device)) && known.get(keyOf(device)) === device.state;
    if (!done) return [device];
    return failed && device.state === 'joining' ? [] : settled([device]);
  });
}
