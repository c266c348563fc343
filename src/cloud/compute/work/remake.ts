import type { ServerRecord } from '../domain/server.ts';
import { powerStates } from '../domain/states.ts';
import { effect } from './effect.ts';
import { guestSpec } from './guest.ts';
import { rescueHolder } from './remove.ts';
import { type Progress, type ServerWork, settle, settleActive, settleAs } from './server-work.ts';

/** Puts a new disk in the place of the old one: its row has had the image and the generation since the request. */
export function rebuild(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const wasStopped = server.vmState === 'stopped';
  const remake = async () => work.hypervisor.ensure(await guestSpec(work, server, wasStopped ? 'off' : 'on'));
  return effect(work, server, remake, () => settleAs(work, server, wasStopped ? 'stopped' : 'active'));
}

/** To RESCUE: another system runs, with the server's own disk beside its own. */
export function rescue(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const mend = async () => work.hypervisor.ensure(await guestSpec(work, server, 'on'));
  const change = { vm_state: 'rescued', task_state: null, power_state: powerStates.running } as const;
  return effect(work, server, mend, () => settle(work, server, change));
}

/** RESCUE to ACTIVE. */
export function unrescue(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const run = async () => work.hypervisor.ensure(await guestSpec(work, server, 'on'));
  return effect(work, server, run, () =>
    settleActive(work, server, { rescue: null }, async (tx) => {
      if (server.rescue === null) return;
      await work.images.releaseImage(tx, server.rescue.image.id, rescueHolder(server.id));
    }),
  );
}
