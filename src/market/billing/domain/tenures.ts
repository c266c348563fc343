import type { Subscription, Terms } from '../../subscriptions/index.ts';

/** From when until when (null: still) a subscription had these terms. */
export interface HeldTerms {
  readonly terms: Terms;
  readonly start: Date;
  readonly end: Date | null;
}

/** The terms that a subscription has had, one after the other; none before it was active. */
export function tenuresOf({ terms, activatedAt, endsAt }: Subscription): readonly HeldTerms[] {
  return activatedAt === null ? [] : [{ terms, start: activatedAt, end: endsAt }];
}
