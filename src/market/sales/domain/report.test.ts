import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { salesReport } from './report.ts';

const months = ['2026-01', '2026-02', '2026-03'];
const nothing = { earnings: [], orders: [], turnover: [] };

describe('a sales report', () => {
  it('has every month, those without sales too', () => {
    const report = salesReport(months, nothing);
    expect(report.map(({ month }) => month)).toEqual(months);
    expect(report[1]).toMatchObject({ kept: 0n, owed: 0n, marginPercent: null, orders: { placed: 0 } });
    expect(report[1]?.subscriptions).toEqual({ active: 0, began: 0, ended: 0, churnPercent: null });
  });

  it('says what is kept of a sale in percent, exactly', () => {
    const [, february] = salesReport(months, { ...nothing, earnings: [{ period: 2, kept: 1n, owed: 2n }] });
    expect(february?.marginPercent).toBe('33.3');
  });

  it('counts what ended against what was active when the month began', () => {
    const turnover = [
      { period: 0, began: 10, ended: 2 },
      { period: 1, began: 4, ended: 2 },
      { period: 3, began: 0, ended: 10 },
    ];
    const churn = salesReport(months, { ...nothing, turnover }).map(({ subscriptions }) => subscriptions);
    expect(churn.map(({ active }) => active)).toEqual([10, 10, 0]);
    expect(churn.map(({ churnPercent }) => churnPercent)).toEqual(['25.0', '0.0', '100.0']);
  });

  it('never loses a subscription between two months', () => {
    const count = fc.nat({ max: 50 });
    const row = fc.record({ period: fc.integer({ min: 0, max: 3 }), began: count, ended: count });
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: ({ period }) => period }), (turnover) => {
        const last = salesReport(months, { ...nothing, turnover }).at(-1);
        const left = turnover.reduce((sum, { began, ended }) => sum + began - ended, 0);
        expect(last?.subscriptions.active).toBe(left);
      }),
    );
  });
});
