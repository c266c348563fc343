import type { Context } from '../../../kernel/access/context.ts';
import { conflict, Fault, notFound } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import type { ServerRecord } from '../domain/server.ts';
import { type Action, begin } from '../domain/states.ts';
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
  const server = isUuid(id) ? await findServer(connection, id, lock) : undefined;
  const visible = server !== undefined && (context.isAdmin || server.projectId === context.projectId);
  if (!visible || server.vmState === 'deleted') {
    throw new Fault('notFound', `Instance ${id.slice(0, 64)} could not be found.`);
  }
  return server;
}

/** How Nova calls each action among a server's actions. */
const actionNames: Readonly<Record<Action, string>> = {
  start: 'start',
  stop: 'stop',
  softReboot: 'reboot',
  hardReboot: 'reboot',
  delete: 'delete',
};

/** Begins an action; the reconciler does it. 409 says which state stands in the way. */
export async function act(settings: ComputeSettings, context: Context, id: string, action: Action): Promise<void> {
  const { store, work, clock } = settings;
  await store.transact(async (tx) => {
    const server = await visibleServer(tx, context, id, 'update');
    refuseLocked(context, server);
    if (action === 'delete' && server.taskState === 'deleting') return;
    const verdict = begin(action, server);
    const name = actionNames[action];
    const impossible = server.launchedAt === null && action !== 'delete';
    if ('refused' in verdict || impossible) {
      const why = 'refused' in verdict ? verdict.refused : 'vm_state error';
      throw conflict(`Cannot '${name}' instance ${id} while it is in ${why}`);
    }
    const now = clock.now();
    await changeServer(tx, id, { task_state: verdict.task, updated_at: now });
    await recordAction(tx, context, server, name, now);
    if (action === 'delete') await emitServer(tx, 'deleted', server, now);
    await work.wake(tx, serverReconciler, id);
  });
}

function refuseLocked(context: Context, server: ServerRecord): void {
  if (server.lockedBy !== null && !context.isAdmin) throw conflict(`Instance ${server.id} is locked`);
}

function recordAction(tx: Tx, context: Context, server: ServerRecord, action: string, now: Date): Promise<void> {
  return insertAction(tx, {
    server_id: server.id,
    action,
    request_id: context.requestId,
    user_id: context.userId,
    project_id: context.projectId ?? server.projectId,
    started_at: now,
  });
}

/** Changes what is only kept, never told to the engine: name, description, addresses to show, metadata. */
export async function updateServer(
  { store, clock }: ComputeSettings,
  context: Context,
  id: string,
  change: (server: ServerRecord) => ServerChange,
): Promise<ServerRecord> {
  return store.transact(async (tx) => {
    const server = await visibleServer(tx, context, id, 'update');
    await changeServer(tx, id, { ...change(server), updated_at: clock.now() });
    const after = await findServer(tx, id);
    if (after === undefined) throw notFound('Server', id);
    return after;
  });
}
