import type { LocalizedText } from '../../../kernel/base/i18n.ts';
import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { Operation, OutputsSchema, Values } from '../domain/fulfilment.ts';

/** `open` → `claimed` → `done` or `refused`; `cancelled` when nobody needs it any more. */
export type TaskState = 'open' | 'claimed' | 'done' | 'refused' | 'cancelled';

/** Work for a person. */
export interface Task {
  readonly id: string;
  readonly assigneeId: string;
  readonly subscriptionId: string;
  readonly instanceId: string;
  readonly operation: Operation;
  readonly title: LocalizedText;
  readonly instructions: LocalizedText;
  readonly parameters: Values;
  /** What whoever does it has to give. */
  readonly outputs: OutputsSchema;
  readonly state: TaskState;
  readonly claimedBy: string | null;
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface TaskTable {
  id: string;
  assignee_id: string;
  title: LocalizedText;
  instructions: LocalizedText;
  parameters: Values;
  state: TaskState;
  claimed_by: string | null;
  reason: string | null;
  created_at: Date;
  updated_at: Date;
}

interface Tables {
  'market_fulfilment.task': TaskTable;
  'market_fulfilment.operation': {
    id: string;
    subscription_id: string;
    instance_id: string;
    operation: Operation;
    outputs: OutputsSchema;
  };
}

const json = (value: unknown) => sql<never>`${JSON.stringify(value)}::jsonb`;

/** What a new task is made of; the rest is its operation's. */
export type NewTask = Pick<Task, 'id' | 'assigneeId' | 'title' | 'instructions' | 'parameters' | 'createdAt'>;

/** Makes the task of an operation, once. */
export async function ensureTask(db: Connection, task: NewTask): Promise<void> {
  await tables<Tables>(db)
    .insertInto('market_fulfilment.task')
    .values({
      id: task.id,
      assignee_id: task.assigneeId,
      title: json(task.title),
      instructions: json(task.instructions),
      parameters: json(task.parameters),
      state: 'open',
      created_at: task.createdAt,
      updated_at: task.createdAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

const select = (db: Connection) =>
  tables<Tables>(db)
    .selectFrom('market_fulfilment.task as t')
    .innerJoin('market_fulfilment.operation as o', 'o.id', 't.id')
    .selectAll('t')
    .select(['o.subscription_id', 'o.instance_id', 'o.operation', 'o.outputs']);

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number];

const taskOf = (row: Row): Task => ({
  id: row.id,
  assigneeId: row.assignee_id,
  subscriptionId: row.subscription_id,
  instanceId: row.instance_id,
  operation: row.operation,
  title: row.title,
  instructions: row.instructions,
  parameters: row.parameters,
  outputs: row.outputs,
  state: row.state,
  claimedBy: row.claimed_by,
  reason: row.reason,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export async function findTask(db: Connection, id: string): Promise<Task | undefined> {
  const row = await select(db).where('t.id', '=', id).executeTakeFirst();
  return row && taskOf(row);
}

/** Tasks of an instance that somebody may still do. */
export async function openTasksOf(db: Connection, instanceId: string): Promise<Task[]> {
  const rows = await select(db)
    .where('o.instance_id', '=', instanceId)
    .where('t.state', 'in', ['open', 'claimed'])
    .execute();
  return rows.map(taskOf);
}

/** Whether somebody has done something for that instance. */
export async function wasDone(db: Connection, instanceId: string): Promise<boolean> {
  const row = await select(db).where('o.instance_id', '=', instanceId).where('t.state', '=', 'done').executeTakeFirst();
  return row !== undefined;
}

/** Tasks of these assignees, or all with null; in one state, if said. */
export async function listTasks(
  db: Connection,
  filter: { assigneeIds: readonly string[] | null; state?: TaskState | undefined; limit: number; after: string },
): Promise<Task[]> {
  if (filter.assigneeIds?.length === 0) return [];
  let query = select(db).where('t.id', '>', filter.after);
  if (filter.assigneeIds !== null) query = query.where('t.assignee_id', 'in', [...filter.assigneeIds]);
  if (filter.state !== undefined) query = query.where('t.state', '=', filter.state);
  return (await query.orderBy('t.id').limit(filter.limit).execute()).map(taskOf);
}

/** Moves a task from one of these states; false when it is in another. */
export async function moveTask(
  tx: Tx,
  id: string,
  from: readonly TaskState[],
  to: { state: TaskState; claimedBy?: string | null; reason?: string },
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tables<Tables>(tx)
    .updateTable('market_fulfilment.task')
    .set({
      state: to.state,
      ...(to.claimedBy !== undefined && { claimed_by: to.claimedBy }),
      ...(to.reason !== undefined && { reason: to.reason }),
      updated_at: now,
    })
    .where('id', '=', id)
    .where('state', 'in', [...from])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
