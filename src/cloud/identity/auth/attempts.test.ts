import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../kernel/base/errors.ts';
import { fakeClock } from '../../../kernel/testing/index.ts';
import { freeFailures, mostAtOnce, waitAfter } from '../domain/backoff.ts';
import { createAttempts } from './attempts.ts';

const wrong = async (): Promise<never> => {
  throw new Fault('unauthorized', 'no');
};
const right = async () => 'in';
const codeOf = (tried: Promise<unknown>) => tried.catch((error: Fault) => error.code);

describe('whoever signs in wrongly', () => {
  it('waits after some failures, twice as long after each, and is told how long', async () => {
    const clock = fakeClock();
    const attempts = createAttempts(clock);
    const tryIt = (check: () => Promise<unknown> = wrong) => attempts.guarded('eve', '10.0.0.1', check);
    for (let time = 1; time <= freeFailures; time += 1) expect(await codeOf(tryIt())).toBe('unauthorized');
    const refused = await tryIt(right).catch((error: Fault) => error);
    expect(refused).toMatchObject({ code: 'tooManyRequests', status: 429, data: { retryAfter: 1 } });
    await clock.advance(1000);
    expect(await codeOf(tryIt())).toBe('unauthorized');
    await clock.advance(1999);
    expect(await codeOf(tryIt(right))).toBe('tooManyRequests');
    await clock.advance(1);
    expect(await tryIt(right)).toBe('in');
    expect(await codeOf(tryIt())).toBe('unauthorized');
  });

  it('makes neither others wait, nor itself elsewhere', async () => {
    const attempts = createAttempts(fakeClock());
    for (let time = 0; time < 10; time += 1) await codeOf(attempts.guarded('eve', 'there', wrong));
    expect(await codeOf(attempts.guarded('EVE', 'there', right))).toBe('tooManyRequests');
    expect(await attempts.guarded('eve', 'here', right)).toBe('in');
    expect(await attempts.guarded('bob', 'there', right)).toBe('in');
  });

  it('gains nothing by guessing side by side', async () => {
    const attempts = createAttempts(fakeClock());
    let checked = 0;
    const guess = () => {
      checked += 1;
      return wrong();
    };
    const burst = () => Promise.all(Array.from({ length: 1000 }, () => codeOf(attempts.guarded('eve', 'x', guess))));
    await burst();
    await burst();
    expect(checked).toBe(mostAtOnce);
  });

  it('is forgotten when too many others come, so that memory has a bound', async () => {
    const attempts = createAttempts(fakeClock(), 10);
    for (let time = 0; time < 10; time += 1) await codeOf(attempts.guarded('eve', 'x', wrong));
    for (let other = 0; other < 10; other += 1) await codeOf(attempts.guarded(`other-${other}`, 'x', wrong));
    expect(await attempts.guarded('eve', 'x', right)).toBe('in');
  });
});

it('a failure that is not the caller’s counts for nothing', async () => {
  const attempts = createAttempts(fakeClock());
  const away = async (): Promise<never> => {
    throw new Fault('engineUnavailable', 'away');
  };
  for (let time = 0; time < 20; time += 1) await codeOf(attempts.guarded('eve', 'x', away));
  expect(await attempts.guarded('eve', 'x', right)).toBe('in');
});

it('waits never shrink and end at a quarter of an hour', () => {
  fc.assert(
    fc.property(fc.nat(5000), (failures) => {
      expect(waitAfter(failures + 1)).toBeGreaterThanOrEqual(waitAfter(failures));
      expect(waitAfter(failures)).toBeLessThanOrEqual(900_000);
    }),
  );
});
