import { type Context, projectContext } from '../../../kernel/access/context.ts';
import type { Clock } from '../../../kernel/base/clock.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import type { Logger } from '../../../kernel/base/log.ts';
import type { Sealer } from '../../../kernel/base/sealing.ts';
import type { Store, Tx } from '../../../kernel/store/index.ts';
import type { Later } from '../../../kernel/work/index.ts';
import type { ServerImages, ServerNetworks, ServerVolumes } from '../collaborators.ts';
import type { ServerRecord } from '../domain/server.ts';
import { powerStates } from '../domain/states.ts';
import { emitServer } from '../events.ts';
import type { Hypervisor } from '../ports.ts';
import { finishActions } from '../store/actions.ts';
import { changeServer, findServer, type ServerChange } from '../store/servers.ts';
import type { Room } from './room.ts';

/** What the steps of a server's reconciler work with. */
export interface ServerWork {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly hypervisor: Hypervisor;
  readonly networks: ServerNetworks;
  readonly images: ServerImages;
  readonly volumes: ServerVolumes | undefined;
  /** Opens initial passwords. */
  readonly sealer: Sealer;
  /** The name of the host that `hypervisor` is. */
  readonly hostName: string;
  readonly room: Room;
  /** The one availability zone. */
  readonly zone: string;
  /** How long a build is tried again after failures that may pass. */
  readonly buildDeadlineMs: number;
}

/** Whether the server is settled; false when it changed meanwhile; when to look again when it takes its time. */
export type Progress = boolean | Later;

/** The server's owner, acting: what is made for a server is made in its project, with its rights. */
export function ownerOf(server: ServerRecord): Context {
  return projectContext(server.requestId, server.userId, server.projectId);
}

/** The block storage service; 501 in a cloud without one. */
export function volumesOf({ volumes }: { readonly volumes: ServerVolumes | undefined }): ServerVolumes {
  if (volumes === undefined) throw new Fault('notSupported', 'This cloud has no block storage service.');
  return volumes;
}

/** What happens in the transaction that settles a step. */
export interface Ending {
  /** Emitted with the server as it then is. */
  readonly event?: 'started' | 'stopped' | 'resized';
  /** Why it could not be done, though the server is none the worse. */
  readonly failed?: string;
  readonly also?: ((tx: Tx, now: Date) => Promise<unknown>) | undefined;
}

/**
 * Writes that the step is done, unless the server's state changed meanwhile (its deletion was asked for): then false, and
 * the next look decides anew.
 */
export async function settle(
  work: ServerWork,
  server: ServerRecord,
  change: ServerChange,
  { event, failed, also }: Ending = {},
): Promise<boolean> {
  const now = work.clock.now();
  return work.store.transact(async (tx) => {
    if (!(await changeServer(tx, server.id, { ...change, updated_at: now }, server))) return false;
    if (failed !== undefined) {
      await finishActions(tx, server.id, { finished_at: now, result: 'Error', message: failed.slice(0, 255) });
    } else if (change.task_state === null) {
      const result = change.vm_state === 'error' ? 'Error' : 'Success';
      await finishActions(tx, server.id, { finished_at: now, result });
    }
    await also?.(tx, now);
    const after = event && (await findServer(tx, server.id));
    if (event !== undefined && after !== undefined) await emitServer(tx, event, after, now);
    return true;
  });
}

/** ACTIVE, with its guest running; the first time, metering begins. */
export function settleActive(
  work: ServerWork,
  server: ServerRecord,
  more: ServerChange = {},
  also?: Ending['also'],
): Promise<boolean> {
  const change: ServerChange = {
    vm_state: 'active',
    task_state: null,
    power_state: powerStates.running,
    fault: null,
    admin_pass: null,
    launched_at: server.launchedAt ?? work.clock.now(),
    ...more,
  };
  return settle(work, server, change, { also, event: server.vmState === 'active' ? undefined : 'started' });
}

/** SHUTOFF. */
export function settleStopped(
  work: ServerWork,
  server: ServerRecord,
  more: ServerChange = {},
  also?: Ending['also'],
): Promise<boolean> {
  const change: ServerChange = { vm_state: 'stopped', task_state: null, power_state: powerStates.shutdown, ...more };
  return settle(work, server, change, { also, event: server.vmState === 'stopped' ? undefined : 'stopped' });
}

/** PAUSED or SUSPENDED. */
export function settleHeld(work: ServerWork, server: ServerRecord, vmState: 'paused' | 'suspended'): Promise<boolean> {
  return settle(work, server, { vm_state: vmState, task_state: null, power_state: powerStates[vmState] });
}

/** ACTIVE or SHUTOFF. */
export function settleAs(
  work: ServerWork,
  server: ServerRecord,
  vmState: 'active' | 'stopped',
  more: ServerChange = {},
  also?: Ending['also'],
): Promise<boolean> {
  return vmState === 'active'
    ? settleActive(work, server, more, also)
    : settleStopped(work, server, { admin_pass: null, fault: null, ...more }, also);
}

/** ERROR, and why. */
export function settleError(
  work: ServerWork,
  server: ServerRecord,
  message: string,
  more: ServerChange = {},
  also?: Ending['also'],
): Promise<boolean> {
  const fault = { code: 500, message: message.slice(0, 255), created: work.clock.now().toISOString() };
  return settle(work, server, { vm_state: 'error', task_state: null, fault, ...more }, { also });
}
