import { sql } from 'kysely';
import { newId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import { traced, traceparent, within } from '../base/tracing.ts';
import { type Connection, type Notifications, openNotifications, type Store, type Tx } from '../store/index.ts';
import type { WorkerLease } from './leases.ts';
import { backoff } from './saga.ts';
import { Later, type Reconciler } from './workflow.ts';

const channel = 'kernel_wakening';
const pollMs = 1000;

/** Has reconcilers look at keys when `connection`'s transaction commits. */
export async function wake(connection: Connection | Tx, reconciler: string, keys: readonly string[]): Promise<void> {
  await sql`select kernel.wake(${keys.map(() => reconciler)}::text[], ${keys as string[]}::text[],
    ${traceparent() ?? null})`.execute(connection);
}

/** A key that this process holds. */
interface Wakening {
  readonly reconciler: string;
  readonly key: string;
  readonly attempt: number;
  readonly woken: bigint;
  readonly traceparent: string | null;
}

interface Ended extends Wakening {
  /** Milliseconds until the next look; null: all is well. */
  readonly delayMs: number | null;
  readonly attemptNext: number;
}

export interface WakeningPool {
  /** Looks at what is woken, until `stop`. */
  run(): Promise<void>;
  /** Takes no more, and resolves when what is under way has ended and is written down. */
  stop(): Promise<void>;
}

/**
 * Has reconcilers look at the keys that were woken, `concurrency` at a time. Keys are taken and given back by the batch: one
 * statement for as many as there is room for, one for as many as have ended since the last.
 */
export function wakeningPool(options: {
  readonly store: Store;
  readonly log: Logger;
  readonly lease: WorkerLease;
  readonly reconcilers: ReadonlyMap<string, Reconciler>;
  readonly concurrency: number;
}): WakeningPool {
  const { store, log, lease, reconcilers, concurrency } = options;
  const holder = `reconciler-${newId()}`;
  const timers = new Set<NodeJS.Timeout>();
  const ended: Ended[] = [];
  let underWay = 0;
  let stopping = false;
  let notifications: Notifications | undefined;
  let poll: NodeJS.Timeout | undefined;
  let taking: Promise<void> | undefined;
  let again = false;
  let settling: Promise<void> | undefined;

  async function take(): Promise<void> {
    const room = concurrency - underWay;
    if (room <= 0 || stopping) return;
    const names = [...reconcilers.keys()];
    const { rows } = await sql<Wakening>`update kernel.wakening w set held_by = ${holder} from (
        select reconciler, key from kernel.wakening where held_by is null and run_at <= now()
          and reconciler = any(${names}::text[]) order by run_at limit ${room} for update skip locked) due
      where w.reconciler = due.reconciler and w.key = due.key
      returning w.reconciler, w.key, w.attempt, w.woken, w.traceparent`.execute(store.db);
    for (const wakening of rows) {
      underWay += 1;
      void look(wakening).then((end) => {
        underWay -= 1;
        ended.push(end);
        settle();
      });
    }
    if (rows.length === room) again = true;
  }

  /** Looks for what is due; who comes while that is under way has it done once more. */
  function seek(): void {
    again = true;
    if (taking === undefined && underWay < concurrency)
      taking = takeAll().finally(() => {
        taking = undefined;
        // Somebody came between the last look and now.
        if (again && !stopping) seek();
      });
  }

  async function takeAll(): Promise<void> {
    while (again && !stopping && underWay < concurrency) {
      again = false;
      await take().catch((error: unknown) => log.warn({ err: error }, 'could not look for what is woken'));
    }
  }

  async function look(wakening: Wakening): Promise<Ended> {
    const { key, attempt } = wakening;
    const name = wakening.reconciler;
    const attributes = { 'reconciler.key': key, 'reconciler.attempt': attempt };
    try {
      const outcome = await within(wakening.traceparent ?? undefined, () =>
        traced(name, { attributes }, () =>
          (reconcilers.get(name) as Reconciler).reconcile(key, log.child({ reconciler: name, key })),
        ),
      );
      return { ...wakening, attemptNext: 0, delayMs: outcome instanceof Later ? outcome.ms : null };
    } catch (error) {
      const delayMs = backoff(attempt + 1);
      log.warn({ err: error, reconciler: name, key, attempt, delayMs }, 'could not reconcile; trying again');
      return { ...wakening, attemptNext: attempt + 1, delayMs };
    }
  }

  /** Writes down what has ended, and what ends meanwhile after that. What cannot be written stays held and is tried again. */
  function settle(): void {
    settling ??= settleAll().finally(() => {
      settling = undefined;
      if (ended.length > 0) settle();
    });
  }

  async function settleAll(): Promise<void> {
    while (ended.length > 0) {
      const batch = ended.splice(0);
      try {
        await write(batch);
        for (const { delayMs } of batch) if (delayMs !== null) later(delayMs + 1);
      } catch (error) {
        log.warn({ err: error }, 'could not write down what reconcilers did; trying again');
        ended.push(...batch);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      // Not sooner, so that as many are taken at once as have ended at once.
      seek();
    }
  }

  async function write(batch: readonly Ended[]): Promise<void> {
    const of = <T>(pick: (end: Ended) => T): T[] => batch.map(pick);
    await sql`select kernel.settle_wakenings(${holder}, ${of((e) => e.reconciler)}::text[], ${of((e) => e.key)}::text[],
      ${of((e) => e.woken)}::bigint[], ${of((e) => e.attemptNext)}::integer[], ${of((e) => e.delayMs)}::float8[])`.execute(
      store.db,
    );
  }

  function later(ms: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      seek();
    }, ms);
    timers.add(timer);
    timer.unref();
  }

  return {
    async run() {
      await lease.hold(holder);
      notifications = openNotifications(store.pool.options, log);
      notifications.on(channel, seek);
      poll = setInterval(seek, pollMs);
      seek();
    },
    async stop() {
      stopping = true;
      clearInterval(poll);
      for (const timer of timers) clearTimeout(timer);
      await notifications?.close();
      await taking;
      while (underWay > 0 || ended.length > 0 || settling !== undefined) {
        settle();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
