import { type Runner, run, runMigrations, type WorkerPool } from 'graphile-worker';
import { sql } from 'kysely';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { traceparent } from '../base/tracing.ts';
import type { Migrations, Store, Tx } from '../store/index.ts';
import { type CrashPoint, noCrash } from './faults.ts';
import { createLease } from './leases.ts';
import { workerLogger } from './logger.ts';
import { driveSaga, notifyWorkflow } from './saga.ts';
import { wake, wakeningPool } from './wakenings.ts';
import type { Reconciler, RecordedFault, Workflow } from './workflow.ts';

export * from './faults.ts';
export { notifyWorkflow, workflowChannel } from './saga.ts';
export * from './workflow.ts';

/** The tables of workflows; after `storeMigrations`. */
export const workMigrations: Migrations = { context: 'kernel', directory: new URL('./migrations/', import.meta.url) };

/** How far a workflow is. */
export interface WorkflowStatus {
  readonly state: 'running' | 'undoing' | 'done' | 'undone' | 'cancelled';
  readonly fault: RecordedFault | null;
  readonly steps: readonly { readonly name: string; readonly state: string; readonly attempts: number }[];
}

/** Durable work of a process. Register everything, then `run`. */
export interface Work {
  register(workflow: Workflow<never>): void;
  registerReconciler(reconciler: Reconciler): void;
  /**
   * Starts a workflow when `tx` commits. The same id twice starts it once. Workflows with the same `queue` never run
   * at the same time (a stack's creation and its deletion).
   */
  start<I>(tx: Tx, workflow: Workflow<I>, options: { id: string; input: I; queue?: string }): Promise<void>;
  /** Stops a workflow before its next step; with `undo`, what it has done is taken back, else left as it is. */
  cancel(tx: Tx, id: string, options: { undo: boolean; reason: string }): Promise<void>;
  /** Has a workflow that waits (`later`) look again when `tx` commits: what it waits for has been told. */
  resume(tx: Tx, id: string): Promise<void>;
  status(id: string): Promise<WorkflowStatus | undefined>;
  /** Has the reconciler look at `key` when `tx` commits. */
  wake(tx: Tx, reconciler: string, key: string): Promise<void>;
  /** The same, outside a transaction: for what engines tell. */
  wakeNow(reconciler: string, key: string): Promise<void>;
  /** Works until `stop`. */
  run(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** Jobs at a time; 16 unless said. */
  readonly concurrency?: number;
  readonly crashPoint?: CrashPoint;
}

interface AddJob {
  task: string;
  key: string;
  queue: string;
  delayMs: number;
  /** A retry must not push back an earlier wake-up that came meanwhile. */
  keepEarlier: boolean;
}

async function addJob(tx: Tx | Store['db'], job: AddJob): Promise<void> {
  const { key } = job;
  await sql`select graphile_worker.add_job(
    identifier => ${job.task}, payload => ${JSON.stringify({ key })}::json, queue_name => ${job.queue},
    run_at => now() + ${job.delayMs} * interval '1 millisecond', job_key => ${`${job.task}:${job.key}`},
    job_key_mode => ${job.keepEarlier ? 'preserve_run_at' : 'replace'})`.execute(tx);
}

const workflowTask = 'workflow';
const leaseMs = 5_000;
const pollMs = 1_000;
const defaultSweepMs = 60_000;

/** Makes graphile-worker's tables; after `migrate`, before any `start` or `wake`. */
export async function migrateWork(store: Store, log: Logger): Promise<void> {
  await runMigrations({ pgPool: store.libraryPool, logger: workerLogger(log) });
  // Before kernel.wakening, what reconcilers were to look at were jobs.
  await sql`with old as (delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
      where t.id = j.task_id and t.identifier <> ${workflowTask} returning t.identifier, j.payload->>'key' as key)
    insert into kernel.wakening (reconciler, key) select identifier, key from old where key is not null
    on conflict do nothing`.execute(store.db);
}

/** Durable workflows and reconcilers on graphile-worker (see `decisions/durable-work.md`). */
export function createWork(options: WorkOptions): Work {
  const { store, clock, log } = options;
  const workflows = new Map<string, Workflow<unknown>>();
  const reconcilers = new Map<string, Reconciler>();
  const timers: NodeJS.Timeout[] = [];
  let runner: Runner | undefined;
  const lease = createLease(store, log);
  const concurrency = options.concurrency ?? 16;
  const wakenings = wakeningPool({ store, log, lease, reconcilers, concurrency });
  let stopping = false;

  const deps = {
    store,
    clock,
    log,
    crashPoint: options.crashPoint ?? noCrash,
    find: (name: string) => workflows.get(name),
  };

  let pool: WorkerPool | undefined;
  lease.events.on('pool:create', ({ workerPool }) => {
    pool = workerPool;
  });

  const underWay = new Set<string>();

  /**
   * Drives a workflow, unless that is being done already: the library takes a job that was begun hours ago for lost, and after
   * a jump of PostgreSQL's clock that may be any.
   */
  async function driveOnce({ key }: { key: string }): Promise<void> {
    if (underWay.has(key)) throw new Error(`the workflow ${key} is still under way`);
    underWay.add(key);
    await driveWorkflow({ key }).finally(() => underWay.delete(key));
  }

  /** Jobs with a time are only looked for once in `pollMs`: this has their time noticed when it comes. */
  async function addLater(job: AddJob): Promise<void> {
    await addJob(store.db, job);
    const timer = setTimeout(nudge, job.delayMs + 1);
    timer.unref();
  }

  function nudge(): void {
    try {
      pool?.nudge(1);
    } catch {
      // A pool that is ending refuses it by an assertion; the next one looks by itself when it starts.
    }
  }

  async function driveWorkflow({ key }: { key: string }): Promise<void> {
    const delay = await driveSaga(deps, key);
    if (delay === undefined) return;
    const queue = await queueOf(store, key);
    await addLater({ task: workflowTask, key, queue, delayMs: delay, keepEarlier: true });
  }

  async function sweep(reconciler: Reconciler): Promise<void> {
    const keys = (await reconciler.list?.()) ?? [];
    if (keys.length > 0) await wake(store.db, reconciler.name, keys);
  }

  /** Now, and then every `ms`; a failure is told and the next turn tries again. */
  function every(ms: number, what: string, look: () => Promise<void>): void {
    const turn = (): void =>
      void look().catch((error) => log.warn({ err: error, what }, 'could not sweep; trying again later'));
    turn();
    timers.push(setInterval(turn, ms));
  }

  /**
   * The library gives up when it cannot say how a job went, or after ten errors in a row (a database that restarts): then it
   * is started again, under another id, and the jobs of the former are given back.
   */
  async function startRunner(): Promise<void> {
    const started = await run({
      pgPool: store.libraryPool,
      // Else the library leaves a lost connection at the end of a job as an unhandled rejection, which ends the process.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      taskList: { [workflowTask]: (payload) => driveOnce(payload as { key: string }) },
      concurrency,
      noHandleSignals: true,
      pollInterval: pollMs,
      logger: workerLogger(log),
      events: lease.events,
    });
    runner = started;
    void started.promise
      .catch((error) => log.warn({ err: error }, 'the workers gave up; starting them again'))
      .then(() => {
        runner = undefined;
        return restartRunner();
      });
  }

  async function restartRunner(): Promise<void> {
    while (!stopping) {
      await clock.sleep(1000);
      try {
        return await startRunner();
      } catch (error) {
        log.warn({ err: error }, 'the workers cannot start yet');
      }
    }
  }

  return {
    register: (workflow) => void workflows.set(workflow.name, workflow as unknown as Workflow<unknown>),
    registerReconciler: (reconciler) => void reconcilers.set(reconciler.name, reconciler),
    start: (tx, workflow, { id, input, queue }) =>
      startWorkflow(tx, clock, workflow.name, id, input, queue ?? `workflow:${id}`),
    cancel: (tx, id, { undo, reason }) => cancelWorkflow(tx, clock, id, undo, reason),
    resume: (tx, id) => resumeWorkflow(tx, id),
    status: (id) => statusOf(store, id),
    wake: (tx, name, key) => wake(tx, name, [key]),
    wakeNow: (name, key) => wake(store.db, name, [key]),
    async run() {
      await lease.adoptDead();
      await startRunner();
      await wakenings.run();
      every(leaseMs, 'leases', () => lease.adoptDead());
      every(leaseMs, 'stranded jobs', () => freeStranded(store));
      every(defaultSweepMs, 'workflows', () => wakeUnfinished(store));
      every(defaultSweepMs, 'queues', () => forgetQueues(store));
      for (const reconciler of reconcilers.values()) {
        every(reconciler.sweepMs ?? defaultSweepMs, reconciler.name, () => sweep(reconciler));
      }
    },
    async stop() {
      stopping = true;
      for (const timer of timers) clearInterval(timer);
      await Promise.all([runner?.stop(), wakenings.stop()]);
      await lease.release();
    },
  };
}

async function startWorkflow(
  tx: Tx,
  clock: Clock,
  name: string,
  id: string,
  input: unknown,
  queue: string,
): Promise<void> {
  const { rows } = await sql`insert into kernel.workflow (id, name, input, queue, traceparent, created_at, updated_at)
    values (${id}, ${name}, ${JSON.stringify(input)}::jsonb, ${queue}, ${traceparent() ?? null}, ${clock.now()}, ${clock.now()})
    on conflict (id) do nothing returning id`.execute(tx);
  if (rows.length === 0) return;
  await addJob(tx, { task: workflowTask, key: id, queue, delayMs: 0, keepEarlier: false });
}

async function cancelWorkflow(tx: Tx, clock: Clock, id: string, undo: boolean, reason: string): Promise<void> {
  const fault: RecordedFault = { step: '', code: 'conflict', message: reason };
  const { rows } = await sql<{ queue: string }>`update kernel.workflow set state = ${undo ? 'undoing' : 'cancelled'},
    fault = ${JSON.stringify(fault)}::jsonb, updated_at = ${clock.now()} where id = ${id} and state = 'running' returning queue`.execute(
    tx,
  );
  const [row] = rows;
  if (row === undefined) return;
  await addJob(tx, { task: workflowTask, key: id, queue: row.queue, delayMs: 0, keepEarlier: false });
}

async function resumeWorkflow(tx: Tx, id: string): Promise<void> {
  const { rows } = await sql<{ queue: string }>`
    select queue from kernel.workflow where id = ${id} and state in ('running', 'undoing')`.execute(tx);
  const [row] = rows;
  if (row === undefined) return;
  await addJob(tx, { task: workflowTask, key: id, queue: row.queue, delayMs: 0, keepEarlier: false });
  await notifyWorkflow(tx, id);
}

async function queueOf(store: Store, id: string): Promise<string> {
  const { rows } = await sql<{ queue: string }>`select queue from kernel.workflow where id = ${id}`.execute(store.db);
  return rows[0]?.queue ?? `workflow:${id}`;
}

async function statusOf(store: Store, id: string): Promise<WorkflowStatus | undefined> {
  const { rows } = await sql<WorkflowStatus>`select state, fault, coalesce((select jsonb_agg(jsonb_build_object(
      'name', name, 'state', state, 'attempts', attempts) order by updated_at) from kernel.workflow_step
      where workflow_id = w.id), '[]') as steps
    from kernel.workflow w where id = ${id}`.execute(store.db);
  return rows[0];
}

/** What was put off before PostgreSQL's clock went back would wait until that has caught up. */
async function freeStranded(store: Store): Promise<void> {
  await sql`update kernel.wakening set run_at = now(), written_at = now()
    where held_by is null and written_at > now()`.execute(store.db);
  await sql`select graphile_worker.reschedule_jobs(array(
    select id from graphile_worker.jobs where updated_at > now() and run_at > now()), run_at => now())`.execute(
    store.db,
  );
}

/** No unfinished workflow may be without a job, whatever became of the one it had. */
async function wakeUnfinished(store: Store): Promise<void> {
  const { rows } = await sql<{ id: string; queue: string }>`
    select id, queue from kernel.workflow where state in ('running', 'undoing')`.execute(store.db);
  for (const { id, queue } of rows) {
    await addJob(store.db, { task: workflowTask, key: id, queue, delayMs: 0, keepEarlier: true });
  }
}

/** The library keeps a row for every queue that ever was, and goes through all of them for each job. */
async function forgetQueues(store: Store): Promise<void> {
  await sql`delete from graphile_worker._private_job_queues where id in (
    select id from graphile_worker._private_job_queues q where locked_at is null
      and not exists (select from graphile_worker._private_jobs where job_queue_id = q.id) for update skip locked)`.execute(
    store.db,
  );
}
