import type { ServerRecord } from '../domain/server.ts';
import { powerStates } from '../domain/states.ts';
import { judge } from '../domain/watching.ts';
import type { GuestPower, GuestState } from '../ports.ts';
import { insertAction } from '../store/actions.ts';
import { effect, type SettleAs } from './effect.ts';
import { guestSpec } from './guest.ts';
import { type Progress, type ServerWork, settleActive, settleError, settleHeld, settleStopped } from './server-work.ts';

/** To ACTIVE, from wherever it was held or off. */
export function start(work: ServerWork, server: ServerRecord): Promise<Progress> {
  return reach(work, server, 'on', settleActive);
}

/** ACTIVE to SHUTOFF. */
export function stop(work: ServerWork, server: ServerRecord): Promise<Progress> {
  return reach(work, server, 'off', settleStopped);
}

/** ACTIVE to PAUSED or SUSPENDED. */
export function hold(work: ServerWork, server: ServerRecord, how: 'paused' | 'suspended'): Promise<Progress> {
  return reach(work, server, how, () => settleHeld(work, server, how));
}

function reach(work: ServerWork, server: ServerRecord, power: GuestPower, settleAs: SettleAs): Promise<Progress> {
  return effect(work, server, async () => work.hypervisor.ensure(await guestSpec(work, server, power)), settleAs);
}

/** A guest that runs or is held is started anew, one that is off is started. A repeat after a crash starts it once more. */
export function reboot(work: ServerWork, server: ServerRecord, how: 'soft' | 'hard'): Promise<Progress> {
  const again = async () => {
    const guest = await observe(work, server.id);
    const lives = guest !== undefined && guest.power !== 'off' && guest.power !== 'crashed';
    if (lives) await work.hypervisor.reboot(server.id, how);
    else await work.hypervisor.ensure(await guestSpec(work, server, 'on'));
  };
  return effect(work, server, again, settleActive);
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
  const settled = await reach(work, server, 'on', () => settleActive(work, server, crashed));
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
