import { asFault } from '../../../kernel/base/errors.ts';
import type { ServerRecord } from '../domain/server.ts';
import { judge, powerStates } from '../domain/states.ts';
import type { GuestState } from '../ports.ts';
import { insertAction } from '../store/actions.ts';
import { guestSpec } from './guest.ts';
import { type Progress, type ServerWork, settleActive, settleError, settleStopped } from './server-work.ts';
import { patiently } from './slow.ts';

/** SHUTOFF to ACTIVE. */
export function start(work: ServerWork, server: ServerRecord): Promise<Progress> {
  return effect(work, server, async () => work.hypervisor.ensure(await guestSpec(work, server, 'on')), settleActive);
}

/** ACTIVE to SHUTOFF. */
export function stop(work: ServerWork, server: ServerRecord): Promise<Progress> {
  return effect(work, server, async () => work.hypervisor.ensure(await guestSpec(work, server, 'off')), settleStopped);
}

/** A guest that runs is started anew, one that does not is started. A repeat after a crash starts it anew once more. */
export function reboot(work: ServerWork, server: ServerRecord, how: 'soft' | 'hard'): Promise<Progress> {
  const again = async () => {
    const guest = await observe(work, server.id);
    if (guest?.power === 'on') await work.hypervisor.reboot(server.id, how);
    else await work.hypervisor.ensure(await guestSpec(work, server, 'on'));
  };
  return effect(work, server, again, settleActive);
}

/** Does what the engine must do, then settles; what can never succeed ends in error. */
async function effect(
  work: ServerWork,
  server: ServerRecord,
  run: () => Promise<unknown>,
  settleAs: (work: ServerWork, server: ServerRecord) => Promise<boolean>,
): Promise<Progress> {
  try {
    const unfinished = await patiently(server.id, server.taskState ?? 'watch', run);
    return unfinished ?? settleAs(work, server);
  } catch (error) {
    const fault = asFault(error);
    if (fault.retryable) throw error;
    return settleError(work, server, fault.message);
  }
}

/** Compares a server that nobody is working on with what the engine sees of it, and acts on the difference. */
export async function watchOver(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const guest = await observe(work, server.id);
  const now = work.clock.now();
  switch (judge(server.vmState, guest?.power ?? 'missing', server.crashedAt, now)) {
    case 'stoppedByItself':
      return (await settleStopped(work, server)) && note(work, server, 'stop', 'The guest was shut down from inside.');
    case 'startAgain':
      return startAgain(work, server, guest);
    case 'givenUp':
      return settleError(work, server, crashText(guest, 'crashed again'), { power_state: powerStates.crashed });
    case 'lost':
      return settleError(work, server, 'The host does not know the guest any more; its disk may be lost.', {
        power_state: powerStates.none,
      });
    case 'mustBeOff':
      return stop(work, server);
    case 'asWanted':
      return true;
  }
}

async function startAgain(work: ServerWork, server: ServerRecord, guest: GuestState | undefined): Promise<Progress> {
  const crashed = { crashed_at: work.clock.now() };
  const settled = await effect(
    work,
    server,
    async () => work.hypervisor.ensure(await guestSpec(work, server, 'on')),
    () => settleActive(work, server, crashed),
  );
  return settled === true ? note(work, server, 'restart', crashText(guest, 'crashed and was started again')) : settled;
}

function crashText(guest: GuestState | undefined, what: string): string {
  return `The guest ${what}${guest?.reason === undefined ? '' : `: ${guest.reason}`}.`;
}

/** Records, among the server's actions, something that nobody asked for. */
async function note(work: ServerWork, server: ServerRecord, action: string, message: string): Promise<true> {
  const now = work.clock.now();
  await work.store.transact((tx) =>
    insertAction(tx, {
      server_id: server.id,
      action,
      request_id: server.requestId,
      user_id: 'system',
      project_id: server.projectId,
      started_at: now,
      finished_at: now,
      result: 'Success',
      message,
    }),
  );
  return true;
}

async function observe({ hypervisor }: ServerWork, id: string): Promise<GuestState | undefined> {
  return (await hypervisor.list()).find((guest) => guest.id === id);
}
