import { newId } from '../../../kernel/base/ids.ts';
import { type Connection, emit, type Tx, tables } from '../../../kernel/store/index.ts';
import type {
  Action,
  EventRow,
  NewResource,
  NewStack,
  OrchestrationTables,
  ResourceRow,
  StackRow,
  Status,
} from './tables.ts';

const on = (connection: Connection) => tables<OrchestrationTables>(connection);

export async function insertStack(tx: Tx, stack: NewStack, resources: readonly NewResource[]): Promise<void> {
  await on(tx).insertInto('orchestration.stack').values(stack).execute();
  if (resources.length > 0)
    await on(tx)
      .insertInto('orchestration.resource')
      .values([...resources])
      .execute();
}

/** A stack of the project by name or id; deleted ones by id only, as Heat shows them. */
export async function findStack(
  connection: Connection,
  projectId: string,
  key: { id: string } | { name: string },
): Promise<StackRow | undefined> {
  const query = on(connection).selectFrom('orchestration.stack').selectAll().where('project_id', '=', projectId);
  const found =
    'id' in key ? query.where('id', '=', key.id) : query.where('name', '=', key.name).where('deleted_at', 'is', null);
  return (await found.executeTakeFirst()) as StackRow | undefined;
}

/** The stack, held until the transaction ends. */
export async function lockStack(tx: Tx, id: string): Promise<StackRow | undefined> {
  const query = on(tx).selectFrom('orchestration.stack').selectAll().where('id', '=', id).forUpdate();
  return (await query.executeTakeFirst()) as StackRow | undefined;
}

export async function getStack(connection: Connection, id: string): Promise<StackRow | undefined> {
  const query = on(connection).selectFrom('orchestration.stack').selectAll().where('id', '=', id);
  return (await query.executeTakeFirst()) as StackRow | undefined;
}

export interface StackFilter {
  readonly projectId: string;
  readonly names?: readonly string[];
  readonly ids?: readonly string[];
  /** e.g. `CREATE_COMPLETE` or `COMPLETE`. */
  readonly statuses?: readonly string[];
  readonly limit: number;
  readonly marker?: StackRow;
}

/** Stacks that are not deleted, newest first. */
export async function listStacks(connection: Connection, filter: StackFilter): Promise<StackRow[]> {
  let query = on(connection)
    .selectFrom('orchestration.stack')
    .selectAll()
    .where('project_id', '=', filter.projectId)
    .where('deleted_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit);
  const { names, ids, statuses, marker } = filter;
  if (names !== undefined) query = query.where('name', 'in', [...names]);
  if (ids !== undefined) query = query.where('id', 'in', [...ids]);
  if (statuses !== undefined)
    query = query.where('status', 'in', statuses.map((text) => text.split('_').slice(-1)[0]) as Status[]);
  if (marker !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at', 'id'), '<', tuple(marker.created_at, marker.id)),
    );
  }
  return (await query.execute()) as unknown as StackRow[];
}

export interface StackChange {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly action: Action;
  readonly status: Status;
  readonly reason: string;
  readonly time: Date;
}

/** Sets a stack's state, notes it among its events and tells it. */
export async function setStackState(tx: Tx, change: StackChange): Promise<void> {
  const { id, name, projectId, action, status, reason, time } = change;
  const gone = action === 'DELETE' && status === 'COMPLETE';
  await on(tx)
    .updateTable('orchestration.stack')
    .set({ action, status, status_reason: reason, updated_at: time, ...(gone ? { deleted_at: time } : {}) })
    .where('id', '=', id)
    .execute();
  await insertEvent(tx, {
    stackId: id,
    resourceName: name,
    physicalId: id,
    type: 'OS::Heat::Stack',
    action,
    status,
    reason,
    time,
  });
  const type = `andromede.orchestration.stack.${action.toLowerCase()}-${status.toLowerCase().replace('_', '-')}.v1`;
  await emit(tx, { type, subject: id, time, data: { stackId: id, name, projectId, action, status, reason } });
}

export async function setStackWorkflow(tx: Tx, id: string, workflowId: string): Promise<void> {
  await on(tx).updateTable('orchestration.stack').set({ workflow_id: workflowId }).where('id', '=', id).execute();
}

export async function listResources(connection: Connection, stackId: string): Promise<ResourceRow[]> {
  const query = on(connection).selectFrom('orchestration.resource').selectAll().where('stack_id', '=', stackId);
  return (await query.orderBy('created_at').orderBy('name').execute()) as unknown as ResourceRow[];
}

export interface ResourceChange {
  readonly stackId: string;
  readonly name: string;
  readonly type: string;
  readonly physicalId: string;
  readonly data?: string | null;
  readonly action: Action;
  readonly status: Status;
  readonly reason: string;
  readonly time: Date;
}

/** Sets a resource's state and notes it among the stack's events. */
export async function setResourceState(tx: Tx, change: ResourceChange): Promise<void> {
  const { stackId, name, physicalId, data, action, status, reason, time } = change;
  await on(tx)
    .updateTable('orchestration.resource')
    .set({
      physical_id: physicalId,
      action,
      status,
      status_reason: reason,
      updated_at: time,
      ...(data === undefined ? {} : { data }),
    })
    .where('stack_id', '=', stackId)
    .where('name', '=', name)
    .execute();
  await insertEvent(tx, { ...change, resourceName: name });
}

interface NewEvent {
  readonly stackId: string;
  readonly resourceName: string;
  readonly physicalId: string;
  readonly type: string;
  readonly action: Action;
  readonly status: Status;
  readonly reason: string;
  readonly time: Date;
}

async function insertEvent(tx: Tx, event: NewEvent): Promise<void> {
  const { stackId, resourceName, physicalId, type, action, status, reason, time } = event;
  await on(tx)
    .insertInto('orchestration.event')
    .values({
      id: newId(),
      stack_id: stackId,
      resource_name: resourceName,
      physical_id: physicalId,
      ...{ type, action, status, reason, time },
    })
    .execute();
}

/** A stack's events, oldest first; of one resource when it is named. */
export async function listEvents(
  connection: Connection,
  stackId: string,
  options: { resourceName?: string; limit: number; after?: bigint },
): Promise<EventRow[]> {
  let query = on(connection).selectFrom('orchestration.event').selectAll().where('stack_id', '=', stackId);
  if (options.resourceName !== undefined) query = query.where('resource_name', '=', options.resourceName);
  if (options.after !== undefined) query = query.where('seq', '>', options.after);
  return query.orderBy('seq').limit(options.limit).execute();
}

export async function findEvent(connection: Connection, stackId: string, id: string): Promise<EventRow | undefined> {
  const query = on(connection).selectFrom('orchestration.event').selectAll();
  return query.where('stack_id', '=', stackId).where('id', '=', id).executeTakeFirst();
}
