import type { LocalizedText } from '../../../kernel/base/i18n.ts';
import type { Fulfilment, OutputsSchema } from '../../fulfilment/index.ts';
import type { Price } from '../../rating/index.ts';
import type { CompositeFulfilment } from './composition.ts';
import type { ParametersSchema } from './parameters.ts';

/** What an offering says and does. Never changes once it is made. */
export interface VersionContent {
  readonly title: LocalizedText;
  readonly description: LocalizedText;
  readonly fulfilment: Fulfilment | CompositeFulfilment;
  readonly parameters: ParametersSchema;
  /** What whoever fulfils it promises to give; Heat's outputs are declared too, so that others can be wired to them. */
  readonly outputs?: OutputsSchema;
  /** Of a composite: the version of each component that is sold with it, by the component's name. */
  readonly pinned?: Readonly<Record<string, string>>;
  readonly categories?: readonly Category[];
  /** What the customer agrees to, and what is promised about quality, in words. */
  readonly terms?: LocalizedText;
  readonly serviceLevel?: LocalizedText;
}

/** What customers look for. */
export const categories = [
  'compute',
  'storage',
  'network',
  'database',
  'data-analytics',
  'development',
  'security',
  'monitoring',
  'web',
  'collaboration',
  'business',
  'education',
  'research',
  'services',
] as const;
export type Category = (typeof categories)[number];

/**
 * `draft` → `submitted` → `approved` → `published` → `retired`; a review may send it back to `draft`. Publishers whom the
 * operator has admitted itself publish without a review.
 */
export const versionStates = ['draft', 'submitted', 'approved', 'published', 'retired'] as const;
export type VersionState = (typeof versionStates)[number];

export interface OfferingVersion extends VersionContent {
  readonly id: string;
  readonly offeringId: string;
  readonly number: number;
  readonly createdAt: Date;
  readonly state: VersionState;
  /** What the reviewer said last. */
  readonly reviewNote: string | null;
  /** Null while only its publisher sees it. */
  readonly publishedAt: Date | null;
}

/** A way to pay for an offering, at the base price. Never changes. */
export interface Plan {
  readonly id: string;
  readonly offeringId: string;
  readonly name: LocalizedText;
  /** The publisher's own word for it, by which those who fulfil know it: `gold`. */
  readonly code: string | null;
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
