import type { Clock } from '../base/clock.ts';

/** A clock that stands still until it is moved; sleepers wake when their time has come. */
export interface FakeClock extends Clock {
  advance(ms: number): Promise<void>;
  set(to: Date): void;
}

/** Starts at the given instant (2026-01-01T00:00:00Z unless said). */
export function fakeClock(start: Date = new Date('2026-01-01T00:00:00Z')): FakeClock {
  let now = start.getTime();
  let sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => new Date(now),
    set: (to) => {
      now = to.getTime();
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push({ until: now + ms, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
    async advance(ms) {
      now += ms;
      const due = sleepers.filter(({ until }) => until <= now);
      sleepers = sleepers.filter(({ until }) => until > now);
      for (const { wake } of due) wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
