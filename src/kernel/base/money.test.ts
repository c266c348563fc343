import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal, decimalText, formatMoney, money, roundMinor, splitByWeights } from './money.ts';

const weights = fc
  .array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 20 })
  .filter((all) => all.some((w) => w > 0));
const decimals = (all: readonly number[]) => all.map((weight) => new Decimal(weight));

describe('splitting an amount', () => {
  it('conserves it to the cent, gives each its share within a cent, and nothing to a weight of zero', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), weights, (total, all) => {
        const parts = splitByWeights(total, decimals(all));
        expect(parts.reduce((a, b) => a + b, 0n)).toBe(total);
        const sum = all.reduce((a, b) => a + b, 0);
        for (const [index, part] of parts.entries()) {
          const exact = new Decimal(total.toString()).times(all[index] ?? 0).div(sum);
          expect(exact.minus(part.toString()).abs().lt(1)).toBe(true);
          if (all[index] === 0) expect(part).toBe(0n);
        }
      }),
    );
  });

  it('gives a refund the exact opposite of the sale', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 15n }), weights, (total, all) => {
        const sale = splitByWeights(total, decimals(all));
        expect(splitByWeights(-total, decimals(all))).toEqual(sale.map((part) => -part));
      }),
    );
  });

  it('refuses weights that say nothing', () => {
    expect(() => splitByWeights(1n, decimals([0, 0]))).toThrow();
    expect(() => splitByWeights(1n, decimals([2, -1]))).toThrow();
  });
});

describe('an amount', () => {
  it('stays exact, whatever its size, in both languages', () => {
    expect(formatMoney(money(13_107_201n), 'fr').replaceAll(/\s/gu, ' ')).toBe('131 072,01 €');
    expect(formatMoney(money(-905n), 'en')).toBe('-€9.05');
    expect(formatMoney(money(900_719_925_474_099_312n), 'en')).toBe('€9,007,199,254,740,993.12');
    expect(decimalText(-5n)).toBe('-0.05');
  });

  it('is rounded half away from zero, once', () => {
    expect([
      roundMinor(new Decimal('0.5')),
      roundMinor(new Decimal('-0.5')),
      roundMinor(new Decimal('1.4999')),
    ]).toEqual([1n, -1n, 1n]);
  });
});
