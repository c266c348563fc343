import { EventEmitter } from 'node:events';
import type { WorkerEvents } from 'graphile-worker';
import { sql } from 'kysely';
import type { PoolClient } from 'pg';
import type { Logger } from '../base/log.ts';
import type { Store } from '../store/index.ts';

/** This process's hold on the jobs it works on. */
export interface WorkerLease {
  /** To be given to the library, which tells through them under which id it locks jobs. */
  readonly events: WorkerEvents;
  /** Holds an id of the caller's too: what is held under it in kernel.wakening is given back when the process dies. */
  hold(id: string): Promise<void>;
  /** Gives the jobs of processes that have died back to the queue. */
  adoptDead(): Promise<void>;
  release(): Promise<void>;
}

const lockClass = 7311;
const retakeMs = 250;
/** A job that somebody unknown has held for that long was locked by a process that died before it could register. */
const orphanSeconds = 10;

/**
 * Holds an advisory lock for each id under which this process locks jobs, on a connection of its own: PostgreSQL lets go
 * of it the moment the process dies, so a `kill -9` is noticed at once and not after the library's four hours.
 */
export function createLease(store: Store, log: Logger): WorkerLease {
  const events = new EventEmitter() as WorkerEvents;
  const own = new Set<string>();
  let connection: Promise<PoolClient> | undefined;
  let released = false;

  async function open(): Promise<PoolClient> {
    const client = await store.pool.connect();
    client.once('error', () => {
      // The pool has it back already; what becomes of it there is not ours to say.
      if (released) return;
      log.warn('the connection that holds the leases was lost; taking them again');
      connection = undefined;
      // Else the pool counts it as in use for ever, and waits for it when it is closed.
      client.release(true);
      retake();
    });
    return client;
  }

  function retake(): void {
    if (released) return;
    void Promise.all([...own].map(take)).catch(() => setTimeout(retake, retakeMs));
  }

  async function take(id: string): Promise<void> {
    connection ??= open().catch((error) => {
      connection = undefined;
      throw error;
    });
    const client = await connection;
    await client.query('select pg_advisory_lock($1, hashtext($2))', [lockClass, id]);
    await client.query('insert into kernel.worker (id) values ($1) on conflict do nothing', [id]);
  }

  /** The library was started again: what its former self still held is nobody's, and adopted like a dead process's. */
  async function retire(id: string): Promise<void> {
    own.delete(id);
    await (await connection)?.query('select pg_advisory_unlock($1, hashtext($2))', [lockClass, id]);
  }

  let libraryId: string | undefined;
  events.on('pool:create', ({ workerPool }) => {
    // A connection that is lost has let go of it already.
    if (libraryId !== undefined) void retire(libraryId).catch(() => undefined);
    libraryId = workerPool.id;
    own.add(workerPool.id);
    void take(workerPool.id).catch(() => setTimeout(retake, retakeMs));
  });

  return {
    events,
    async hold(id) {
      own.add(id);
      await take(id);
    },
    adoptDead: () => adoptDead(store, [...own], log),
    async release() {
      released = true;
      await sql`delete from kernel.worker where id = any(${[...own]})`.execute(store.db);
      (await connection)?.release(true);
    },
  };
}

async function adoptDead(store: Store, own: readonly string[], log: Logger): Promise<void> {
  await store.transact(async (tx) => {
    const { rows } = await sql<{ id: string }>`
      select id from (select id from kernel.worker where id <> all(${own}) offset 0) w
      where pg_try_advisory_xact_lock(${lockClass}, hashtext(id))
      union
      select locked_by from graphile_worker.jobs j where locked_at < now() - ${orphanSeconds} * interval '1 second'
        and locked_by <> all(${own}) and not exists (select from kernel.worker where id = j.locked_by)`.execute(tx);
    const dead = rows.map(({ id }) => id);
    if (dead.length === 0) return;
    await sql`select graphile_worker.force_unlock_workers(${dead})`.execute(tx);
    await sql`update kernel.wakening set held_by = null where held_by = any(${dead})`.execute(tx);
    await sql`delete from kernel.worker where id = any(${dead})`.execute(tx);
    log.info({ dead }, 'took over the jobs of processes that have died');
  });
}
