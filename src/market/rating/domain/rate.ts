import { Decimal, roundMinor, splitByWeights } from '../../../kernel/base/money.ts';
import { type Month, monthOf, nextMonth, type Period, periodOf } from './calendar.ts';
import { type Price, type PriceComponent, type UsageUnit, usageUnits } from './plan.ts';

/** Something used over a half-open interval, in base units (seconds). */
export interface Usage extends Period {
  readonly quantity: bigint;
}

/** What one component costs in one month, and why. */
export interface RatedLine {
  readonly componentId: string;
  readonly month: Month;
  /** Base units, as metered. */
  readonly usage: bigint;
  /** Priced units: each started one counts. */
  readonly quantity: bigint;
  readonly unit: UsageUnit;
  /** Per unit, in major units. */
  readonly rate: string;
  /** Quantity times rate in minor units, rounded half-up, before the cap. */
  readonly uncapped: bigint;
  readonly monthlyCap: bigint | null;
  readonly capApplied: boolean;
  /** Minor units, without VAT. */
  readonly amount: bigint;
}

/**
 * How much of `usage` falls in `month`. What spans several months is divided by duration, by largest remainder, so that
 * the months always add up to the whole; an instant falls in its month whole.
 */
export function usageInMonth(usage: Usage, month: Month, timeZone: string): bigint {
  const first = monthOf(usage.start, timeZone);
  const last = usage.end > usage.start ? monthOf(new Date(usage.end.getTime() - 1), timeZone) : first;
  if (first === last) return month === first ? usage.quantity : 0n;
  if (month < first || month > last) return 0n;
  const months: Month[] = [];
  for (let name = first; name <= last; name = nextMonth(name)) months.push(name);
  const durations = months.map((name) => overlap(usage, periodOf(name, timeZone)));
  return splitByWeights(usage.quantity, durations)[months.indexOf(month)] ?? 0n;
}

function overlap(a: Period, b: Period): Decimal {
  const start = Math.max(a.start.getTime(), b.start.getTime());
  const end = Math.min(a.end.getTime(), b.end.getTime());
  return new Decimal(Math.max(0, end - start));
}

/** The part of `usage` before `until`, divided by duration, rounded down (in the customer's favour). */
export function usageUntil(usage: Usage, until: Date): Usage | undefined {
  if (usage.end <= until) return usage;
  if (usage.start >= until) return undefined;
  const whole = BigInt(usage.end.getTime() - usage.start.getTime());
  const part = BigInt(until.getTime() - usage.start.getTime());
  return { start: usage.start, end: until, quantity: (usage.quantity * part) / whole };
}

/**
 * What a month's usage of one component costs: the seconds of the month are summed, a started unit counts whole, times
 * the rate, at most the cap, rounded half-up once.
 */
export function rateComponent(
  component: PriceComponent,
  usages: readonly Usage[],
  month: Month,
  timeZone: string,
): RatedLine {
  const usage = usages.reduce((sum, one) => sum + usageInMonth(one, month, timeZone), 0n);
  const size = usageUnits[component.unit];
  const quantity = (usage + size - 1n) / size;
  const uncapped = roundMinor(new Decimal(component.rate).times(quantity.toString()).times(100));
  const { monthlyCap } = component;
  const capApplied = monthlyCap !== null && uncapped > monthlyCap;
  return {
    componentId: component.id,
    month,
    usage,
    quantity,
    unit: component.unit,
    rate: component.rate,
    uncapped,
    monthlyCap,
    capApplied,
    amount: capApplied ? monthlyCap : uncapped,
  };
}

/** What a month costs: a line a component. A pure function of usage, price and calendar. */
export function rateMonth(
  price: Price,
  usageOf: (meter: string) => readonly Usage[],
  month: Month,
  timeZone: string,
): RatedLine[] {
  return price.components.map((component) => rateComponent(component, usageOf(component.meter), month, timeZone));
}
