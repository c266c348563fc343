import { Decimal } from '../../../kernel/base/money.ts';
import { addMonths, type BillingCalendar, type Month, type Period, periodOf } from './calendar.ts';
import type { RecurringComponent } from './plan.ts';
import { quantityDecimals } from './units.ts';

/**
 * How many periods of a fee are charged in `month`: those that begin in it (and have begun), as far as the plan `held` while
 * they ran. A decimal: 1 for a whole period, less where it is pro rata.
 */
export function periodsCharged(
  { anchor, everyMonths, proRata }: RecurringComponent,
  held: Period,
  month: Month,
  { timeZone, asOf }: BillingCalendar,
): Decimal {
  const periods =
    anchor === 'calendar'
      ? [periodOf(month, timeZone)]
      : anniversaries(held.start, everyMonths, periodOf(month, timeZone), timeZone);
  const begun = periods.filter(({ start }) => start <= asOf && held.start <= asOf);
  return begun.reduce((sum, period) => sum.plus(partHad(period, held, proRata)), new Decimal(0));
}

function partHad(period: Period, held: Period, proRata: boolean): Decimal {
  const had =
    Math.min(period.end.getTime(), held.end.getTime()) - Math.max(period.start.getTime(), held.start.getTime());
  if (had <= 0) return new Decimal(0);
  if (!proRata) return new Decimal(1);
  const whole = period.end.getTime() - period.start.getTime();
  return new Decimal(had).div(whole).toDecimalPlaces(quantityDecimals);
}

/** The periods of `everyMonths` months from `first` on that begin within the month. */
function anniversaries(first: Date, everyMonths: number, { start, end }: Period, timeZone: string): Period[] {
  if (first >= end) return [];
  const months = (end.getUTCFullYear() - first.getUTCFullYear()) * 12 + end.getUTCMonth() - first.getUTCMonth();
  const found: Period[] = [];
  for (let n = Math.max(0, Math.floor(months / everyMonths) - 2); ; n += 1) {
    const begins = addMonths(first, n * everyMonths, timeZone);
    if (begins >= end) return found;
    if (begins >= start) found.push({ start: begins, end: addMonths(first, (n + 1) * everyMonths, timeZone) });
  }
}
