import { systemClock } from '../kernel/base/clock.ts';
import { Fault } from '../kernel/base/errors.ts';
import { CommandFailure, exitCodes } from './failures.ts';

/** How to wait: how long, how often to look, and what to say when it was in vain. */
export interface Patience {
  readonly seconds: number;
  readonly everyMs?: number;
  /** What was waited for, with the last thing seen. */
  readonly inVain: () => string;
}

const defaultIntervalMs = 300;

/**
 * Looks again and again until something is there; rejects when the deadline passes. An API that does not answer for a while,
 * because it is being replaced for instance, is asked again.
 */
export async function waitFor<T>(look: () => Promise<T | undefined>, patience: Patience): Promise<T> {
  const deadline = performance.now() + patience.seconds * 1000;
  for (;;) {
    const seen = await look().catch(patiently);
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new CommandFailure(patience.inVain(), exitCodes.deadline);
    await systemClock.sleep(patience.everyMs ?? defaultIntervalMs);
  }
}

function patiently(error: unknown): undefined {
  if (!(error instanceof Fault && error.retryable)) throw error;
}
