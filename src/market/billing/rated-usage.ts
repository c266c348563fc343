import type { MeteringApi } from '../metering/index.ts';
import {
  type Month,
  metersOf,
  monthOf,
  nextMonth,
  type Period,
  type PriceView,
  parsePrice,
  periodOf,
  type RatedLine,
  rateMonth,
  type Usage,
} from '../rating/index.ts';
import type { RevenueSharingApi } from '../revenue-sharing/index.ts';
import type { Subscription, SubscriptionsApi } from '../subscriptions/index.ts';
import type { RatedTenure } from './domain/draft.ts';
import { type HeldTerms, tenuresOf, usageCounted, type Window, windowsOf } from './domain/tenures.ts';

export interface RatingDeps {
  readonly subscriptions: SubscriptionsApi;
  readonly metering: MeteringApi;
  readonly revenueSharing: RevenueSharingApi;
  /** The seller's: months begin and end by it. */
  readonly timeZone: string;
}

/** Usage by meter. */
type Used = ReadonlyMap<string, readonly Usage[]>;

/** Usage of a meter that is not known yet, in base units. */
export type Ahead = (meter: string) => bigint;

/**
 * Rates a month of a subscription from the usage known now: a part for each plan that it has had. With `ahead`, as if that
 * were used of the last plan's meters besides.
 */
export async function rateSubscription(
  deps: RatingDeps,
  subscription: Subscription,
  month: Month,
  asOf: Date,
  ahead: Ahead = () => 0n,
): Promise<RatedTenure[]> {
  const held = tenuresOf(subscription, await deps.subscriptions.termsOf(subscription.id));
  if (held.length === 0) return [];
  const resourceIds = await deps.subscriptions.resources(subscription.id);
  const { projectId } = subscription;
  const windows = windowsOf(held);
  return Promise.all(
    held.map(async (one, index) => {
      const window = windows[index] as Window;
      const used = await usageIn(deps, { projectId, resourceIds }, one, month, window);
      return ratedTenure(deps, one, index === held.length - 1 ? withMore(used, month, ahead, deps) : used, month, asOf);
    }),
  );
}

function withMore(used: Used, month: Month, ahead: Ahead, { timeZone }: RatingDeps): Used {
  const period = periodOf(month, timeZone);
  return new Map([...used].map(([meter, usages]) => [meter, [...usages, { ...period, quantity: ahead(meter) }]]));
}

/** The usage that a tenure is rated from: that of the month, and of the months before where an amount was prepaid. */
async function usageIn(
  { metering, timeZone }: RatingDeps,
  things: { readonly projectId: string; readonly resourceIds: readonly string[] },
  { terms, start }: HeldTerms,
  month: Month,
  window: Window,
): Promise<Used> {
  const price = parsePrice(terms.price);
  const months = [month];
  if (price.prepaid !== null) for (let m = monthOf(start, timeZone); m < month; m = nextMonth(m)) months.push(m);
  const ofMonth = async (type: string, one: Month): Promise<Usage> => {
    const period = periodOf(one, timeZone);
    const asked = overlap(period, window);
    const found = asked.start < asked.end ? await metering.usage({ ...things, type, ...asked }) : [];
    return { ...period, quantity: usageCounted(found, window, one, timeZone) };
  };
  const entries = metersOf(price).map(
    async (type) => [type, await Promise.all(months.map((one) => ofMonth(type, one)))] as const,
  );
  return new Map(await Promise.all(entries));
}

function overlap(a: Period, b: Window): Period {
  return { start: a.start > b.start ? a.start : b.start, end: b.end !== null && b.end < a.end ? b.end : a.end };
}

/** Rates at the price and, for what the store adds, at the base price. */
async function ratedTenure(
  { revenueSharing, timeZone }: RatingDeps,
  { terms, start, end }: HeldTerms,
  used: Used,
  month: Month,
  asOf: Date,
): Promise<RatedTenure> {
  const at = (price: PriceView): RatedLine[] =>
    rateMonth({ price: parsePrice(price), start, end }, (meter) => used.get(meter) ?? [], month, { timeZone, asOf });
  return {
    rated: at(terms.price),
    base: terms.basePrice === undefined ? null : at(terms.basePrice),
    vatRate: terms.vatRate,
    waterfall: await revenueSharing.waterfall(terms),
  };
}
