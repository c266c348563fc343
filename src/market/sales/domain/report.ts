import { Decimal } from '../../../kernel/base/money.ts';
import type { Earnings } from '../../ledger/index.ts';
import type { OrderCount } from '../../orders/index.ts';
import type { Month } from '../../rating/index.ts';
import type { Turnover } from '../../subscriptions/index.ts';

/** What is counted of some months; a period is the month's place among them, 1 for the first. */
export interface Counted {
  readonly earnings: readonly Earnings[];
  readonly orders: readonly OrderCount[];
  readonly turnover: readonly Turnover[];
}

/** A month of selling; amounts in minor units, without VAT. */
export interface SalesMonth {
  readonly month: Month;
  readonly kept: bigint;
  readonly owed: bigint;
  /** What the operator keeps of all that was sold, in percent; null where nothing was sold. */
  readonly marginPercent: string | null;
  readonly orders: { readonly placed: number; readonly completed: number; readonly failed: number };
  readonly subscriptions: {
    /** At the month's end, or now. */
    readonly active: number;
    readonly began: number;
    readonly ended: number;
    /** What ended, in percent of what was active at the month's beginning; null where nothing was. */
    readonly churnPercent: string | null;
  };
}

/** Puts the counts together, month by month. */
export function salesReport(months: readonly Month[], { earnings, orders, turnover }: Counted): SalesMonth[] {
  const before = turnover.find(({ period }) => period === 0);
  let active = (before?.began ?? 0) - (before?.ended ?? 0);
  return months.map((month, index) => {
    const of = <T extends { readonly period: number }>(rows: readonly T[]) =>
      rows.find(({ period }) => period === index + 1);
    const { kept, owed } = of(earnings) ?? { kept: 0n, owed: 0n };
    const { placed, completed, failed } = of(orders) ?? { placed: 0, completed: 0, failed: 0 };
    const { began, ended } = of(turnover) ?? { began: 0, ended: 0 };
    const atStart = active;
    active += began - ended;
    return {
      ...{ month, kept, owed, marginPercent: percent(kept, kept + owed) },
      orders: { placed, completed, failed },
      subscriptions: { active, began, ended, churnPercent: percent(BigInt(ended), BigInt(atStart)) },
    };
  });
}

/** `part` of `whole` in percent, rounded half up to one decimal. */
function percent(part: bigint, whole: bigint): string | null {
  if (whole === 0n) return null;
  return new Decimal(part.toString()).times(100).div(whole.toString()).toFixed(1);
}
