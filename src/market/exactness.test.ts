import { describe, expect, it } from 'vitest';
import { historyOf } from './testing/exactness/history.ts';
import { checkHistories } from './testing/exactness/run.ts';

/** `npm run exactness` checks up to a million; how far it came is in `testing/exactness/result.json`. */
const seed = 20_261_125;
const histories = 20_000;

describe('money, over random catalogues, prices, plan changes, late usage, clock changes and agreements', () => {
  it('is exact: quote is charge, shares are the sale, usage counts once, caps hold', { timeout: 600_000 }, () => {
    expect(checkHistories(seed, 0, histories)).toEqual([]);
  });

  it('is tried with histories worth trying', () => {
    const some = Array.from({ length: 1000 }, (_, number) => historyOf(seed, number));
    const share = (is: (history: (typeof some)[number]) => boolean) => some.filter(is).length / some.length;
    expect(share(({ tenures }) => tenures.length > 1)).toBeGreaterThan(0.3);
    expect(share(({ events }) => events.some(({ arrives }) => arrives > 1))).toBeGreaterThan(0.4);
    expect(share(({ events }) => new Set(events.map(({ id }) => id)).size < events.length)).toBeGreaterThan(0.4);
    expect(share(({ tenures }) => tenures.some(({ retail }) => retail.prepaid !== null))).toBeGreaterThan(0.1);
  });
});
