import type { LocalizedText } from '../../../kernel/base/i18n.ts';
import type { Money } from '../../../kernel/base/money.ts';
import type { PriceView } from '../../rating/index.ts';

/**
 * What was bought, at which price, from whom, as it was on the day of the quote: whatever happens to the catalogue, the store
 * or the agreement afterwards, this holds. JSON as it is stored.
 */
export interface Terms {
  readonly storeId: string;
  readonly offeringId: string;
  readonly versionId: string;
  readonly planId: string;
  readonly title: LocalizedText;
  readonly planName: LocalizedText;
  /** What the customer pays, without VAT. */
  readonly price: PriceView;
  /** Percent. */
  readonly vatRate: string;
  /** The merchant of record. */
  readonly operatorId: string;
  readonly resellerId: string;
  /** The same at the catalogue's base price: what is above it is the reseller's. */
  readonly basePrice?: PriceView;
  /** In older terms, instead of the base price: percent of it. */
  readonly marginPercent?: string;
  readonly publisherId: string;
  readonly agreementId: string;
}

/**
 * `pending` (being provisioned) → `active` → `terminating` → `terminated`; or `pending` → `failed`, which costs nothing.
 */
export type SubscriptionState = 'pending' | 'active' | 'terminating' | 'terminated' | 'failed';

/** Something bought, from order to end. */
export interface Subscription {
  readonly id: string;
  readonly customerId: string;
  readonly projectId: string;
  readonly storeId: string;
  readonly credentialId: string;
  readonly terms: Terms;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** What the customer wants to spend a month at most; shown with the cost so far. */
  readonly spendingCeiling: Money | null;
  readonly state: SubscriptionState;
  readonly stackId: string | null;
  /** What its stack gives out: the URL, for instance. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  /** Usage counts up to here. */
  readonly endsAt: Date | null;
  readonly closedAt: Date | null;
}

/** The name of a subscription's stack, by which it is found again after a crash. */
export function stackNameOf(subscriptionId: string): string {
  return `sub-${subscriptionId}`;
}
