import { Fault } from '../../../kernel/base/errors.ts';
import { lockInTransaction, type Notifications, type Store, sql, type Tx } from '../../../kernel/store/index.ts';
import type { LoadingCache } from './cache.ts';

/**
 * How a change in one process reaches the caches of all: each change appends the keys to forget to a table, in the
 * order of the commits; readers follow its sequence. NOTIFY makes it sooner, but nothing depends on it.
 */

const channel = 'identity_change';
/** What a key must be to make everybody forget everything. */
export const everything = '*';
/** A process that has missed more than this many forgets everything. */
const kept = 10_000;
const batch = 1000;
/** The age from which what is cached may no longer be believed unseen. */
const maxAgeMs = 1000;

/** Tells every process to forget `keys` when `tx` commits. The last statement of a transaction: see the lock. */
export async function recordChanges(tx: Tx, keys: ReadonlySet<string>): Promise<void> {
  if (keys.size === 0) return;
  // Held until the commit is visible, so that sequence numbers become visible in their order.
  await lockInTransaction(tx, 'identity.change');
  await sql`insert into identity.change (key) select unnest(${[...keys]}::text[])`.execute(tx);
  await sql`delete from identity.change where seq <= (select max(seq) from identity.change) - ${kept}`.execute(tx);
  await sql`select pg_notify(${channel}, '')`.execute(tx);
}

/** Follows the changes for one cache. */
export interface ChangeFollower {
  /** Resolves once every change that was committed before the call is known here. */
  refresh(): Promise<void>;
  /** Resolves at once unless the last look is older than a second: then looks. 503 when that is not possible. */
  fresh(): Promise<void> | undefined;
  /** Rises with each change that becomes known here: what was worked out under another number may be out of date. */
  readonly epoch: number;
  close(): void;
}

interface Seen {
  seq: bigint;
  oldest: bigint;
  key: string;
}

export function followChanges(store: Store, notifications: Notifications, cache: LoadingCache): ChangeFollower {
  let position: bigint | undefined;
  let epoch = 0;
  // Monotonic, because the wall clock may jump.
  let lookedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function look(): Promise<void> {
    const started = performance.now();
    if (position === undefined) {
      cache.clear();
      epoch += 1;
      const { rows } = await sql<{ seq: bigint }>`select coalesce(max(seq), 0) as seq from identity.change`.execute(
        store.db,
      );
      position = rows[0]?.seq ?? 0n;
    }
    for (;;) {
      const { rows }: { rows: Seen[] } = await sql<Seen>`
        select seq, key, (select min(seq) from identity.change) as oldest from identity.change
        where seq > ${position} order by seq limit ${batch}`.execute(store.db);
      apply(rows);
      if (rows.length < batch) break;
    }
    lookedAt = started;
  }

  function apply(rows: readonly Seen[]): void {
    const [first] = rows;
    if (first === undefined || position === undefined) return;
    epoch += 1;
    const missedSome = first.oldest > position + 1n;
    if (missedSome || rows.some(({ key }) => key === everything)) cache.clear();
    else for (const { key } of rows) cache.forget(key);
    position = rows.at(-1)?.seq ?? position;
  }

  function begin(): Promise<void> {
    const current = look().finally(() => {
      if (running === current) running = undefined;
    });
    running = current;
    return current;
  }

  // A look that is under way may have begun before the caller's commit, so one more is needed; all who come meanwhile
  // share it.
  function refresh(): Promise<void> {
    if (running === undefined) return begin();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return begin();
      });
    return next;
  }

  const off = notifications.on(channel, () => void refresh().catch(() => undefined));
  return {
    refresh,
    fresh() {
      if (performance.now() - lookedAt < maxAgeMs) return undefined;
      return (running ?? begin()).catch((error: unknown) => {
        throw new Fault('engineUnavailable', 'The identity service cannot check tokens at the moment.', {
          cause: error,
          detail: String(error),
        });
      });
    },
    get epoch() {
      return epoch;
    },
    close: off,
  };
}
