import { type Month, metersOf, parsePrice, periodOf, usageWithin } from '../rating/index.ts';
import type { Subscription } from '../subscriptions/index.ts';
import { type DraftContent, draftContent } from './domain/draft.ts';
import { type Outlook, outlook, partsOf } from './domain/forecast.ts';
import { type RatingDeps, rateSubscription } from './rated-usage.ts';

/** What a month will cost. */
export interface Forecast {
  readonly soFar: DraftContent;
  /** At the pace of the calmest, of all, and of the busiest part of the month so far, with all fees that fall due. */
  readonly low: DraftContent;
  readonly expected: DraftContent;
  readonly high: DraftContent;
}

/** Forecasts the running month of a subscription; one that ends costs what it has cost. Sums of an index, seven a meter. */
export async function forecastMonth(
  deps: RatingDeps,
  subscription: Subscription,
  month: Month,
  now: Date,
): Promise<Forecast> {
  const { terms, endsAt } = subscription;
  const period = periodOf(month, deps.timeZone);
  const outlooks = await outlooksOf(deps, subscription, month, now);
  const content = async (asOf: Date, pick?: keyof Outlook): Promise<DraftContent> => {
    const ahead = (meter: string) => (pick === undefined ? 0n : (outlooks.get(meter)?.[pick] ?? 0n));
    const tenures = await rateSubscription(deps, subscription, month, asOf, ahead);
    return draftContent({ currency: terms.price.currency, operatorId: terms.operatorId, tenures, earlier: [] });
  };
  const until = endsAt ?? period.end;
  const [soFar, low, expected, high] = await Promise.all([
    content(now),
    content(until, 'low'),
    content(until, 'expected'),
    content(until, 'high'),
  ]);
  return { soFar, low, expected, high } as Forecast;
}

async function outlooksOf(
  { subscriptions, metering, timeZone }: RatingDeps,
  { id, projectId, terms, activatedAt, endsAt }: Subscription,
  month: Month,
  now: Date,
): Promise<ReadonlyMap<string, Outlook>> {
  if (activatedAt === null || endsAt !== null) return new Map();
  const period = periodOf(month, timeZone);
  const start = activatedAt > period.start ? activatedAt : period.start;
  const parts = partsOf({ start, end: now });
  const [first] = parts;
  const length = first === undefined ? 0 : first.end.getTime() - first.start.getTime();
  const resourceIds = await subscriptions.resources(id);
  const entries = metersOf(parsePrice(terms.price)).map(async (type) => {
    const used = parts.map(async (part) => {
      const found = await metering.usage({ projectId, resourceIds, type, ...part });
      return found.reduce((sum, usage) => sum + (usageWithin(usage, part.start, part.end)?.quantity ?? 0n), 0n);
    });
    return [type, outlook(await Promise.all(used), length, period.end.getTime() - now.getTime())] as const;
  });
  return new Map(await Promise.all(entries));
}
