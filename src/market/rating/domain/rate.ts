import { Decimal, roundMinor, splitByWeights } from '../../../kernel/base/money.ts';
import { type BillingCalendar, type Month, monthOf, nextMonth, type Period, periodOf } from './calendar.ts';
import { takenFromPrepaid, withPlanAmounts } from './limits.ts';
import type { RatedLine } from './line.ts';
import type { OneOffComponent, Price, RecurringComponent, UsageComponent } from './plan.ts';
import { periodsCharged } from './recurring.ts';
import { costOf, priceSteps } from './tariff.ts';
import { quantityDecimals, type UsageUnit, usageUnits } from './units.ts';

/** Something used over a half-open interval, in base units of its meter. */
export interface Usage extends Period {
  readonly quantity: bigint;
}

/** A price, and from when until when (null: still) it holds for a subscription. A change of plan begins another. */
export interface Tenure {
  readonly price: Price;
  readonly start: Date;
  readonly end: Date | null;
}

/**
 * How much of `usage` falls in `month`. What spans several months is divided by duration, by largest remainder, so that
 * the months always add up to the whole; an instant falls in its month whole.
 */
export function usageInMonth(usage: Usage, month: Month, timeZone: string): bigint {
  const period = periodOf(month, timeZone);
  if (usage.start >= period.end) return 0n;
  if (usage.start >= period.start && usage.end <= period.end) return usage.quantity;
  if (usage.end <= period.start) return 0n;
  const first = monthOf(usage.start, timeZone);
  const last = monthOf(new Date(usage.end.getTime() - 1), timeZone);
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

/** The units of `usage` before `instant`, divided by duration, rounded down (in the customer's favour). */
function unitsBefore({ start, end, quantity }: Usage, instant: Date): bigint {
  if (end <= instant) return quantity;
  if (start >= instant) return 0n;
  return (quantity * BigInt(instant.getTime() - start.getTime())) / BigInt(end.getTime() - start.getTime());
}

/**
 * The part of `usage` from `from` until `until` (null: without end); undefined when there is none. The parts of windows that
 * follow one another add up to the whole.
 */
export function usageWithin(usage: Usage, from: Date, until: Date | null): Usage | undefined {
  const start = usage.start > from ? usage.start : from;
  const end = until !== null && until < usage.end ? until : usage.end;
  const isInstant = usage.start.getTime() === usage.end.getTime();
  if (isInstant ? usage.start < from || (until !== null && usage.start >= until) : start >= end) return undefined;
  const upTo = until === null ? usage.quantity : unitsBefore(usage, until);
  return { start, end, quantity: isInstant ? usage.quantity : upTo - unitsBefore(usage, from) };
}

/** The units of a month's usage: started ones, or the part of the month. */
function unitsOf(usage: bigint, unit: UsageUnit, month: Month, timeZone: string): Decimal {
  const { size } = usageUnits[unit];
  if (size !== null) return new Decimal(((usage + size - 1n) / size).toString());
  const { start, end } = periodOf(month, timeZone);
  return new Decimal(usage.toString())
    .times(1000)
    .div(end.getTime() - start.getTime())
    .toDecimalPlaces(quantityDecimals);
}

const noLimits = { monthlyMinimum: null, minimumApplied: false, monthlyCap: null, capApplied: false, reductions: [] };

/**
 * What a month's usage of one component costs: the month's usage is summed, units are counted, those of the allowance taken
 * off, the rest priced by the tariff and rounded half-up once; then minimum (while the plan `held` in that month) and cap.
 */
export function rateUsage(
  component: UsageComponent,
  usages: readonly Usage[],
  month: Month,
  timeZone: string,
  held = true,
): RatedLine {
  const { id, unit, tariff, monthlyCap } = component;
  const usage = usages.reduce((sum, one) => sum + usageInMonth(one, month, timeZone), 0n);
  const quantity = unitsOf(usage, unit, month, timeZone);
  const included = Decimal.min(quantity, component.included);
  const steps = priceSteps(tariff, quantity.minus(included));
  const uncapped = roundMinor(costOf(steps));
  const monthlyMinimum = held ? component.monthlyMinimum : null;
  const minimumApplied = monthlyMinimum !== null && uncapped < monthlyMinimum;
  const raised = minimumApplied ? monthlyMinimum : uncapped;
  const capApplied = monthlyCap !== null && raised > monthlyCap;
  return {
    ...{ componentId: id, kind: 'usage', month, usage, unit, steps, uncapped },
    ...{ included: included.toFixed(), quantity: quantity.toFixed() },
    ...{ monthlyMinimum, minimumApplied, monthlyCap, capApplied, reductions: [] },
    amount: capApplied ? monthlyCap : raised,
  };
}

/** What a fee costs: so many times its amount. */
function rateFee(component: OneOffComponent | RecurringComponent, times: Decimal, month: Month): RatedLine {
  const { id, kind, amount } = component;
  const quantity = times.toFixed();
  const charged = roundMinor(new Decimal(amount.toString()).times(times));
  const steps = [{ quantity, rate: new Decimal(amount.toString()).div(100).toFixed() }];
  return {
    ...{ componentId: id, kind, month, usage: 0n, included: '0', quantity, steps, uncapped: charged, ...noLimits },
    unit: kind === 'recurring' ? 'period' : 'once',
    amount: charged,
  };
}

/** The end of what has none yet. */
const never = new Date(8.64e15);

/**
 * What a month costs: a line a component, and those of the plan as a whole. A pure function of usage, price and calendar.
 * `usageOf` gives what was used of a meter while the price held: in this month, or since it holds where an amount was prepaid.
 */
export function rateMonth(
  tenure: Tenure,
  usageOf: (meter: string) => readonly Usage[],
  month: Month,
  calendar: BillingCalendar,
): RatedLine[] {
  const first = monthOf(tenure.start, calendar.timeZone);
  let left = tenure.price.prepaid?.amount ?? 0n;
  if (left > 0n) {
    for (let earlier = first; earlier < month && left > 0n; earlier = nextMonth(earlier)) {
      left -= takenFromPrepaid(ratedWith(tenure, usageOf, earlier, calendar, left));
    }
  }
  return ratedWith(tenure, usageOf, month, calendar, month < first ? 0n : left);
}

function ratedWith(
  tenure: Tenure,
  usageOf: (meter: string) => readonly Usage[],
  month: Month,
  calendar: BillingCalendar,
  prepaidLeft: bigint,
): RatedLine[] {
  const { timeZone, asOf } = calendar;
  const { price, start } = tenure;
  const period = periodOf(month, timeZone);
  const held = { start, end: tenure.end ?? never };
  const active = overlapOf(held, period);
  const isActive = active.start <= asOf && active.start < active.end;
  const begins = start >= period.start && start < period.end && start <= asOf;
  const rated = price.components.map((component): RatedLine => {
    if (component.kind === 'usage') return rateUsage(component, usageOf(component.meter), month, timeZone, isActive);
    const times =
      component.kind === 'oneOff' ? new Decimal(begins ? 1 : 0) : periodsCharged(component, held, month, calendar);
    return rateFee(component, times, month);
  });
  return withPlanAmounts(price, rated, {
    ...{ month, period, begins, prepaidLeft },
    active: isActive ? active : { start: period.start, end: period.start },
  });
}

function overlapOf(a: Period, b: Period): Period {
  const start = new Date(Math.max(a.start.getTime(), b.start.getTime()));
  return { start, end: new Date(Math.max(start.getTime(), Math.min(a.end.getTime(), b.end.getTime()))) };
}
