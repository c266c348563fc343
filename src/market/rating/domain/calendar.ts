/** A calendar month of the seller, `2026-03`. */
export type Month = string;

/** Half-open: from `start`, up to and without `end`. */
export interface Period {
  readonly start: Date;
  readonly end: Date;
}

/** By which calendar months run, and the moment up to which fees have begun. */
export interface BillingCalendar {
  /** The seller's. */
  readonly timeZone: string;
  readonly asOf: Date;
}

const monthPattern = /^[0-9]{4}-(0[1-9]|1[0-2])$/;

/** Whether `text` names a month. */
export function isMonth(text: string): text is Month {
  return monthPattern.test(text);
}

/** A formatter is dear to make and always the same for a time zone. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    era: 'short',
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  });
  formatters.set(timeZone, made);
  return made;
}

/** What a clock on the wall of `timeZone` shows at `instant`, as if it were UTC, in milliseconds. */
function wallClock(instant: number, timeZone: string): number {
  const parts = Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const { year, month, day, hour, minute, second } = parts;
  const whole = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return whole + (((instant % 1000) + 1000) % 1000);
}

/** The instant at which that clock shows `wall`; months never begin in the hour that a clock change skips or repeats. */
function instantOf(wall: number, timeZone: string): number {
  const guess = wall - (wallClock(wall, timeZone) - wall);
  return guess - (wallClock(guess, timeZone) - wall);
}

/** The month of `timeZone` in which `instant` lies: that of UTC, or the one before or after. */
export function monthOf(instant: Date, timeZone: string): Month {
  const month = instant.toISOString().slice(0, 7);
  const { start, end } = periodOf(month, timeZone);
  if (instant >= end) return nextMonth(month);
  return instant >= start ? month : monthAfter(month, -1);
}

/** The month after. */
export const nextMonth = (month: Month): Month => monthAfter(month, 1);

function monthAfter(month: Month, count: number): Month {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + count, 1)).toISOString().slice(0, 7);
}

/** How many months `to` is after `from`. */
export function monthsBetween(from: Month, to: Month): number {
  const count = (month: Month) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5));
  return count(to) - count(from);
}

/** What is asked for again and again is remembered: a few months of a few time zones. */
const periods = new Map<string, Period>();
const mostRemembered = 10_000;

/** When the month begins and ends in `timeZone`, clock changes included. */
export function periodOf(month: Month, timeZone: string): Period {
  const key = `${timeZone} ${month}`;
  const known = periods.get(key);
  if (known !== undefined) return known;
  const begins = (name: Month) => new Date(instantOf(Date.parse(`${name}-01T00:00:00Z`), timeZone));
  const period = { start: begins(month), end: begins(nextMonth(month)) };
  if (periods.size >= mostRemembered) periods.clear();
  periods.set(key, period);
  return period;
}

/** The same day and hour `count` months later by the clock of `timeZone`; the month's last day where it has no such day. */
export function addMonths(instant: Date, count: number, timeZone: string): Date {
  if (count === 0) return instant;
  const wall = new Date(wallClock(instant.getTime(), timeZone));
  const first = new Date(wall);
  first.setUTCDate(1);
  first.setUTCMonth(first.getUTCMonth() + count);
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(wall.getUTCDate(), lastDay));
  return new Date(instantOf(first.getTime(), timeZone));
}
