import type { Clock } from '../../../kernel/base/clock.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { allowedAtOnce, waitAfter } from '../domain/backoff.ts';

/** Keeps strangers from guessing: who fails again and again from one place waits, longer each time. */
export interface Attempts {
  /**
   * Runs a check of a proof. `who` is what the caller claims to be, whether or not there is such a user, so that nothing
   * is learnt from being made to wait; `source` is where the request came from. 429 while there is waiting to do.
   */
  guarded<T>(who: string, source: string, check: () => Promise<T>): Promise<T>;
}

interface Record {
  failures: number;
  underWay: number;
  /** Milliseconds since the epoch. */
  until: number;
}

/** Those who failed last; about 2 MB at most. */
const mostRemembered = 10_000;

export function createAttempts(clock: Clock, most = mostRemembered): Attempts {
  const records = new Map<string, Record>();

  /** The record, made the newest; the oldest goes when there are too many. */
  function touch(key: string): Record {
    const record = records.get(key) ?? { failures: 0, underWay: 0, until: 0 };
    records.delete(key);
    records.set(key, record);
    const [oldest] = records.keys();
    if (records.size > most && oldest !== undefined) records.delete(oldest);
    return record;
  }

  return {
    async guarded(who, source, check) {
      const key = `${source} ${who.toLowerCase()}`;
      const record = touch(key);
      const left = record.until - clock.now().getTime();
      // More than was ever imposed: the clock was set back.
      const wait = left > waitAfter(record.failures) ? 0 : left;
      if (wait > 0 || record.underWay >= allowedAtOnce(record.failures)) throw tooMany(wait);
      record.underWay += 1;
      try {
        const result = await check();
        record.failures = 0;
        return result;
      } catch (error) {
        if (error instanceof Fault && error.code === 'unauthorized') {
          record.failures += 1;
          record.until = clock.now().getTime() + waitAfter(record.failures);
        }
        throw error;
      } finally {
        record.underWay -= 1;
        if (record.failures === 0 && record.underWay === 0 && records.get(key) === record) records.delete(key);
      }
    },
  };
}

function tooMany(waitMs: number): Fault {
  const retryAfter = Math.max(1, Math.ceil(waitMs / 1000));
  return new Fault('tooManyRequests', `Too many failed sign-ins. Try again in ${retryAfter} s.`, {
    data: { retryAfter },
  });
}
