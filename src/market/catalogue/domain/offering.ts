import type { LocalizedText } from '../../../kernel/base/i18n.ts';
import type { Price } from '../../rating/index.ts';
import type { ParametersSchema } from './parameters.ts';

/** How an order becomes a service. One kind so far; broker, webhook and a person's task join this union. */
export type Fulfilment = { readonly kind: 'heat'; readonly template: string };

/** What an offering says and does. Never changes once it is made. */
export interface VersionContent {
  readonly title: LocalizedText;
  readonly description: LocalizedText;
  readonly fulfilment: Fulfilment;
  readonly parameters: ParametersSchema;
}

export interface OfferingVersion extends VersionContent {
  readonly id: string;
  readonly offeringId: string;
  readonly number: number;
  readonly createdAt: Date;
  /** Null while only its publisher sees it. */
  readonly publishedAt: Date | null;
}

/** A way to pay for an offering, at the base price. Never changes. */
export interface Plan {
  readonly id: string;
  readonly offeringId: string;
  readonly name: LocalizedText;
  readonly price: Price;
  readonly createdAt: Date;
}

export interface Offering {
  readonly id: string;
  readonly publisherId: string;
  readonly createdAt: Date;
}

/** A published offering with all that a store needs to sell it. */
export interface Published {
  readonly offering: Offering;
  readonly version: OfferingVersion;
  readonly plans: readonly Plan[];
}
