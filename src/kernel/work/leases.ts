import { EventEmitter } from 'node:events';
import type { WorkerEvents } from 'graphile-worker';
import { sql } from 'kysely';
import type { PoolClient } from 'pg';
import type { Logger } from '../base/log.ts';
import type { Store } from '../store/index.ts';

/** This process's hold on the jobs it works on. */
export interface WorkerLease {
  readonly processId: string;
  readonly events: WorkerEvents;
  release(): Promise<void>;
}

const workerClass = 7311;

/**
 * Registers each of the library's workers under our process with an advisory lock on a connection of its own:
 * PostgreSQL lets go of it the moment the process dies, so a `kill -9` is noticed at once and not after the library's
 * four hours.
 */
export async function registerWorker(store: Store, processId: string, log: Logger): Promise<WorkerLease> {
  const events = new EventEmitter() as WorkerEvents;
  const workers: string[] = [];
  let client: PoolClient | undefined = await hold(store, processId);
  events.on('worker:create', ({ worker }) => {
    workers.push(worker.workerId);
    void sql`insert into kernel.worker_of (process_id, worker_id) values (${processId}, ${worker.workerId})`
      .execute(store.db)
      .catch((error) => log.error({ err: error }, 'a worker could not be registered'));
  });
  const onLost = async (): Promise<void> => {
    client = undefined;
    log.warn('the lease connection was lost; taking it again');
    client = await hold(store, processId).catch(() => undefined);
    client?.once('error', () => void onLost());
    if (client === undefined) setTimeout(() => void onLost(), 250);
  };
  client.once('error', () => void onLost());
  return {
    processId,
    events,
    async release() {
      await sql`delete from kernel.worker where id = ${processId}`.execute(store.db);
      client?.release(true);
    },
  };
}

async function hold(store: Store, processId: string): Promise<PoolClient> {
  const client = await store.pool.connect();
  await client.query('select pg_advisory_lock($1, hashtext($2))', [workerClass, processId]);
  await client.query('insert into kernel.worker (id) values ($1) on conflict do nothing', [processId]);
  return client;
}

/** Gives the jobs of processes (other than `own`) that have died back to the queue. */
export async function adoptDeadWorkersJobs(store: Store, own: string, log: Logger): Promise<void> {
  await store.transact(async (tx) => {
    const { rows } = await sql<{ id: string }>`
      select id from (select id from kernel.worker where id <> ${own} offset 0) w where pg_try_advisory_xact_lock(${workerClass}, hashtext(id))`.execute(
      tx,
    );
    const dead = rows.map(({ id }) => id);
    if (dead.length === 0) return;
    await sql`select graphile_worker.force_unlock_workers(array(
      select worker_id from kernel.worker_of where process_id = any(${dead})))`.execute(tx);
    await sql`delete from kernel.worker where id = any(${dead})`.execute(tx);
    log.info({ dead }, 'took over the jobs of processes that have died');
  });
}
