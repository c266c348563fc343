import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Price, parsePrice, priceView } from '../../rating/index.ts';
import { type PriceBookView, parsePriceBook, priceBookView } from '../api/price-book.ts';
import { priceIn } from './price-book.ts';
import type { Store } from './store.ts';

const example = (path: string) =>
  parse(readFileSync(new URL(`../../../../examples/${path}`, import.meta.url), 'utf8'), { schema: 'core' });
const base: Price = parsePrice(example('plans/every-component.yaml'));

function store(priceBook: PriceBookView, marginPercent = '20'): Store {
  return {
    ...{
      id: 'store',
      slug: 'shop',
      resellerId: 'reseller',
      languages: ['fr'],
      createdAt: new Date(0),
    },
    ...{ brand: { name: 'Shop', logoText: 'S', colours: {} }, marginPercent, priceBook: parsePriceBook(priceBook) },
  };
}

/** Fee, rate and cap that a customer sees. */
function shown(shop: Store, customer = 'somebody', offering = 'offering') {
  const { components } = priceView(priceIn(shop, offering, [customer], base));
  const [, support, server] = components;
  return [support?.amount?.amount, server?.rate, server?.monthlyCap?.amount];
}

describe('a price book', () => {
  it('adds the store’s margin where it says nothing', () => {
    expect(shown(store({ segments: [], rules: [] }))).toEqual(['11.88', '0.024', '18.00']);
  });

  it('gives each segment its tariff: the university’s store of the examples', () => {
    const book: PriceBookView = example('stores/dsi-store.yaml');
    book.segments[0]?.organisationIds.push('lab');
    book.segments[1]?.organisationIds.push('institute');
    const shop = store(book);
    expect(shown(shop, 'lab')).toEqual(['9.90', '0.02', '15.00']);
    expect(shown(shop, 'institute')).toEqual(['10.40', '0.021', '15.75']);
    expect(shown(shop)).toEqual(['12.00', '0.024', '18.00']);
  });

  it('takes the first rule that applies, for a component or an offering: the reseller’s store of the examples', () => {
    const book: PriceBookView = example('stores/reseller.yaml');
    expect(shown(store(book))).toEqual(['13.35', '0.0224', '16.80']);
    const special = { offeringIds: ['special'], percent: '1' };
    const shop = store({ ...book, rules: [special, ...book.rules] });
    expect([shown(shop, 'x', 'special'), shown(shop)]).toEqual([['10.00', '0.0202', '15.15'], shown(store(book))]);
  });

  it('is what it was after being kept, and refuses what makes no sense', () => {
    const book = parsePriceBook(example('stores/dsi-store.yaml'));
    expect(parsePriceBook(priceBookView(book))).toEqual(book);
    const rule = (more: object) => ({ segments: [], rules: [{ percent: '1', ...more }] });
    expect(() => parsePriceBook(rule({ segmentId: 'unknown' }))).toThrow("no segment 'unknown'");
    expect(() => parsePriceBook(rule({ fixed: { amount: '-1', currency: 'EUR' } }))).toThrow('below the base price');
    expect(() => parsePriceBook(rule({ roundTo: { amount: '0', currency: 'EUR' } }))).toThrow('at least 0.01');
  });

  it('never sells below the base price', () => {
    const cents = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(cents, cents, fc.integer({ min: 1, max: 500 }), (percent, fixed, roundTo) => {
        const rule = { percent: (percent / 100).toFixed(2), fixed: BigInt(fixed), roundTo: BigInt(roundTo) };
        const shop = { ...store({ segments: [], rules: [] }), priceBook: { segments: [], rules: [rule] } };
        const price = priceIn(shop, 'offering', [], base);
        price.components.forEach((component, index) => {
          const under = base.components[index];
          if (component.kind === 'usage' || under?.kind === 'usage') return;
          expect(component.amount).toBeGreaterThanOrEqual(under?.amount ?? 0n);
        });
        expect(price.monthlyCap).toBeGreaterThanOrEqual(base.monthlyCap ?? 0n);
      }),
    );
  });
});
