import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ShareRule, splitSale, totalByParty } from './waterfall.ts';

const story: ShareRule[] = [
  { party: 'reseller', basis: { kind: 'margin', percent: '15' } },
  { party: 'publisher', basis: { kind: 'percentOfRemainder', percent: '70' } },
];
const amounts = (gross: bigint, rules = story, quantity = '1') =>
  splitSale({ gross, quantity }, rules, 'operator').map(({ party, amount }) => [party, amount]);

const percent = fc.integer({ min: 0, max: 1_000_000 }).map((n) => (n / 10_000).toFixed(4));
const limit = fc.option(fc.bigInt({ min: 0n, max: 10_000_000n }), { nil: undefined });
const tiers = [
  { upTo: 1000n, percent: '80' },
  { upTo: null, percent: '60' },
];
const rule: fc.Arbitrary<ShareRule> = fc.record({
  party: fc.constantFrom('reseller', 'store', 'publisher', 'infrastructure'),
  basis: fc.oneof(
    fc.record({
      kind: fc.constantFrom('margin' as const, 'percentOfGross' as const, 'percentOfRemainder' as const),
      percent,
    }),
    fc.record({ kind: fc.constant('amountPerUnit' as const), amount: percent }),
    fc.record({ kind: fc.constant('markup' as const) }),
    fc.record({ kind: fc.constant('tieredPercent' as const), tiers: fc.constant(tiers) }),
  ),
  minimum: limit,
  maximum: limit,
});
const rules = fc.array(rule, { maxLength: 8 });
const gross = fc.bigInt({ min: -1_000_000_000_000n, max: 1_000_000_000_000n });
const quantity = fc.bigInt({ min: 0n, max: 1_000_000n }).map(String);

describe('the waterfall', () => {
  it('gives the reseller the margin, the publisher its part of the rest, the operator what is left', () => {
    expect(amounts(115n)).toEqual([
      ['reseller', 15n],
      ['publisher', 70n],
      ['operator', 30n],
    ]);
  });

  it('gives the store what the sale is above the base price, and tiers their own percentage', () => {
    const rules: ShareRule[] = [
      { party: 'reseller', basis: { kind: 'markup' } },
      { party: 'publisher', basis: { kind: 'tieredPercent', tiers } },
    ];
    const given = splitSale({ gross: 2300n, base: 2000n, quantity: '1' }, rules, 'operator');
    expect(given.map(({ amount }) => amount)).toEqual([300n, 1400n, 600n]);
  });

  it('keeps 131,072.01 € what it is', () => {
    const shares = amounts(13_107_201n);
    expect(shares).toEqual([
      ['reseller', 1_709_635n],
      ['publisher', 7_978_296n],
      ['operator', 3_419_270n],
    ]);
  });

  it('sums to the sale, whatever the rules, refunds included', () => {
    fc.assert(
      fc.property(gross, quantity, rules, (sale, units, some) => {
        const shares = splitSale({ gross: sale, quantity: units }, some, 'operator');
        expect(shares.reduce((sum, { amount }) => sum + amount, 0n)).toBe(sale);
        expect([...totalByParty(shares).values()].reduce((a, b) => a + b, 0n)).toBe(sale);
      }),
    );
  });

  it('takes nothing from anybody: no share has the other sign', () => {
    fc.assert(
      fc.property(gross, quantity, rules, (sale, units, some) => {
        for (const { amount } of splitSale({ gross: sale, quantity: units }, some, 'operator')) {
          expect(amount === 0n || amount > 0n === sale > 0n).toBe(true);
        }
      }),
    );
  });

  it('refunds the exact opposite of what it gave', () => {
    fc.assert(
      fc.property(gross, quantity, rules, (sale, units, some) => {
        const given = splitSale({ gross: sale, quantity: units }, some, 'operator');
        const back = splitSale({ gross: -sale, quantity: units }, some, 'operator');
        expect(back.map(({ amount }) => -amount)).toEqual(given.map(({ amount }) => amount));
      }),
    );
  });

  it('holds to maximum, minimum and amount per unit while there is enough', () => {
    const capped: ShareRule[] = [
      { party: 'a', basis: { kind: 'percentOfGross', percent: '50' }, maximum: 100n },
      { party: 'b', basis: { kind: 'percentOfRemainder', percent: '1' }, minimum: 500n },
      { party: 'c', basis: { kind: 'amountPerUnit', amount: '0.02' } },
    ];
    expect(amounts(1000n, capped, '7')).toEqual([
      ['a', 100n],
      ['b', 500n],
      ['c', 14n],
      ['operator', 386n],
    ]);
    expect(amounts(300n, capped, '1000')).toEqual([
      ['a', 100n],
      ['b', 200n],
      ['c', 0n],
      ['operator', 0n],
    ]);
  });
});
