import type { Bill, Split } from '../../client/market.ts';
import { minorOf } from '../market/render.ts';

/** What does not add up, to the cent; empty when everything does. */
export function discrepancies(bill: Bill, split: Split): string[] {
  const net = minorOf(bill.totalWithoutVat);
  const vat = minorOf(bill.totalVat);
  const sums: readonly (readonly [name: string, found: bigint, expected: bigint])[] = [
    ['lines', sum(bill.lines.map(({ due }) => minorOf(due))), net],
    ['VAT by rate', sum(bill.vat.map((one) => minorOf(one.vat))), vat],
    ['total without VAT + VAT', net + vat, minorOf(bill.total)],
    ['shares', sum(split.shares.map(({ amount }) => minorOf(amount))), net],
    ['shares + VAT', sum(split.shares.map(({ amount }) => minorOf(amount))) + vat, minorOf(bill.total)],
  ];
  return sums
    .filter(([, found, expected]) => found !== expected)
    .map(([name, found, expected]) => `${name}: ${found} ≠ ${expected}`);
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
