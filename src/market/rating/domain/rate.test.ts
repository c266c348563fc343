import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../../kernel/base/money.ts';
import { monthOf, nextMonth, periodOf } from './calendar.ts';
import { type Price, type UsageComponent, withMargin } from './plan.ts';
import { rateComponent, type Usage, usageInMonth, usageUntil } from './rate.ts';
import { vatRateFor, vatTotals } from './vat.ts';

const paris = 'Europe/Paris';
const component: UsageComponent = {
  kind: 'usage',
  id: 'server',
  name: { fr: 'Serveur', en: 'Server' },
  meter: 'andromede.compute.server.usage.v1',
  unit: 'minute',
  rate: '0.0025',
  monthlyCap: 1500n,
};

function used(start: string, seconds: number): Usage {
  const from = new Date(start);
  return { start: from, end: new Date(from.getTime() + seconds * 1000), quantity: BigInt(seconds) };
}

const rate = (usages: readonly Usage[], month = '2026-03') => rateComponent(component, usages, month, paris);

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
    expect(rate([used('2026-03-02T10:00:00Z', 61)])).toMatchObject({ usage: 61n, quantity: 2n, amount: 1n });
    expect(rate([]).amount).toBe(0n);
  });

  it('rounds a line half-up once, not event by event', () => {
    const halves = Array.from({ length: 6 }, (_, n) => used(`2026-03-02T10:0${n}:00Z`, 60));
    expect(rate(halves)).toMatchObject({ quantity: 6n, uncapped: 2n, amount: 2n });
  });

  it('stops at the cap of the month and says so', () => {
    const { start, end } = periodOf('2026-03', paris);
    const whole: Usage = { start, end, quantity: BigInt((end.getTime() - start.getTime()) / 1000) };
    expect(rate([whole])).toMatchObject({ quantity: 44_580n, uncapped: 11_145n, amount: 1500n, capApplied: true });
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
        const exact = Decimal.min(new Decimal(component.rate).times(line.quantity.toString()).times(100), 1500);
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
    expect(usageUntil(usage, new Date('2026-03-02T10:00:40.500Z'))).toMatchObject({ quantity: 40n });
    expect(usageUntil(usage, usage.start)).toBeUndefined();
    expect(usageUntil(usage, usage.end)).toEqual(usage);
  });
});

describe('a store’s price', () => {
  const base: Price = { currency: 'EUR', components: [component] };

  it('is the base price with the reseller’s margin, on rate and cap', () => {
    expect(withMargin(base, '15').components[0]).toMatchObject({ rate: '0.002875', monthlyCap: 1725n });
    expect(withMargin(base, '0')).toEqual(base);
  });

  it('is what is charged: rated usage never costs less than at the base price', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 3_000_000 }), (margin, seconds) => {
        const [retail] = withMargin(base, new Decimal(margin).div(100).toFixed()).components;
        if (retail === undefined) throw new Error('the component is gone');
        const usage = [used('2026-03-02T00:00:00Z', Math.min(seconds, 29 * 86_400))];
        const line = rateComponent(retail, usage, '2026-03', paris);
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
