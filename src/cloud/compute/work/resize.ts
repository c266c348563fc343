import { lockInTransaction } from '../../../kernel/store/index.ts';
import { fits, nothing } from '../domain/placement.ts';
import type { ResizedFrom, ServerRecord } from '../domain/server.ts';
import { powerStates } from '../domain/states.ts';
import { setMigration } from '../store/migrations.ts';
import { type ServerChange, usageOf } from '../store/servers.ts';
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
    const total = await work.hypervisor.capacity();
    const room = await work.store.transact(async (tx) => {
      await lockInTransaction(tx, 'compute.placement');
      return fits(total, await usageOf(tx, { host: server.host ?? work.hostName }), nothing, work.overcommit);
    });
    if (!room) return putBack(work, server, 'No valid host was found. No valid host found for resize');
    await settle(work, server, { task_state: 'resize_finish' });
    return false;
  }
  const power_state = from.vmState === 'active' ? powerStates.running : powerStates.shutdown;
  return effect(
    work,
    server,
    () => remake(work, server, from),
    () => settle(work, server, { vm_state: 'resized', task_state: null, power_state }, ended(server, 'finished')),
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
      settleAs(work, server, from.vmState, { resized_from: null, ...rowSize(server) }, ended(server, 'reverted').also),
  );
}

/** Processors and memory count from the next start of the guest's machine. */
async function remake(work: ServerWork, server: ServerRecord, { vmState }: ResizedFrom): Promise<void> {
  await work.hypervisor.ensure(await guestSpec(work, server, 'off'));
  if (vmState === 'active') await work.hypervisor.ensure(await guestSpec(work, server, 'on'));
}

/** The resize cannot be: the server is what it was before it was asked for, and runs if it did. */
async function putBack(work: ServerWork, server: ServerRecord, message: string): Promise<boolean> {
  const { flavor, vmState } = before(server);
  const runs = vmState === 'active';
  const written = await settle(
    work,
    server,
    {
      ...{ vm_state: vmState, task_state: runs ? 'powering-on' : null },
      ...{ flavor, resized_from: null, ...rowSize({ flavor }) },
    },
    { failed: message, ...ended(server, 'error') },
  );
  return written && !runs;
}

/** The migration ends with the step. */
function ended({ id }: ServerRecord, status: string): Pick<Ending, 'also'> {
  return { also: (tx, now) => setMigration(tx, id, status, now) };
}

/** The disk never shrinks: what it takes of the host stays. */
function rowSize({ flavor }: Pick<ServerRecord, 'flavor'>): ServerChange {
  return { vcpus: flavor.vcpus, memory_mib: flavor.memoryMiB };
}

function before({ id, resizedFrom }: ServerRecord): ResizedFrom {
  if (resizedFrom === null) throw new Error(`server ${id} is not being resized`);
  return resizedFrom;
}
