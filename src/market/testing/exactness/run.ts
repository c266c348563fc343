import { historyOf } from './history.ts';
import { checkHistory } from './laws.ts';

/** A history in which a law does not hold. */
export interface Breach {
  readonly number: number;
  readonly reason: string;
}

/** Checks the histories `from` to `to` (excluded) of a seed; answers those that break a law. */
export function checkHistories(seed: number, from: number, to: number): Breach[] {
  const breaches: Breach[] = [];
  for (let number = from; number < to; number += 1) {
    try {
      checkHistory(historyOf(seed, number));
    } catch (error) {
      breaches.push({ number, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return breaches;
}
