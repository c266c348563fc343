import type { Period } from '../../rating/index.ts';

/** What may still be used of a meter until the month ends, in base units. */
export interface Outlook {
  /** At the pace of the calmest, of all, and of the busiest part of the time so far. */
  readonly low: bigint;
  readonly expected: bigint;
  readonly high: bigint;
}

/** In how many parts the time so far is looked at. */
const parts = 7;

/** The time so far, in parts of the same length; none when there is no time yet. */
export function partsOf({ start, end }: Period): Period[] {
  const length = Math.floor((end.getTime() - start.getTime()) / parts);
  if (length <= 0) return [];
  return Array.from({ length: parts }, (_, index) => ({
    start: new Date(start.getTime() + index * length),
    end: new Date(start.getTime() + (index + 1) * length),
  }));
}

/** What is to come in `remaining`, when the parts so far, of `length` each (milliseconds), used so much. */
export function outlook(used: readonly bigint[], length: number, remaining: number): Outlook {
  if (used.length === 0 || length <= 0) return { low: 0n, expected: 0n, high: 0n };
  const ahead = (quantity: bigint, time: number) => (quantity * BigInt(Math.max(0, remaining))) / BigInt(time);
  const [first = 0n] = used;
  const least = used.reduce((a, b) => (a < b ? a : b), first);
  const most = used.reduce((a, b) => (a > b ? a : b), first);
  const all = used.reduce((a, b) => a + b, 0n);
  return { low: ahead(least, length), expected: ahead(all, length * used.length), high: ahead(most, length) };
}
