import { describe, expect, it } from 'vitest';
import { historyOf } from '../../testing/exactness/history.ts';
import { monthOf, nextMonth } from './calendar.ts';
import { mostOfMonth } from './most-of-month.ts';
import { priceOf, type UsageComponent } from './plan.ts';
import { rateMonth } from './rate.ts';

const name = { fr: 'x', en: 'x' };
const usage: UsageComponent = {
  ...{ kind: 'usage', id: 'server', name, meter: 'a.v1', unit: 'minute', included: '0' },
  ...{ tariff: { model: 'flat', rate: '0.02' }, monthlyMinimum: null, monthlyCap: null },
};
const fee = { kind: 'recurring', id: 'fee', name, anchor: 'calendar', everyMonths: 1, proRata: true } as const;

describe('the most that a month may cost', () => {
  it('is never exceeded, whatever is used', () => {
    let limited = 0;
    for (let number = 0; number < 2_000; number += 1) {
      const { tenures, events, timeZone } = historyOf(11, number);
      for (const { retail: price, start, end } of tenures) {
        const most = mostOfMonth(price);
        if (most === null) continue;
        limited += 1;
        const usageOf = (meter: string) => events.filter((event) => event.meter === meter).map((event) => event.usage);
        const calendar = { timeZone, asOf: new Date(start.getTime() + 200 * 86_400_000) };
        let month = monthOf(start, timeZone);
        for (let after = 0; after < 4; after += 1, month = nextMonth(month)) {
          const lines = rateMonth({ price, start, end }, usageOf, month, calendar);
          const total = lines.reduce((all, { amount }) => all + amount, 0n);
          expect([number, month, total <= most]).toEqual([number, month, true]);
        }
      }
    }
    expect(limited).toBeGreaterThan(500);
  });

  it('is fees and caps together, and the plan’s own cap where that is less', () => {
    const components = [
      { ...fee, amount: 500n },
      { ...usage, monthlyCap: 1500n },
    ];
    expect(mostOfMonth(priceOf(components))).toBe(2000n);
    expect(mostOfMonth(priceOf(components, { monthlyCap: 1200n }))).toBe(1200n);
    expect(mostOfMonth(priceOf([...components, { kind: 'oneOff', id: 'set-up', name, amount: 100n }]))).toBe(2100n);
  });

  it('is without limit where usage is', () => {
    expect(mostOfMonth(priceOf([usage]))).toBeNull();
    expect(mostOfMonth(priceOf([usage], { monthlyCap: 900n }))).toBe(900n);
    expect(mostOfMonth(priceOf([{ ...usage, tariff: { model: 'flat', rate: '0' } }]))).toBe(0n);
  });
});
