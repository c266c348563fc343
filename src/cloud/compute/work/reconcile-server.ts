import { isUuid } from '../../../kernel/base/ids.ts';
import type { Logger } from '../../../kernel/base/log.ts';
import { Later, later, type Reconciler, type Work } from '../../../kernel/work/index.ts';
import { type NextStep, nextStep } from '../domain/actions.ts';
import type { ServerRecord } from '../domain/server.ts';
import { judge } from '../domain/watching.ts';
import type { GuestState } from '../ports.ts';
import { findServer, serversOnHost, unfinishedServers } from '../store/servers.ts';
import { build } from './build.ts';
import { plugDevices } from './devices.ts';
import { offload, unshelve } from './offload.ts';
import { hold, reboot, start, stop, watchOver } from './power.ts';
import { rebuild, rescue, unrescue } from './remake.ts';
import { remove } from './remove.ts';
import { resize, revert } from './resize.ts';
import type { Progress, ServerWork } from './server-work.ts';
import { shelve, snapshot } from './snapshot.ts';

export const serverReconciler = 'compute.server';

const sweepMs = 30_000;

/** Makes each server's guest, ports and image hold what its row says; removes guests that no row wants. */
export function createServerReconciler(work: ServerWork): Reconciler {
  return {
    name: serverReconciler,
    sweepMs,
    async reconcile(id, log) {
      const server = isUuid(id) ? await findServer(work.store.db, id) : undefined;
      const settled = await step({ ...work, log }, id, server);
      if (settled instanceof Later) return settled;
      // It changed under our hands: look again at what is wanted now.
      return settled ? undefined : later(0);
    },
    list: () => serversToLookAt(work),
  };
}

async function step(work: ServerWork, id: string, server: ServerRecord | undefined): Promise<Progress> {
  if (server === undefined) {
    work.log.warn({ guest: id }, 'a guest that no server wants is removed');
    await work.hypervisor.remove(id);
    return true;
  }
  return steps[nextStep(server)](work, server);
}

const steps: Readonly<Record<NextStep, (work: ServerWork, server: ServerRecord) => Promise<Progress>>> = {
  build,
  start,
  stop,
  softReboot: (work, server) => reboot(work, server, 'soft'),
  hardReboot: (work, server) => reboot(work, server, 'hard'),
  pause: (work, server) => hold(work, server, 'paused'),
  suspend: (work, server) => hold(work, server, 'suspended'),
  rescue,
  unrescue,
  rebuild,
  resize,
  revert,
  snapshot,
  shelve,
  offload,
  unshelve,
  delete: remove,
  watch: async (work, server) => {
    const plugged = server.devicesPending ? await plugDevices(work, server) : true;
    return plugged === true ? watchOver(work, server) : plugged;
  },
  async gone(work, { id }) {
    await work.hypervisor.remove(id);
    return true;
  },
};

/** Servers with unfinished work, servers whose guest is not as it should be, and guests without a server. */
async function serversToLookAt(work: ServerWork): Promise<string[]> {
  const unfinished = await unfinishedServers(work.store.db);
  const guests = await work.hypervisor.list().catch((error): undefined => {
    work.log.warn({ err: error }, 'the hypervisor does not answer; its guests are looked at later');
    return undefined;
  });
  if (guests === undefined) return unfinished;
  const seen = new Map(guests.map((guest) => [guest.id, guest]));
  // Read after the guests: a server's row is always older than its guest.
  const servers = await serversOnHost(work.store.db, work.hostName);
  const drifted = servers.filter((server) => {
    const verdict = judge(server.vmState, seen.get(server.id)?.power ?? 'missing', null, work.clock.now());
    return verdict !== 'asWanted';
  });
  const known = new Set(servers.map(({ id }) => id));
  await takeRoomFor(work, [...known]);
  const leftovers = guests.filter(({ id }) => !known.has(id));
  return [...new Set([...unfinished, ...drifted.map(({ id }) => id), ...leftovers.map(({ id }) => id)])];
}

const roomTaken = new WeakSet<ServerWork['room']>();

/** Once a process: placement is told of servers that are on the host without its knowledge. */
async function takeRoomFor(work: ServerWork, ids: readonly string[]): Promise<void> {
  if (roomTaken.has(work.room)) return;
  await work.room.register();
  for (const id of await work.room.without(ids)) {
    await work.store.transact(async (tx) => {
      const server = await findServer(tx, id, 'update');
      if (server === undefined || server.host === null || server.vmState === 'deleted') return;
      if (!(await work.room.take(tx, server)))
        work.log.warn({ server: id }, 'placement has no room for a server that is here');
    });
  }
  roomTaken.add(work.room);
}

/** Has the reconciler look at servers whose guest's power state changes by itself, until the signal aborts. */
export function watchGuests(work: ServerWork, jobs: Work, signal: AbortSignal): void {
  work.hypervisor.watch((guest) => void consider(work, jobs, guest, work.log), signal);
}

async function consider(work: ServerWork, jobs: Work, guest: GuestState, log: Logger): Promise<void> {
  try {
    const server = await findServer(work.store.db, guest.id);
    const busy = server !== undefined && nextStep(server) !== 'watch';
    // What is being worked on ends in the state that the work wants, unless the guest goes away meanwhile.
    if (busy && guest.power === 'on') return;
    const asWanted =
      server !== undefined && !busy && judge(server.vmState, guest.power, null, work.clock.now()) === 'asWanted';
    if (!asWanted) await jobs.wakeNow(serverReconciler, guest.id);
  } catch (error) {
    log.warn({ err: error, guest: guest.id }, 'a guest’s change of state will be seen by the next sweep');
  }
}
