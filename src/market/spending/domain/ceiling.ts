/** Of which parts of a ceiling, in percent, the customer is told. */
export const alertPercents = [80, 100] as const;

/** The parts of the ceiling that a cost has reached. Amounts in minor units, without VAT. */
export function reachedPercents(cost: bigint, ceiling: bigint): number[] {
  return cost <= 0n ? [] : alertPercents.filter((percent) => cost * 100n >= ceiling * BigInt(percent));
}

/**
 * Whether a subscription has to stop: its cost is at the ceiling and may go on, or beyond it. `most` is what a month costs at
 * most by its price (null: without limit): where that is not more than the ceiling, nothing has to.
 */
export function mustStop(cost: bigint, ceiling: bigint, most: bigint | null): boolean {
  if (cost <= 0n) return false;
  return cost > ceiling || (cost === ceiling && (most === null || most > ceiling));
}
