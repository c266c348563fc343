/** What a meter counts in: the unit of its usage events. */
export const baseUnits = ['second', 'gibibyte-second', 'gibibyte', 'request', 'unit'] as const;
export type BaseUnit = (typeof baseUnits)[number];

interface UnitSize {
  readonly base: BaseUnit;
  /** Base units that it holds; null: as many as the calendar month has seconds. */
  readonly size: bigint | null;
}

/**
 * What a price may be said for. A started unit counts whole, but for months: a month's usage is priced by the part of the
 * calendar month that it fills, so that a whole month of anything is one month, whether it has 28 days or 31.
 */
export const usageUnits = {
  second: { base: 'second', size: 1n },
  minute: { base: 'second', size: 60n },
  hour: { base: 'second', size: 3600n },
  month: { base: 'second', size: null },
  'gibibyte-hour': { base: 'gibibyte-second', size: 3600n },
  'gibibyte-month': { base: 'gibibyte-second', size: null },
  gibibyte: { base: 'gibibyte', size: 1n },
  request: { base: 'request', size: 1n },
  unit: { base: 'unit', size: 1n },
} as const satisfies Record<string, UnitSize>;

export type UsageUnit = keyof typeof usageUnits;

/** Quantities that are not whole are rounded to this: what is published is what is priced. */
export const quantityDecimals = 8;

/** What a line's usage is counted in; fees count nothing. */
export function baseUnitOf(unit: UsageUnit | 'period' | 'once'): BaseUnit {
  return unit === 'period' || unit === 'once' ? 'unit' : usageUnits[unit].base;
}
