import { Fault } from '../../../kernel/base/errors.ts';
import { Decimal, roundMinor } from '../../../kernel/base/money.ts';

/** France's normal rate, percent (CGI, article 278). */
const frenchNormalRate = '20';

/**
 * The VAT rate, in percent, of an electronic service between two countries (ISO 3166-1 alpha-2). Within France only, so
 * far: reverse charge, export and OSS come with the invoices.
 */
export function vatRateFor(seller: string, customer: string): string {
  if (seller === 'FR' && customer === 'FR') return frenchNormalRate;
  throw new Fault('notSupported', `Sales from ${seller} to ${customer} are not supported yet: only within France.`);
}

/** What is owed for one VAT rate. */
export interface VatTotal {
  readonly rate: string;
  /** Minor units. */
  readonly base: bigint;
  readonly vat: bigint;
}

/** VAT for each rate on the sum of its lines (not line by line), rounded half-up once a rate. */
export function vatTotals(lines: readonly { readonly amount: bigint; readonly vatRate: string }[]): VatTotal[] {
  const bases = new Map<string, bigint>();
  const normal = new Map<string, string>();
  for (const { amount, vatRate } of lines) {
    const rate = normal.get(vatRate) ?? new Decimal(vatRate).toFixed();
    normal.set(vatRate, rate);
    bases.set(rate, (bases.get(rate) ?? 0n) + amount);
  }
  return [...bases].map(([rate, base]) => ({
    rate,
    base,
    vat: roundMinor(new Decimal(base.toString()).times(rate).div(100)),
  }));
}
