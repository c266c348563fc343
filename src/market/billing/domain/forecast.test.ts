import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outlook, partsOf } from './forecast.ts';

const day = 86_400_000;

describe('a forecast', () => {
  it('goes on at the pace so far; the calmest and the busiest part give its error', () => {
    const used = [0n, 100n, 100n, 100n, 100n, 100n, 200n];
    expect(outlook(used, day, 14 * day)).toEqual({ low: 0n, expected: 1400n, high: 2800n });
    expect(outlook([], day, day)).toEqual({ low: 0n, expected: 0n, high: 0n });
  });

  it('is without error for what is always the same, and its range holds what it expects', () => {
    const quantity = fc.bigInt({ min: 0n, max: 1_000_000_000n });
    fc.assert(
      fc.property(
        fc.array(quantity, { minLength: 1, maxLength: 7 }),
        fc.integer({ min: 0, max: 31 * day }),
        (used, left) => {
          const { low, expected, high } = outlook(used, day, left);
          expect(low <= expected && expected <= high).toBe(true);
          const same = outlook(
            used.map(() => 7n),
            day,
            left,
          );
          expect([same.low, same.high]).toEqual([same.expected, same.expected]);
        },
      ),
    );
  });

  it('looks at the whole time so far, but for a rest of milliseconds', () => {
    const start = new Date('2026-03-01T00:00:00Z');
    const found = partsOf({ start, end: new Date(start.getTime() + 7 * day + 3) });
    expect(found).toHaveLength(7);
    expect(found.at(-1)?.end).toEqual(new Date(start.getTime() + 7 * day));
    expect(partsOf({ start, end: start })).toEqual([]);
  });
});
