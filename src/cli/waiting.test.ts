import { describe, expect, it } from 'vitest';
import { conflict, Fault } from '../kernel/base/errors.ts';
import { exitCodes } from './failures.ts';
import { waitFor } from './waiting.ts';

/** Looks in turn: a fault is thrown, anything else is what is seen; the last one for ever. */
function looks(...seen: (Fault | string | undefined)[]): () => Promise<string | undefined> {
  let turn = 0;
  return async () => {
    const now = seen[Math.min(turn, seen.length - 1)];
    turn += 1;
    if (now instanceof Fault) throw now;
    return now;
  };
}

const patience = { seconds: 5, everyMs: 1, inVain: () => 'still pending' };

describe('waiting', () => {
  it('looks until something is there', async () => {
    expect(await waitFor(looks(undefined, undefined, 'active'), patience)).toBe('active');
  });

  it('endures an API that does not answer for a while', async () => {
    const away = new Fault('engineUnavailable', 'http://cloud does not answer.');
    expect(await waitFor(looks(away, 'active'), patience)).toBe('active');
  });

  it('ends at a refusal, which waiting does not change', async () => {
    await expect(waitFor(looks(conflict('It is over.'), 'active'), patience)).rejects.toThrow('It is over.');
  });

  it('ends at the deadline, saying what was seen last', async () => {
    const inVain = { message: 'still pending', exitCode: exitCodes.deadline };
    await expect(waitFor(looks(undefined), { ...patience, seconds: 0 })).rejects.toMatchObject(inVain);
  });
});
