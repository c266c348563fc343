import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../../kernel/base/money.ts';
import { addMonths, monthOf, nextMonth, periodOf } from './calendar.ts';
import { type Price, type PriceComponent, priceOf, type Tariff, type UsageComponent } from './plan.ts';
import { withMargin } from './price-book.ts';
import { rateMonth, rateUsage, type Usage, usageInMonth, usageWithin } from './rate.ts';
import { vatRateFor, vatTotals } from './vat.ts';

const paris = 'Europe/Paris';
const component: UsageComponent = {
  kind: 'usage',
  id: 'server',
  name: { fr: 'Serveur', en: 'Server' },
  meter: 'andromede.compute.server.usage.v1',
  unit: 'minute',
  tariff: { model: 'flat', rate: '0.0025' },
  included: '0',
  monthlyMinimum: null,
  monthlyCap: 1500n,
};
const perMinute = '0.0025';

function used(start: string, seconds: number): Usage {
  const from = new Date(start);
  return { start: from, end: new Date(from.getTime() + seconds * 1000), quantity: BigInt(seconds) };
}

const rate = (usages: readonly Usage[], month = '2026-03') => rateUsage(component, usages, month, paris);

describe('the seller’s calendar', () => {
  it('begins a month at midnight in Paris, winter and summer', () => {
    expect(periodOf('2026-03', paris)).toEqual({
      start: new Date('2026-02-28T23:00:00Z'),
      end: new Date('2026-03-31T22:00:00Z'),
    });
    expect(periodOf('2026-12', paris).end).toEqual(new Date('2026-12-31T23:00:00Z'));
  });

  it('has an hour less in the March of the clock change, an hour more in October', () => {
    const hours = (month: string) => {
      const { start, end } = periodOf(month, paris);
      return (end.getTime() - start.getTime()) / 3_600_000;
    };
    expect([hours('2026-03'), hours('2026-10'), hours('2026-05')]).toEqual([743, 745, 744]);
  });

  it('puts every instant in exactly one month', () => {
    const instants = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, fc.constantFrom(paris, 'UTC', 'America/Sao_Paulo', 'Pacific/Auckland'), (instant, zone) => {
        const month = monthOf(instant, zone);
        const { start, end } = periodOf(month, zone);
        expect(start <= instant && instant < end).toBe(true);
        expect(periodOf(nextMonth(month), zone).start).toEqual(end);
      }),
    );
  });
});

describe('rating', () => {
  it('counts a started minute', () => {
    expect(rate([used('2026-03-02T10:00:00Z', 61)])).toMatchObject({ usage: 61n, quantity: '2', amount: 1n });
    expect(rate([]).amount).toBe(0n);
  });

  it('rounds a line half-up once, not event by event', () => {
    const halves = Array.from({ length: 6 }, (_, n) => used(`2026-03-02T10:0${n}:00Z`, 60));
    expect(rate(halves)).toMatchObject({ quantity: '6', uncapped: 2n, amount: 2n });
  });

  it('stops at the cap of the month and says so', () => {
    const { start, end } = periodOf('2026-03', paris);
    const whole: Usage = { start, end, quantity: BigInt((end.getTime() - start.getTime()) / 1000) };
    expect(rate([whole])).toMatchObject({ quantity: '44580', uncapped: 11_145n, amount: 1500n, capApplied: true });
  });

  const usages = fc.array(
    fc
      .record({
        at: fc.integer({ min: Date.parse('2026-01-20T00:00:00Z'), max: Date.parse('2026-06-10T00:00:00Z') }),
        seconds: fc.integer({ min: 0, max: 40 * 86_400 }),
      })
      .map(({ at, seconds }) => used(new Date(at).toISOString(), seconds)),
    { maxLength: 20 },
  );
  const months = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06', '2026-07'];

  it('charges every second in exactly one month', () => {
    fc.assert(
      fc.property(usages, (some) => {
        const all = months.flatMap((month) => some.map((one) => usageInMonth(one, month, paris)));
        expect(all.reduce((a, b) => a + b, 0n)).toBe(some.reduce((sum, { quantity }) => sum + quantity, 0n));
      }),
    );
  });

  it('never exceeds the cap, is exact to half a cent below it, and does not depend on the order', () => {
    fc.assert(
      fc.property(usages, fc.constantFrom(...months), (some, month) => {
        const line = rate(some, month);
        const exact = Decimal.min(new Decimal(perMinute).times(line.quantity).times(100), 1500);
        expect(line.amount).toBeLessThanOrEqual(1500n);
        expect(exact.minus(line.amount.toString()).abs().lte(0.5)).toBe(true);
        expect(rate([...some].reverse(), month)).toEqual(line);
      }),
    );
  });

  it('costs the same however finely the usage was reported, within a month', () => {
    const cut = fc.integer({ min: 0, max: 86_400 });
    fc.assert(
      fc.property(cut, cut, (a, b) => {
        const [first, second] = a < b ? [a, b] : [b, a];
        const whole = rate([used('2026-03-10T00:00:00Z', 86_400)]);
        const from = (offset: number) => new Date(Date.parse('2026-03-10T00:00:00Z') + offset * 1000).toISOString();
        const parts = [used(from(0), first), used(from(first), second - first), used(from(second), 86_400 - second)];
        expect(rate(parts)).toEqual(whole);
      }),
    );
  });

  it('costs no less when more is used', () => {
    fc.assert(
      fc.property(usages, usages, (some, more) => {
        expect(rate([...some, ...more]).amount).toBeGreaterThanOrEqual(rate(some).amount);
      }),
    );
  });

  it('charges nothing after the cut-off', () => {
    const usage = used('2026-03-02T10:00:00Z', 100);
    const cut = new Date('2026-03-02T10:00:40.500Z');
    expect(usageWithin(usage, usage.start, cut)).toMatchObject({ quantity: 40n });
    expect(usageWithin(usage, cut, null)).toMatchObject({ quantity: 60n });
    expect(usageWithin(usage, new Date(0), usage.start)).toBeUndefined();
    expect(usageWithin(usage, new Date(0), usage.end)).toEqual(usage);
  });
});

/** A month of a plan that has held since the 10th of March 2026, at noon in Paris, until `end`. */
function month(price: Price, name = '2026-03', { seconds = 0, end = null as Date | null, asOf = '2027-01-01' } = {}) {
  const tenure = { price, start: new Date('2026-03-10T11:00:00Z'), end };
  const usage = [used('2026-03-12T00:00:00Z', seconds)];
  const lines = rateMonth(tenure, () => usage, name, { timeZone: paris, asOf: new Date(asOf) });
  return Object.fromEntries(lines.map((line) => [line.componentId, line]));
}
const named = { name: { fr: 'Forfait', en: 'Fee' } };
const fee = (more: object = {}): PriceComponent => ({
  ...{ kind: 'recurring', id: 'fee', ...named, amount: 3100n, anchor: 'calendar', everyMonths: 1, proRata: true },
  ...more,
});
const metered = (tariff: Tariff, more: Partial<UsageComponent> = {}): UsageComponent => ({
  ...component,
  ...{ unit: 'second', monthlyCap: null, tariff },
  ...more,
});

describe('fees', () => {
  it('charges a set-up fee once, in the month in which the plan begins', () => {
    const price = priceOf([{ kind: 'oneOff', id: 'setup', ...named, amount: 5000n }]);
    expect(['2026-02', '2026-03', '2026-04'].map((name) => month(price, name).setup?.amount)).toEqual([0n, 5000n, 0n]);
  });

  it('charges a calendar fee pro rata where the plan begins or ends within the month', () => {
    const price = priceOf([fee()]);
    // 31 days less an hour (the clock change), of which 21.5 days less that hour are left on the 10th at noon.
    expect(month(price).fee).toMatchObject({ quantity: '0.69313594', amount: 2149n });
    expect(month(price, '2026-05').fee).toMatchObject({ quantity: '1', amount: 3100n });
    expect(month(price, '2026-05', { end: new Date('2026-05-15T22:00:00Z') }).fee?.amount).toBe(1500n);
    expect(month(priceOf([fee({ proRata: false })])).fee?.amount).toBe(3100n);
  });

  it('charges an anniversary fee on its day, at its hour, whatever the clocks do', () => {
    const price = priceOf([fee({ anchor: 'anniversary', everyMonths: 3 })]);
    const charged = ['2026-03', '2026-04', '2026-05', '2026-06', '2026-09'].map(
      (name) => month(price, name).fee?.amount,
    );
    expect(charged).toEqual([3100n, 0n, 0n, 3100n, 3100n]);
    const half = { end: new Date('2026-07-26T10:00:00Z') };
    expect(month(price, '2026-06', half).fee).toMatchObject({ quantity: '0.5', amount: 1550n });
    expect(month(price, '2026-06', { asOf: '2026-06-10T09:59:59Z' }).fee?.amount).toBe(0n);
  });

  it('has the same day each month, or the last one', () => {
    const days = [1, 2, 3, 12].map((count) => addMonths(new Date('2026-01-31T12:00:00Z'), count, paris).toISOString());
    expect(days).toEqual([
      ...['2026-02-28T12:00:00.000Z', '2026-03-31T11:00:00.000Z'],
      ...['2026-04-30T11:00:00.000Z', '2027-01-31T12:00:00.000Z'],
    ]);
  });
});

describe('tariffs', () => {
  const tiers = [
    { upTo: '100', rate: '0.10' },
    { upTo: '1000', rate: '0.05' },
    { upTo: null, rate: '0.01' },
  ];
  const cost = (tariff: Tariff, seconds: number) =>
    month(priceOf([metered(tariff)]), '2026-03', { seconds }).server?.amount;

  it('prices each unit by its tier (graduated), or all by the tier reached (volume)', () => {
    const at = [0, 100, 101, 1000, 1001];
    expect(at.map((n) => cost({ model: 'graduated', tiers }, n))).toEqual([0n, 1000n, 1005n, 5500n, 5501n]);
    expect(at.map((n) => cost({ model: 'volume', tiers }, n))).toEqual([0n, 1000n, 505n, 5000n, 1001n]);
  });

  it('prices started packages', () => {
    const tariff: Tariff = { model: 'package', size: '60', rate: '1.5' };
    expect([0, 1, 60, 61].map((n) => cost(tariff, n))).toEqual([0n, 150n, 150n, 300n]);
  });

  it('takes off what is included before, and says so', () => {
    const price = priceOf([metered({ model: 'flat', rate: '0.01' }, { included: '90' })]);
    expect(month(price, '2026-03', { seconds: 100 }).server).toMatchObject({
      included: '90',
      quantity: '100',
      amount: 10n,
    });
  });

  it('prices a whole month as one, whatever its length', () => {
    const price = priceOf([metered({ model: 'flat', rate: '30' }, { unit: 'month' })]);
    for (const name of ['2026-02', '2026-03', '2026-10']) {
      const { start, end } = periodOf(name, paris);
      const usage = [{ start, end, quantity: BigInt((end.getTime() - start.getTime()) / 1000) }];
      const lines = rateMonth({ price, start, end: null }, () => usage, name, { timeZone: paris, asOf: end });
      expect(lines[0]).toMatchObject({ quantity: '1', amount: 3000n });
    }
  });
});

describe('a plan as a whole', () => {
  const perSecond = metered({ model: 'flat', rate: '0.01' });
  const amounts = (price: Price, seconds: number, name?: string) =>
    Object.values(month(price, name, { seconds })).map(({ componentId, amount }) => [componentId, amount]);

  it('charges a commitment whether it is used or not, pro rata, and more for what is beyond', () => {
    const price = priceOf([perSecond], { commitment: { amount: 1000n, overagePercent: '150' } });
    expect(amounts(price, 0, '2026-04')).toEqual([
      ['server', 0n],
      ['commitment', 1000n],
      ['overage', 0n],
    ]);
    expect(amounts(price, 0)).toEqual([
      ['server', 0n],
      ['commitment', 693n],
      ['overage', 0n],
    ]);
    expect(amounts(price, 893)).toEqual([
      ['server', 893n],
      ['commitment', 0n],
      ['overage', 100n],
    ]);
  });

  it('takes usage from what was prepaid, month after month, until nothing is left', () => {
    const price = priceOf([perSecond], { prepaid: { amount: 1000n, overagePercent: '200' } });
    expect(amounts(price, 600)).toEqual([
      ['server', 0n],
      ['prepaid', 1000n],
      ['overage', 0n],
    ]);
    const tenure = { price, start: new Date('2026-03-10T11:00:00Z'), end: null };
    const usage = [used('2026-03-12T00:00:00Z', 600), used('2026-04-12T00:00:00Z', 700)];
    const calendar = { timeZone: paris, asOf: new Date('2027-01-01') };
    const april = rateMonth(tenure, () => usage, '2026-04', calendar).map(({ amount }) => amount);
    expect(april).toEqual([300n, 0n, 300n]);
  });

  it('is made up to the minimum, and cut to the cap over all its lines, set-up fees aside', () => {
    const setup: PriceComponent = { kind: 'oneOff', id: 'setup', ...named, amount: 9900n };
    const limits = { monthlyMinimum: 500n, monthlyCap: 4000n };
    const price = priceOf([setup, fee({ proRata: false }), perSecond], limits);
    expect(amounts(price, 0)).toEqual([
      ['setup', 9900n],
      ['fee', 3100n],
      ['server', 0n],
      ['minimum', 0n],
    ]);
    expect(amounts(price, 3100)).toEqual([
      ['setup', 9900n],
      ['fee', 2000n],
      ['server', 2000n],
      ['minimum', 0n],
    ]);
    expect(amounts(priceOf([perSecond], limits), 20)).toEqual([
      ['server', 20n],
      ['minimum', 480n],
    ]);
  });
});

describe('a store’s price', () => {
  const base: Price = priceOf([component]);

  it('is the base price with the reseller’s margin, on rate and cap', () => {
    const [retail] = withMargin(base, '15').components;
    expect(retail).toMatchObject({ tariff: { rate: '0.002875' }, monthlyCap: 1725n });
    expect(withMargin(base, '0')).toEqual(base);
  });

  it('is what is charged: rated usage never costs less than at the base price', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 3_000_000 }), (margin, seconds) => {
        const [retail] = withMargin(base, new Decimal(margin).div(100).toFixed()).components;
        if (retail?.kind !== 'usage') throw new Error('the component is gone');
        const usage = [used('2026-03-02T00:00:00Z', Math.min(seconds, 29 * 86_400))];
        const line = rateUsage(retail, usage, '2026-03', paris);
        expect(line.amount).toBeGreaterThanOrEqual(rate(usage).amount);
      }),
    );
  });
});

describe('VAT', () => {
  it('is taken on the sum of the lines of a rate', () => {
    const lines = Array.from({ length: 3 }, () => ({ amount: 2n, vatRate: '20' }));
    expect(vatTotals(lines)).toEqual([{ rate: '20', base: 6n, vat: 1n }]);
    expect(vatTotals([{ amount: 13_107_201n, vatRate: '20.0' }])).toEqual([
      { rate: '20', base: 13_107_201n, vat: 2_621_440n },
    ]);
  });

  it('is refused where its rule is not known yet', () => {
    expect(vatRateFor('FR', 'FR')).toBe('20');
    expect(() => vatRateFor('FR', 'DE')).toThrow('only within France');
  });
});
