import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Slice, secondOf, slicesUntil } from './slices.ts';

describe('usage slices', () => {
  it('cover what is left to report, each second once, whenever they are cut', () => {
    const instants = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1000 }),
        instants,
        fc.integer({ min: 1, max: 700 }),
        (start, cuts, longest) => {
          const all: Slice[] = [];
          let progress = { reportedUntil: start, sequence: 0 };
          for (const cut of cuts) {
            const slices = slicesUntil(progress, cut, longest);
            all.push(...slices);
            const last = slices.at(-1);
            if (last !== undefined) progress = { reportedUntil: last.end, sequence: last.sequence };
          }
          const end = Math.max(start, ...cuts);
          expect(progress.reportedUntil).toBe(end);
          expect(all.reduce((sum, slice) => sum + slice.end - slice.start, 0)).toBe(end - start);
          for (const [index, slice] of all.entries()) {
            expect(slice.sequence).toBe(index + 1);
            expect(slice.start).toBe(all[index - 1]?.end ?? start);
            expect(slice.end).toBeGreaterThan(slice.start);
            expect(slice.end - slice.start).toBeLessThanOrEqual(longest);
          }
        },
      ),
    );
  });

  it('cuts instants down to the second, both ends alike', () => {
    expect(secondOf('2026-01-01T00:00:00.999Z')).toBe(secondOf('2026-01-01T00:00:00.000Z'));
    expect(secondOf('2026-01-01T00:00:01.000Z') - secondOf('2026-01-01T00:00:00.999Z')).toBe(1);
  });
});
