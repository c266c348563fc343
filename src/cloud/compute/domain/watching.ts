import type { VmState } from './states.ts';

/** What was seen of a guest; `missing`: the engine does not know it. */
export type Observed = 'on' | 'off' | 'paused' | 'suspended' | 'crashed' | 'missing';

/** What follows from what was seen of a server that is not being worked on. */
export type Verdict = 'asWanted' | 'stoppedByItself' | 'startAgain' | 'givenUp' | 'lost' | 'mustBeOff';

/** A guest that crashes again this soon after it was started again is left alone, in error. */
export const crashLoopMs = 10 * 60_000;

/** What a server's guest does when nothing has happened to it; states that are not here are not watched. */
const wanted: Partial<Record<VmState, Observed>> = {
  active: 'on',
  paused: 'paused',
  suspended: 'suspended',
  stopped: 'off',
};

/**
 * A guest that was shut down from inside stays off, as its owner wants; one that crashed is started again, unless it
 * crashes over and over. One that the engine does not know any more is not made anew: its owner would find an empty disk.
 */
export function judge(vmState: VmState, observed: Observed, crashedAt: Date | null, now: Date): Verdict {
  const expected = wanted[vmState];
  if (expected === undefined || observed === expected) return 'asWanted';
  const runs = observed === 'on' || observed === 'paused' || observed === 'suspended';
  if (vmState === 'stopped') return runs ? 'mustBeOff' : 'asWanted';
  if (runs) return 'asWanted';
  if (observed === 'missing') return 'lost';
  // What was in the memory of a guest that was held is gone.
  if (observed === 'off' || vmState === 'paused' || vmState === 'suspended') return 'stoppedByItself';
  const again = crashedAt !== null && now.getTime() - crashedAt.getTime() < crashLoopMs;
  return again ? 'givenUp' : 'startAgain';
}
