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
