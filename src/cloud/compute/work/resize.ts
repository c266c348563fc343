import { asFault } from '../../../kernel/base/errors.ts';
import type { ResizedFrom, ServerRecord } from '../domain/server.ts';
import { powerStates } from '../domain/states.ts';
import { setMigration } from '../store/migrations.ts';
import type { ServerChange } from '../store/servers.ts';
import { effect } from './effect.ts';
import { guestSpec } from './guest.ts';
import { type Ending, type Progress, type ServerWork, settle, settleAs } from './server-work.ts';

/**
 * ACTIVE or SHUTOFF to VERIFY_RESIZE. The row has the new flavor since the request was accepted, and takes the larger of
 * both of the host; without room for that it stays what it was.
 */
export async function resize(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const from = before(server);
  if (server.taskState === 'resize_prep') {
    await work.room.register();
    const room = await work.room.change(work.store.db, server).then(
      () => true,
      (error: unknown) => {
        if (asFault(error).code !== 'conflict') throw error;
        return false;
      },
    );
    if (!room) return putBack(work, server, 'No valid host was found. No valid host found for resize', false);
    await settle(work, server, { task_state: 'resize_finish' });
    return false;
  }
  const power_state = from.vmState === 'active' ? powerStates.running : powerStates.shutdown;
  return effect(
    work,
    server,
    () => remake(work, server, from),
    () =>
      settle(work, server, { vm_state: 'resized', task_state: null, power_state }, { also: noted(server, 'finished') }),
    putBack,
  );
}

/** VERIFY_RESIZE to what it was; the row has the old flavor since the request was accepted. */
export function revert(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const from = before(server);
  return effect(
    work,
    server,
    () => remake(work, server, from),
    () =>
      settleAs(work, server, from.vmState, { resized_from: null, ...rowSize(server) }, async (tx, now) => {
        await noted(server, 'reverted')(tx, now);
        await work.room.change(tx, { ...server, resizedFrom: null });
      }),
  );
}

/** Processors and memory count from the next start of the guest's machine. */
async function remake(work: ServerWork, server: ServerRecord, { vmState }: ResizedFrom): Promise<void> {
  await work.hypervisor.ensure(await guestSpec(work, server, 'off'));
  if (vmState === 'active') await work.hypervisor.ensure(await guestSpec(work, server, 'on'));
}

/** The resize cannot be: the server is what it was before it was asked for, and runs if it did. */
async function putBack(work: ServerWork, server: ServerRecord, message: string, tookRoom = true): Promise<boolean> {
  const { flavor, vmState } = before(server);
  const runs = vmState === 'active';
  const written = await settle(
    work,
    server,
    {
      ...{ vm_state: vmState, task_state: runs ? 'powering-on' : null },
      ...{ flavor, resized_from: null, ...rowSize({ flavor }) },
    },
    {
      failed: message,
      async also(tx, now) {
        await noted(server, 'error')(tx, now);
        if (tookRoom) await work.room.change(tx, { ...server, flavor, resizedFrom: null });
      },
    },
  );
  return written && !runs;
}

/** The migration ends with the step. */
function noted({ id }: ServerRecord, status: string): NonNullable<Ending['also']> {
  return (tx, now) => setMigration(tx, id, status, now);
}

/** The disk never shrinks: what it takes of the host stays. */
function rowSize({ flavor }: Pick<ServerRecord, 'flavor'>): ServerChange {
  return { vcpus: flavor.vcpus, memory_mib: flavor.memoryMiB };
}

function before({ id, resizedFrom }: ServerRecord): ResizedFrom {
  if (resizedFrom === null) throw new Error(`server ${id} is not being resized`);
  return resizedFrom;
}
