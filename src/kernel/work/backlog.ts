import { sql } from 'kysely';
import type { Store } from '../store/index.ts';

/** What durable work has before it. */
export interface Backlog {
  /** By task: jobs that are due, and for how long the oldest has been, in seconds. */
  readonly jobs: readonly { readonly task: string; readonly due: number; readonly lagSeconds: number }[];
  /** Unfinished workflows by name and state. */
  readonly workflows: readonly { readonly name: string; readonly state: string; readonly count: number }[];
}

export async function backlog(store: Store): Promise<Backlog> {
  const { rows: jobs } = await sql<{ task: string; due: bigint; lag: number }>`
    select task_identifier as task, count(*) as due, extract(epoch from now() - min(run_at))::float8 as lag
    from (select task_identifier, run_at from graphile_worker.jobs
      union all select reconciler, run_at from kernel.wakening) job where run_at <= now() group by 1`.execute(store.db);
  const { rows: workflows } = await sql<{ name: string; state: string; count: bigint }>`
    select name, state, count(*) from kernel.workflow where state in ('running', 'undoing') group by 1, 2`.execute(
    store.db,
  );
  return {
    jobs: jobs.map(({ task, due, lag }) => ({ task, due: Number(due), lagSeconds: lag })),
    workflows: workflows.map(({ name, state, count }) => ({ name, state, count: Number(count) })),
  };
}
