import type { Clock } from '../../kernel/base/clock.ts';
import { conflict } from '../../kernel/base/errors.ts';
import type { SlotDevice } from './devices.ts';
import { type Qmp, QmpError } from './qmp.ts';

/** How long a guest has to let go of a device. */
const letGoMs = 20_000;
/** It is asked again this often: a guest that was still booting did not hear. */
const askAgainMs = 4_000;

/** Plugs the device into the running machine; nothing happens when it is there. */
export async function plug(qmp: Qmp, { id, device, backend, backendRemoval }: SlotDevice): Promise<void> {
  if (await isPlugged(qmp, id)) return;
  // An earlier host process may have been killed half way.
  await ifAny(qmp.execute(backendRemoval.execute, backendRemoval.arguments));
  await qmp.execute(backend.execute, backend.arguments);
  try {
    await qmp.execute('device_add', device);
  } catch (error) {
    await ifAny(qmp.execute(backendRemoval.execute, backendRemoval.arguments));
    throw error;
  }
}

/** Asks the guest to let go of the device and takes it out; `conflict` when the guest does not. */
export async function unplug(qmp: Qmp, { id, backendRemoval }: SlotDevice, clock: Clock): Promise<void> {
  const over = new AbortController();
  const stop = qmp.listen(({ event, data }) => {
    if (event === 'DEVICE_DELETED' && data.device === id) over.abort();
  });
  try {
    for (let left = letGoMs; await isPlugged(qmp, id); left -= askAgainMs) {
      if (left <= 0) throw conflict('The guest does not let go of the device. Try again, or stop the server first.');
      // Refused while it is already being asked.
      await ifAny(qmp.execute('device_del', { id }));
      await clock.sleep(askAgainMs, over.signal).catch(() => {});
    }
  } finally {
    stop();
  }
  await ifAny(qmp.execute(backendRemoval.execute, backendRemoval.arguments));
}

async function isPlugged(qmp: Qmp, id: string): Promise<boolean> {
  const devices = await qmp.execute<{ name: string }[]>('qom-list', { path: '/machine/peripheral' });
  return devices.some(({ name }) => name === id);
}

/** A command that may be refused, because there is nothing to do. */
async function ifAny(done: Promise<unknown>): Promise<void> {
  await done.catch((error: unknown) => {
    if (!(error instanceof QmpError)) throw error;
  });
}
