import { Decimal } from 'decimal.js';
import { type Language, numberFormat } from './i18n.ts';

/** Enough digits that rating never rounds before a line's single rounding. */
Decimal.set({ precision: 60, rounding: Decimal.ROUND_HALF_UP });

export { Decimal } from 'decimal.js';

/** An amount in minor units (cents) of an ISO 4217 currency. All our currencies have two decimals. */
export interface Money {
  readonly minor: bigint;
  readonly currency: string;
}

/** `money(1234n)` is 12.34 EUR. */
export function money(minor: bigint, currency = 'EUR'): Money {
  return { minor, currency };
}

/** The sum; adding different currencies is a bug. */
export function add(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new Error(`cannot add ${a.currency} and ${b.currency}`);
  return { minor: a.minor + b.minor, currency: a.currency };
}

/** A decimal amount of minor units rounded once, half away from zero. */
export function roundMinor(amount: Decimal): bigint {
  return BigInt(amount.toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toFixed(0));
}

/**
 * Splits `total` by `weights` (any non-negative decimals, not all zero) by largest remainder: the parts always sum
 * to the total, each is within one minor unit of its exact share, ties go to the earlier part. A negative total
 * (refund) splits into the exact opposite of what the positive one gives.
 */
export function splitByWeights(total: bigint, weights: readonly Decimal[]): bigint[] {
  if (total < 0n) return splitByWeights(-total, weights).map((part) => -part);
  const sum = weights.reduce((a, b) => a.plus(b), new Decimal(0));
  if (sum.lte(0) || weights.some((weight) => weight.lt(0)))
    throw new Error('weights must be non-negative, not all zero');
  const exact = weights.map((weight) => new Decimal(total.toString()).times(weight).div(sum));
  const parts = exact.map((share) => BigInt(share.floor().toFixed(0)));
  let left = total - parts.reduce((a, b) => a + b, 0n);
  const order = exact
    .map((share, index) => ({ index, remainder: share.minus(share.floor()) }))
    .sort((a, b) => b.remainder.comparedTo(a.remainder) || a.index - b.index);
  for (const { index } of order) {
    if (left === 0n) break;
    parts[index] = (parts[index] as bigint) + 1n;
    left -= 1n;
  }
  return parts;
}

/** `12,34 €` or `€12.34`, exact whatever the size. */
export function formatMoney(amount: Money, language: Language): string {
  const digits = amount.minor < 0n ? -amount.minor : amount.minor;
  const text = `${amount.minor < 0n ? '-' : ''}${digits / 100n}.${String(digits % 100n).padStart(2, '0')}`;
  const format = numberFormat(language, { style: 'currency', currency: amount.currency });
  return format.format(text as Intl.StringNumericLiteral);
}

/** `"12.34"`: the API's way to write an amount, exact and without locale. */
export function decimalText(minor: bigint): string {
  const digits = minor < 0n ? -minor : minor;
  return `${minor < 0n ? '-' : ''}${digits / 100n}.${String(digits % 100n).padStart(2, '0')}`;
}
