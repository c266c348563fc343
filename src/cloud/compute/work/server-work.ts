import { type Context, projectContext } from '../../../kernel/access/context.ts';
import type { Clock } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/log.ts';
import type { Sealer } from '../../../kernel/base/sealing.ts';
import type { Store } from '../../../kernel/store/index.ts';
import type { Later } from '../../../kernel/work/index.ts';
import type { ServerImages, ServerNetworks } from '../collaborators.ts';
import type { Overcommit } from '../domain/placement.ts';
import type { ServerRecord } from '../domain/server.ts';
import { powerStates } from '../domain/states.ts';
import { emitServer } from '../events.ts';
import type { Hypervisor } from '../ports.ts';
import { finishActions } from '../store/actions.ts';
import { changeServer, findServer, type ServerChange } from '../store/servers.ts';

/** What the steps of a server's reconciler work with. */
export interface ServerWork {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly hypervisor: Hypervisor;
  readonly networks: ServerNetworks;
  readonly images: ServerImages;
  /** Opens initial passwords. */
  readonly sealer: Sealer;
  /** The name of the host that `hypervisor` is. */
  readonly hostName: string;
  readonly overcommit: Overcommit;
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

/**
 * Writes that the step is done, unless the server's state changed meanwhile (its deletion was asked for): then false, and
 * the next look decides anew. `event` is emitted with the server as it then is.
 */
export async function settle(
  work: ServerWork,
  server: ServerRecord,
  change: ServerChange,
  event?: 'started' | 'stopped',
): Promise<boolean> {
  const now = work.clock.now();
  return work.store.transact(async (tx) => {
    if (!(await changeServer(tx, server.id, { ...change, updated_at: now }, server))) return false;
    const failed = change.vm_state === 'error';
    if (change.task_state === null) {
      await finishActions(tx, server.id, { finished_at: now, result: failed ? 'Error' : 'Success' });
    }
    const after = event && (await findServer(tx, server.id));
    if (event !== undefined && after !== undefined) await emitServer(tx, event, after, now);
    return true;
  });
}

/** ACTIVE, with its guest running; the first time, metering begins. */
export function settleActive(work: ServerWork, server: ServerRecord, more: ServerChange = {}): Promise<boolean> {
  const change: ServerChange = {
    vm_state: 'active',
    task_state: null,
    power_state: powerStates.running,
    fault: null,
    admin_pass: null,
    launched_at: server.launchedAt ?? work.clock.now(),
    ...more,
  };
  return settle(work, server, change, server.vmState === 'active' ? undefined : 'started');
}

/** SHUTOFF. */
export function settleStopped(work: ServerWork, server: ServerRecord): Promise<boolean> {
  const change: ServerChange = { vm_state: 'stopped', task_state: null, power_state: powerStates.shutdown };
  return settle(work, server, change, server.vmState === 'stopped' ? undefined : 'stopped');
}

/** ERROR, and why. */
export function settleError(
  work: ServerWork,
  server: ServerRecord,
  message: string,
  more: ServerChange = {},
): Promise<boolean> {
  const fault = { code: 500, message: message.slice(0, 255), created: work.clock.now().toISOString() };
  return settle(work, server, { vm_state: 'error', task_state: null, fault, ...more });
}
