import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reconcile, toleranceSeconds } from './reconciliation.ts';

const side = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(100_000))
  .map((record) => new Map(Object.entries(record)));

describe('what was metered, beside what the cloud says', () => {
  it('names servers that only one side knows, the largest difference first', () => {
    const found = reconcile(
      new Map([
        ['a', 100],
        ['b', 60],
      ]),
      new Map([
        ['b', 61],
        ['c', 5000],
      ]),
    );
    expect(found).toEqual({
      ...{ metered: 160, cloud: 5061, difference: -4901, count: 2 },
      differing: [
        { serverId: 'c', metered: 0, cloud: 5000, difference: -5000 },
        { serverId: 'a', metered: 100, cloud: 0, difference: 100 },
      ],
    });
  });

  it('hides nothing: what is not named is within the tolerance, and all differences add up to the whole', () => {
    fc.assert(
      fc.property(side, side, (metered, cloud) => {
        const found = reconcile(metered, cloud);
        const servers = new Set([...metered.keys(), ...cloud.keys()]);
        const named = found.differing.reduce((total, { difference }) => total + difference, 0);
        expect(Math.abs(found.difference - named)).toBeLessThanOrEqual((servers.size - found.count) * toleranceSeconds);
        expect(found.count).toBe(found.differing.length);
      }),
    );
  });

  it('agrees when both say the same', () => {
    fc.assert(
      fc.property(side, (both) => {
        expect(reconcile(both, both)).toMatchObject({ difference: 0, count: 0 });
      }),
    );
  });
});
