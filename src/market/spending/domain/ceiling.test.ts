import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mustStop, reachedPercents } from './ceiling.ts';

const amount = fc.bigInt({ min: 0n, max: 10n ** 9n });

describe('a spending ceiling', () => {
  it('tells of four fifths and of the whole, exactly from the cent on', () => {
    expect([799n, 800n, 999n, 1000n].map((cost) => reachedPercents(cost, 1000n))).toEqual([[], [80], [80], [80, 100]]);
    expect(reachedPercents(0n, 0n)).toEqual([]);
    expect(reachedPercents(1n, 0n)).toEqual([80, 100]);
  });

  it('stops whatever is beyond it, and what is at it unless its price cannot go on', () => {
    fc.assert(
      fc.property(amount, amount, fc.option(amount), (cost, ceiling, most) => {
        const stops = mustStop(cost, ceiling, most);
        if (cost > ceiling) expect(stops).toBe(true);
        if (cost < ceiling || cost === 0n) expect(stops).toBe(false);
        if (stops) expect(reachedPercents(cost, ceiling)).toContain(100);
        if (cost === ceiling && cost > 0n) expect(stops).toBe(most === null || most > ceiling);
      }),
    );
  });
});
