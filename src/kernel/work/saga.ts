import { sql } from 'kysely';
import type { Clock } from '../base/clock.ts';
import { asFault } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { traced, within } from '../base/tracing.ts';
import type { Store, Tx } from '../store/index.ts';
import type { CrashPoint } from './faults.ts';
import { dependencies, Later, type RecordedFault, type Step, type StepContext, type Workflow } from './workflow.ts';

interface WorkflowRow {
  id: string;
  name: string;
  input: unknown;
  state: 'running' | 'undoing' | 'done' | 'undone' | 'cancelled';
  fault: RecordedFault | null;
  traceparent: string | null;
}

interface StepRow {
  name: string;
  state: 'trying' | 'done' | 'undone';
  attempts: number;
  result: unknown;
}

/** What driving a saga needs. */
export interface SagaDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly crashPoint: CrashPoint;
  readonly find: (name: string) => Workflow<unknown> | undefined;
}

const defaultAttempts = 10;

/** Notified with a workflow's id whenever it gets further, so that whoever shows it need not ask. */
export const workflowChannel = 'kernel_workflow';

export async function notifyWorkflow(tx: Tx, id: string): Promise<void> {
  await sql`select pg_notify(${workflowChannel}, ${id})`.execute(tx);
}

/** 0.2 s, 0.4 s, … at most 30 s. */
export function backoff(attempt: number): number {
  return Math.min(200 * 2 ** Math.min(attempt - 1, 10), 30_000);
}

/** Drives one saga as far as it goes now; answers after how many milliseconds to drive it again, if at all. */
export async function driveSaga(deps: SagaDeps, id: string): Promise<number | undefined> {
  const saga = await load(deps, id);
  if (saga === undefined) return undefined;
  const { name, traceparent } = saga.row;
  return within(traceparent ?? undefined, () =>
    traced(name, { attributes: { 'workflow.id': id } }, async () => {
      const delay = saga.row.state === 'running' ? await forward(deps, saga) : undefined;
      if (delay !== undefined) return delay;
      const again = await load(deps, id);
      return again?.row.state === 'undoing' ? backward(deps, again) : undefined;
    }),
  );
}

/** A span a step, each time that it is tried. */
function tracedStep<R>(
  saga: Saga,
  step: Step<unknown>,
  attempt: number,
  what: 'run' | 'undo',
  work: () => Promise<R>,
): Promise<R> {
  const name = `${saga.row.name}/${step.name}${what === 'undo' ? '/undo' : ''}`;
  return traced(name, { attributes: { 'workflow.id': saga.row.id, 'step.attempt': attempt } }, work);
}

interface Saga {
  readonly row: WorkflowRow;
  readonly workflow: Workflow<unknown>;
  readonly steps: readonly Step<unknown>[];
  readonly records: Map<string, StepRow>;
  readonly results: Record<string, unknown>;
}

async function load({ store, find, log }: SagaDeps, id: string): Promise<Saga | undefined> {
  const { rows } =
    await sql<WorkflowRow>`select id, name, input, state, fault, traceparent from kernel.workflow where id = ${id}`.execute(
      store.db,
    );
  const row = rows[0];
  if (row === undefined || (row.state !== 'running' && row.state !== 'undoing')) return undefined;
  const workflow = find(row.name);
  if (workflow === undefined) {
    log.error({ workflow: row.name, id }, 'no such workflow in this version; it waits for one that has it');
    return undefined;
  }
  const { rows: records } = await sql<StepRow>`
    select name, state, attempts, result from kernel.workflow_step where workflow_id = ${id}`.execute(store.db);
  return {
    row,
    workflow,
    steps: workflow.steps(row.input),
    records: new Map(records.map((record) => [record.name, record])),
    results: Object.fromEntries(
      records.filter(({ state }) => state === 'done').map(({ name, result }) => [name, result]),
    ),
  };
}

function contextOf(deps: SagaDeps, saga: Saga, step: string, attempt: number): StepContext<unknown> {
  return {
    workflowId: saga.row.id,
    input: saga.row.input,
    results: saga.results,
    key: `${saga.row.id}/${step}`,
    attempt,
    log: deps.log.child({ workflow: saga.row.name, workflowId: saga.row.id, step }),
    now: () => deps.clock.now(),
  };
}

/** How one step went: done, or to be looked at again, or failed for good. */
type Outcome = { kind: 'done' } | { kind: 'again'; ms: number } | { kind: 'failed' } | { kind: 'stopped' };

/** Runs every step as soon as those before it are done; answers when to go on, undefined when there is nothing left. */
async function forward(deps: SagaDeps, saga: Saga): Promise<number | undefined> {
  const before = dependencies(saga.steps);
  const outcomes = new Map<string, Promise<Outcome>>();
  let halted = false;
  for (const step of saga.steps) {
    const waits = (before.get(step.name) ?? []).map((name) => outcomes.get(name));
    outcomes.set(
      step.name,
      Promise.all(waits).then(async (done): Promise<Outcome> => {
        if (halted || done.some((outcome) => outcome?.kind !== 'done')) return { kind: 'stopped' };
        const outcome = await runStep(deps, saga, step);
        if (outcome.kind === 'failed') halted = true;
        return outcome;
      }),
    );
  }
  const ends = await settled([...outcomes.values()]);
  if (ends.some(({ kind }) => kind === 'failed')) return undefined;
  const delays = ends.filter((outcome) => outcome.kind === 'again').map(({ ms }) => ms);
  if (delays.length > 0) return Math.min(...delays);
  if (ends.every(({ kind }) => kind === 'done')) await finish(deps, saga);
  return undefined;
}

/** Waits for every step even when one throws (a lost database): nothing may still be running when we give up. */
async function settled(outcomes: readonly Promise<Outcome>[]): Promise<Outcome[]> {
  const results = await Promise.allSettled(outcomes);
  const thrown = results.find((result) => result.status === 'rejected');
  if (thrown !== undefined) throw thrown.reason;
  return results.map((result) => (result as PromiseFulfilledResult<Outcome>).value);
}

async function runStep(deps: SagaDeps, saga: Saga, step: Step<unknown>): Promise<Outcome> {
  const record = saga.records.get(step.name);
  if (record?.state === 'done') return { kind: 'done' };
  const attempt = (record?.attempts ?? 0) + 1;
  const context = contextOf(deps, saga, step.name, attempt);
  const point = `${saga.row.name}/${step.name}`;
  const begun = await beginStep(deps, saga.row.id, step.name, record === undefined);
  if (!begun) return { kind: 'stopped' };
  try {
    deps.crashPoint(point, 'before-effect');
    const result = await tracedStep(saga, step, attempt, 'run', () => step.run(context));
    deps.crashPoint(point, 'after-effect');
    if (result instanceof Later) return { kind: 'again', ms: result.ms };
    await deps.store.transact(async (tx) => {
      await recordStep(tx, deps, saga.row.id, step.name, 'done', result);
      await step.commit?.(tx, context, result);
    });
    saga.results[step.name] = result;
    deps.crashPoint(point, 'after-record');
    return { kind: 'done' };
  } catch (error) {
    return failStep(deps, saga, step, attempt, error);
  }
}

/** Notes that the effect may happen from now on, so that it is undone; false when the saga was cancelled meanwhile. */
async function beginStep(deps: SagaDeps, id: string, name: string, first: boolean): Promise<boolean> {
  return deps.store.transact(async (tx) => {
    const { rows } = await sql<{ state: string }>`select state from kernel.workflow where id = ${id} for share`.execute(
      tx,
    );
    if (rows[0]?.state !== 'running') return false;
    if (first) {
      await sql`insert into kernel.workflow_step (workflow_id, name, state, updated_at)
        values (${id}, ${name}, 'trying', ${deps.clock.now()}) on conflict do nothing`.execute(tx);
      await notifyWorkflow(tx, id);
    }
    return true;
  });
}

async function recordStep(
  tx: Tx,
  deps: SagaDeps,
  id: string,
  name: string,
  state: string,
  result: unknown,
): Promise<void> {
  await sql`update kernel.workflow_step set state = ${state}, result = ${JSON.stringify(result ?? null)}::jsonb, fault = null,
    updated_at = ${deps.clock.now()} where workflow_id = ${id} and name = ${name}`.execute(tx);
  await notifyWorkflow(tx, id);
}

async function failStep(
  deps: SagaDeps,
  saga: Saga,
  step: Step<unknown>,
  attempt: number,
  error: unknown,
): Promise<Outcome> {
  const fault = asFault(error);
  const final = !fault.retryable || attempt >= (step.attempts ?? defaultAttempts);
  const recorded: RecordedFault = { step: step.name, code: fault.code, message: fault.message };
  deps.log.warn(
    { workflow: saga.row.name, id: saga.row.id, step: step.name, attempt, final, detail: fault.detail },
    fault.message,
  );
  await deps.store.transact(async (tx) => {
    await sql`update kernel.workflow_step set attempts = ${attempt}, fault = ${fault.message}, updated_at = ${deps.clock.now()}
      where workflow_id = ${saga.row.id} and name = ${step.name}`.execute(tx);
    await notifyWorkflow(tx, saga.row.id);
    if (!final) return;
    await sql`update kernel.workflow set state = 'undoing', fault = ${JSON.stringify(recorded)}::jsonb, updated_at = ${deps.clock.now()}
      where id = ${saga.row.id} and state = 'running'`.execute(tx);
  });
  return final ? { kind: 'failed' } : { kind: 'again', ms: backoff(attempt) };
}

async function finish(deps: SagaDeps, saga: Saga): Promise<void> {
  await deps.store.transact(async (tx) => {
    const { rows } = await sql`update kernel.workflow set state = 'done', updated_at = ${deps.clock.now()}
      where id = ${saga.row.id} and state = 'running' returning id`.execute(tx);
    await notifyWorkflow(tx, saga.row.id);
    if (rows.length > 0) await saga.workflow.done?.(tx, contextOf(deps, saga, 'done', 1));
  });
}

/** Undoes, last first, every step whose effect may have happened. */
async function backward(deps: SagaDeps, saga: Saga): Promise<number | undefined> {
  for (const step of [...saga.steps].reverse()) {
    const record = saga.records.get(step.name);
    if (record === undefined || record.state === 'undone') continue;
    const attempt = record.state === 'trying' ? record.attempts + 1 : 1;
    const point = `${saga.row.name}/${step.name}/undo`;
    try {
      deps.crashPoint(point, 'before-effect');
      const context = contextOf(deps, saga, step.name, attempt);
      const result = await tracedStep(saga, step, attempt, 'undo', async () => step.undo?.(context));
      if (result instanceof Later) return result.ms;
      deps.crashPoint(point, 'after-effect');
      await deps.store.transact((tx) => recordStep(tx, deps, saga.row.id, step.name, 'undone', null));
      deps.crashPoint(point, 'after-record');
    } catch (error) {
      deps.log.error(
        { err: error, workflow: saga.row.name, id: saga.row.id, step: step.name },
        'could not undo; trying again',
      );
      return backoff(6);
    }
  }
  const fault = saga.row.fault ?? { step: '', code: 'conflict', message: 'cancelled' };
  await deps.store.transact(async (tx) => {
    const { rows } = await sql`update kernel.workflow set state = 'undone', updated_at = ${deps.clock.now()}
      where id = ${saga.row.id} and state = 'undoing' returning id`.execute(tx);
    await notifyWorkflow(tx, saga.row.id);
    if (rows.length > 0) await saga.workflow.undone?.(tx, contextOf(deps, saga, 'undone', 1), fault);
  });
  return undefined;
}
