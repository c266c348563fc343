import { Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { IdSchema, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { notifyWorkflow } from '../../../kernel/work/index.ts';
import type { FulfilmentParts } from '../index.ts';
import { type End, endOperation, findOperation, noteProgress } from '../store/operations.ts';
import { findTask, listTasks, moveTask, type Task, type TaskState } from '../store/tasks.ts';
import { fulfilmentTexts } from '../texts.ts';
import { outcomeOf } from './outcome.ts';

const closed = { additionalProperties: false };
const Params = Type.Object({ taskId: IdSchema });
const TaskQuery = Type.Object(
  {
    ...PageQuery.properties,
    state: Type.Optional(Type.Enum(['open', 'claimed', 'done', 'refused', 'cancelled'])),
  },
  closed,
);
const Completed = Type.Object({ outputs: Type.Optional(Type.Record(Type.String(), Type.Unknown())) }, closed);
const Refused = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 1000 }) }, closed);

/** The inbox of those who do what no machine does. */
export function taskRoutes(deps: FulfilmentParts): Route[] {
  const { store, clock, idempotency, trust, partners, work, sealer } = deps;

  /** The task for its assignee's people and the operator. */
  async function own(context: Context, id: string): Promise<Task> {
    const task = await findTask(store.db, id);
    if (task !== undefined && (await partners.maySee(context, task.assigneeId))) return task;
    throw new Fault('notFound', fulfilmentTexts(context.language).taskNotFound(id));
  }

  /** Claims it, or gives it back: then whoever waits sees who has it. */
  async function hand(context: Context, id: string, to: 'claimed' | 'open'): Promise<Task> {
    const task = await own(context, id);
    const texts = fulfilmentTexts(context.language);
    if (to === 'claimed' && task.claimedBy === context.userId && task.state === 'claimed') return task;
    if (to === 'open' && task.claimedBy !== context.userId) throw conflict(texts.notYours);
    const at = clock.now();
    await store.transact(async (tx) => {
      const claimedBy = to === 'claimed' ? context.userId : null;
      const from: TaskState = to === 'claimed' ? 'open' : 'claimed';
      if (!(await moveTask(tx, id, [from], { state: to, claimedBy }, at)))
        throw conflict(texts.taskNotOpen(task.state));
      const operation = await findOperation(tx, id);
      const note = to === 'claimed' ? context.userName : null;
      if (operation === undefined) return;
      await noteProgress(tx, id, { waitsFor: 'person', note, memory: operation.memory }, at);
      await notifyWorkflow(tx, operation.workflowId);
      await record(tx, task, to === 'claimed' ? 'claimed' : 'released', context, at);
    });
    return own(context, id);
  }

  async function end(context: Context, id: string, outcome: 'done' | 'refused', how: End): Promise<Task> {
    const task = await own(context, id);
    const texts = fulfilmentTexts(context.language);
    if (task.state === outcome) return task;
    if (task.state !== 'claimed')
      throw conflict(task.state === 'open' ? texts.notYours : texts.taskNotOpen(task.state));
    if (task.claimedBy !== context.userId) throw conflict(texts.notYours);
    const at = clock.now();
    await store.transact(async (tx) => {
      const reason = 'failed' in how ? { reason: how.failed } : {};
      if (!(await moveTask(tx, id, ['claimed'], { state: outcome, ...reason }, at))) {
        throw conflict(texts.taskNotOpen(task.state));
      }
      if ((await endOperation(tx, sealer.results, id, how, at)) === 'over') throw conflict(texts.operationOver);
      await record(tx, task, outcome, context, at);
      const operation = await findOperation(tx, id);
      if (operation !== undefined) await work.resume(tx, operation.workflowId);
    });
    return own(context, id);
  }

  function record(tx: Parameters<typeof trust.record>[0], task: Task, what: string, context: Context, at: Date) {
    const payload = { operation: task.operation, instanceId: task.instanceId, by: context.userId };
    const parties = [task.assigneeId];
    return trust.record(tx, { kind: `market.task.${what}`, subject: task.id, at, payload, parties });
  }

  async function complete(context: Context, id: string, told: Readonly<Record<string, unknown>>): Promise<Task> {
    const task = await own(context, id);
    return end(context, id, 'done', outcomeOf(task, told, fulfilmentTexts(context.language)));
  }

  const act = { policy: policies.authenticated, params: Params } as const;
  return [
    route({
      method: 'GET',
      path: '/v1/tasks',
      operation: 'market:tasks:list',
      policy: policies.authenticated,
      query: TaskQuery,
      async handler(request) {
        const context = caller(request);
        const { state } = request.query;
        const all = await partners.isOperator(context);
        const own = await partners.organisationsOf(context);
        const assigneeIds = all ? null : own.map(({ id }) => id);
        const tasks = await listTasks(store.db, { ...pageBounds(request.query), assigneeIds, state });
        return pageOf(request.query, tasks);
      },
    }),
    route({
      ...act,
      ...{ method: 'GET', path: '/v1/tasks/:taskId', operation: 'market:tasks:get' },
      handler: (request) => own(caller(request), request.params.taskId),
    }),
    idempotency.post({
      ...act,
      ...{ path: '/v1/tasks/:taskId/claim', operation: 'market:tasks:claim' },
      handler: (request) => hand(caller(request), request.params.taskId, 'claimed'),
    }),
    idempotency.post({
      ...act,
      ...{ path: '/v1/tasks/:taskId/release', operation: 'market:tasks:release' },
      handler: (request) => hand(caller(request), request.params.taskId, 'open'),
    }),
    idempotency.post({
      ...act,
      ...{ path: '/v1/tasks/:taskId/complete', operation: 'market:tasks:complete', body: Completed },
      handler: (request) => complete(caller(request), request.params.taskId, request.body.outputs ?? {}),
    }),
    idempotency.post({
      ...act,
      ...{ path: '/v1/tasks/:taskId/refuse', operation: 'market:tasks:refuse', body: Refused },
      handler: (request) => end(caller(request), request.params.taskId, 'refused', { failed: request.body.reason }),
    }),
  ];
}
