import type { Context } from '../../../kernel/access/context.ts';
import { conflict, Fault, notFound } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import { type Action, actionName, begin } from '../domain/actions.ts';
import type { ServerRecord } from '../domain/server.ts';
import type { TaskState } from '../domain/states.ts';
import { emitServer } from '../events.ts';
import { insertAction } from '../store/actions.ts';
import { changeServer, findServer, type ServerChange } from '../store/servers.ts';
import { serverReconciler } from '../work/reconcile-server.ts';
import type { ComputeSettings } from './settings.ts';

/** The server, unless it was deleted or is another project's: then `notFound`. */
export async function visibleServer(
  connection: Connection,
  context: Context,
  id: string,
  lock?: 'update',
): Promise<ServerRecord> {
  const server = await knownServer(connection, context, id, lock);
  if (server.vmState === 'deleted') throw serverNotFound(id);
  return server;
}

/** The same, be it deleted. */
export async function knownServer(
  connection: Connection,
  context: Context,
  id: string,
  lock?: 'update',
): Promise<ServerRecord> {
  const server = isUuid(id) ? await findServer(connection, id, lock) : undefined;
  const visible = server !== undefined && (context.isAdmin || server.projectId === context.projectId);
  if (!visible) throw serverNotFound(id);
  return server;
}

function serverNotFound(id: string): Fault {
  return new Fault('notFound', `Instance ${id.slice(0, 64)} could not be found.`);
}

/** What an action changes besides the task, in its transaction. */
export type Prepare = (server: ServerRecord, tx: Tx, now: Date) => Promise<ServerChange> | ServerChange;

/** Begins an action; the reconciler does it. 409 says which state stands in the way. Answers the server as it then is. */
export async function act(
  settings: ComputeSettings,
  context: Context,
  id: string,
  action: Action,
  prepare?: Prepare,
): Promise<ServerRecord> {
  return settings.store.transact(async (tx) => {
    const server = await visibleServer(tx, context, id, 'update');
    refuseLocked(context, server);
    if (action === 'delete' && server.taskState === 'deleting') return server;
    const task = taskOf(action, server);
    const now = settings.clock.now();
    const change = (await prepare?.(server, tx, now)) ?? {};
    const after = await changeTo(tx, server, { ...change, task_state: task, updated_at: now });
    await recordAction(tx, context, server, actionName(action), now);
    if (action === 'delete') await emitServer(tx, 'deleted', server, now);
    await settings.work.wake(tx, serverReconciler, id);
    return after;
  });
}

function taskOf(action: Action, server: ServerRecord): TaskState {
  const verdict = begin(action, server);
  const why =
    'refused' in verdict
      ? verdict.refused
      : server.launchedAt === null && action !== 'delete'
        ? 'vm_state error'
        : undefined;
  if ('refused' in verdict || why !== undefined) throw stateConflict(actionName(action), server.id, why ?? '');
  return verdict.task;
}

/** 409 in Nova's words. */
export function stateConflict(action: string, id: string, why: string): Fault {
  return conflict(`Cannot '${action}' instance ${id} while it is in ${why}`);
}

/** Writes the change and answers the server as it then is. */
export async function changeTo(tx: Tx, server: ServerRecord, change: ServerChange): Promise<ServerRecord> {
  await changeServer(tx, server.id, change);
  const after = await findServer(tx, server.id);
  if (after === undefined) throw notFound('Instance', server.id);
  return after;
}

/** Only an administrator may touch a server that is locked. */
export function refuseLocked(context: Context, server: ServerRecord): void {
  if (server.lockedBy !== null && !context.isAdmin) throw conflict(`Instance ${server.id} is locked`);
}

/** Records that something was asked of the server; it goes on unless `done` says that it has happened. */
export function recordAction(
  tx: Tx,
  context: Context,
  server: ServerRecord,
  action: string,
  now: Date,
  done = false,
): Promise<void> {
  return insertAction(tx, {
    server_id: server.id,
    action,
    request_id: context.requestId,
    user_id: context.userId,
    project_id: context.projectId ?? server.projectId,
    started_at: now,
    ...(done ? { finished_at: now, result: 'Success' } : {}),
  });
}

/** Changes what is only kept, never told to the engine: name, description, addresses to show, metadata. */
export async function updateServer(
  { store, clock }: ComputeSettings,
  context: Context,
  id: string,
  change: (server: ServerRecord) => Promise<ServerChange> | ServerChange,
): Promise<ServerRecord> {
  return store.transact(async (tx) => {
    const server = await visibleServer(tx, context, id, 'update');
    return changeTo(tx, server, { ...(await change(server)), updated_at: clock.now() });
  });
}

/** Sets the state by an administrator's word, when nobody works on the server any more. */
export async function resetState(
  { store, clock, work }: ComputeSettings,
  context: Context,
  id: string,
  vmState: 'active' | 'error',
): Promise<void> {
  await store.transact(async (tx) => {
    const server = await visibleServer(tx, context, id, 'update');
    const now = clock.now();
    await changeTo(tx, server, { vm_state: vmState, task_state: null, updated_at: now });
    await recordAction(tx, context, server, 'reset_state', now, true);
    await work.wake(tx, serverReconciler, id);
  });
}
