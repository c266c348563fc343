import { type Month, type Usage, usageInMonth, usageWithin } from '../../rating/index.ts';
import type { Subscription, Terms } from '../../subscriptions/index.ts';

/** From when until when (null: still) a subscription had these terms. */
export interface HeldTerms {
  readonly terms: Terms;
  readonly start: Date;
  readonly end: Date | null;
}

/** The terms that a subscription has had, one after the other; none before it was active. A trial is never charged. */
export function tenuresOf(
  { terms, endsAt }: Subscription,
  history: readonly { readonly since: Date; readonly terms: Terms }[],
): readonly HeldTerms[] {
  if (terms.test === true) return [];
  return history.map((held, index) => ({
    terms: held.terms,
    start: held.since,
    end: history[index + 1]?.since ?? endsAt,
  }));
}

/** When usage counts for a tenure. */
export interface Window {
  readonly start: Date;
  /** Null: without end. */
  readonly end: Date | null;
}

const beginning = new Date(0);

/**
 * When usage counts for each of these tenures: the first has all that came before, too, for what was used was used; each
 * next one begins where the one before ends.
 */
export function windowsOf(tenures: readonly { readonly start: Date; readonly end: Date | null }[]): Window[] {
  return tenures.map(({ start, end }, index) => ({ start: index === 0 ? beginning : start, end }));
}

/** How much of these usages falls in the window and in the month. Over all windows and months: each of them once. */
export function usageCounted(usages: readonly Usage[], { start, end }: Window, month: Month, timeZone: string): bigint {
  return usages.reduce((sum, usage) => {
    const counted = usageWithin(usage, start, end);
    return counted === undefined ? sum : sum + usageInMonth(counted, month, timeZone);
  }, 0n);
}
