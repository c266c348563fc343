import { uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** The one source of time. Tests inject `fakeClock` from `kernel/testing`. */
export interface Clock {
  /** The current instant. */
  now(): Date;
  /** Resolves after `ms` milliseconds, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a machine tells of time; all in milliseconds. */
export interface TimeSources {
  /** Since 1970. Whoever sets the machine's clock has it jump. */
  wall(): number;
  /** Never jumps, and stands still while the machine sleeps. */
  monotonic(): number;
  /** Since the machine was started, its sleep included. Never jumps, and is slow to ask. */
  sinceBoot(): number;
}

/** A clock that goes on from where it was when the machine's jumps. */
export interface SteadyClock extends Clock {
  /** By how many milliseconds the machine's clock has jumped away from this one; 0 when it has not. */
  jumped(): number;
}

/** A smaller step is followed: it does no harm, and sources are not read at the same instant. */
const toleranceMs = 2_000;

/**
 * The machine's time, except over a jump of hours that somebody's setting of its clock makes: durations stay what they
 * were, nothing expires or is charged for it. A machine that has slept is followed, for that time did pass. What the clock
 * says after a jump is taken at the next start of the process (see `decisions/clock.md`).
 */
export function steadyClock({ wall, monotonic, sinceBoot }: TimeSources): SteadyClock {
  let offset = wall() - monotonic();
  let bootOffset = wall() - sinceBoot();
  /** How far the wall is from us; not 0 after a jump. */
  let away = 0;

  function nowMs(): number {
    const [shown, steady] = [wall(), monotonic() + offset];
    const drift = shown - steady;
    if (Math.abs(drift) <= toleranceMs) {
      away = 0;
      offset += drift;
      bootOffset += drift;
      return shown;
    }
    // As far as it was: no need to ask again.
    if (Math.abs(drift - away) <= toleranceMs) return steady;
    const passed = sinceBoot() + bootOffset;
    offset += passed - steady;
    away = Math.abs(shown - passed) <= toleranceMs ? 0 : shown - passed;
    return passed;
  }

  return {
    now: () => new Date(nowMs()),
    jumped() {
      nowMs();
      return away;
    },
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
  };
}

/** The machine's clock, steadied: the same for the whole process. */
export const systemClock: SteadyClock = steadyClock({
  wall: Date.now,
  monotonic: () => performance.now(),
  sinceBoot: () => uptime() * 1000,
});
