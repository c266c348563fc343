import type { LocalizedText } from '../../../kernel/base/i18n.ts';
import { type Adjustment, atStorePrice, type Price } from '../../rating/index.ts';
import type { Store } from './store.ts';

/** Customers who have a tariff of their own, e.g. a university's laboratories. */
export interface Segment {
  /** Unique in its store: what rules refer to. */
  readonly id: string;
  readonly name: LocalizedText;
  readonly organisationIds: readonly string[];
}

/** What a base price becomes, where the rule applies: of all that match, the first in the book. */
export interface PriceRule {
  /** Only these offerings; all when it is not said. */
  readonly offeringIds?: readonly string[];
  /** Only customers of this segment. */
  readonly segmentId?: string;
  /** Only this component of a price. */
  readonly componentId?: string;
  /** Percent that is added; then `fixed` is added to fees; then amounts are rounded up to a multiple of `roundTo`. */
  readonly percent: string;
  /** Minor units. */
  readonly fixed: bigint;
  readonly roundTo: bigint;
}

/** A store's rules, in their order; where none applies, its margin is added. */
export interface PriceBook {
  readonly segments: readonly Segment[];
  readonly rules: readonly PriceRule[];
}

/** What a customer pays in the store for what has that base price: never less than that. Segments are those of the organisations for which is bought. */
export function priceIn(store: Store, offeringId: string, customerIds: readonly string[], base: Price): Price {
  const { segments, rules } = store.priceBook;
  const own = segments.filter(({ organisationIds }) => organisationIds.some((id) => customerIds.includes(id)));
  const here = rules.filter(
    ({ offeringIds, segmentId }) =>
      (offeringIds === undefined || offeringIds.includes(offeringId)) &&
      (segmentId === undefined || own.some(({ id }) => id === segmentId)),
  );
  const margin: Adjustment = { percent: store.marginPercent, fixed: 0n, roundTo: 1n };
  return atStorePrice(
    base,
    (component) => here.find(({ componentId }) => componentId === undefined || componentId === component) ?? margin,
  );
}
