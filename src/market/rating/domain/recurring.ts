import { Decimal } from '../../../kernel/base/money.ts';
import {
  addMonths,
  type BillingCalendar,
  type Month,
  monthOf,
  monthsBetween,
  type Period,
  periodOf,
} from './calendar.ts';
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
  const period =
    anchor === 'calendar' ? periodOf(month, timeZone) : anniversaryIn(month, held.start, everyMonths, timeZone);
  if (period === undefined || period.start > asOf || held.start > asOf) return new Decimal(0);
  return partHad(period, held, proRata);
}

function partHad(period: Period, held: Period, proRata: boolean): Decimal {
  const had =
    Math.min(period.end.getTime(), held.end.getTime()) - Math.max(period.start.getTime(), held.start.getTime());
  if (had <= 0) return new Decimal(0);
  if (!proRata) return new Decimal(1);
  const whole = period.end.getTime() - period.start.getTime();
  return new Decimal(had).div(whole).toDecimalPlaces(quantityDecimals);
}

/** The period of `everyMonths` months, of those from `first` on, that begins in the month. */
function anniversaryIn(month: Month, first: Date, everyMonths: number, timeZone: string): Period | undefined {
  const passed = monthsBetween(monthOf(first, timeZone), month);
  if (passed < 0 || passed % everyMonths !== 0) return undefined;
  return { start: addMonths(first, passed, timeZone), end: addMonths(first, passed + everyMonths, timeZone) };
}
