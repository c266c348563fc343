import { describe, expect, it } from 'vitest';
import type { Bill, Split } from '../../client/market.ts';
import { discrepancies } from './money.ts';

const euros = (amount: string) => ({ amount, currency: 'EUR' });

const bill = {
  lines: [{ due: euros('0.14') }, { due: euros('1.00') }],
  vat: [{ vat: euros('0.23') }],
  ...{ totalWithoutVat: euros('1.14'), totalVat: euros('0.23'), total: euros('1.37') },
} as unknown as Bill;

const split = (...amounts: string[]) =>
  ({ shares: amounts.map((amount) => ({ amount: euros(amount) })) }) as unknown as Split;

describe('a bill and its split', () => {
  it('add up to the cent', () => {
    expect(discrepancies(bill, split('0.19', '0.67', '0.28'))).toEqual([]);
  });

  it('do not when a cent is lost, and it is said where', () => {
    expect(discrepancies(bill, split('0.19', '0.66', '0.28'))).toEqual([
      'shares: 113 ≠ 114',
      'shares + VAT: 136 ≠ 137',
    ]);
    expect(discrepancies({ ...bill, totalVat: euros('0.22') }, split('1.14'))).toContain('VAT by rate: 23 ≠ 22');
  });
});
