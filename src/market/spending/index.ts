import type { Context } from '../../kernel/access/context.ts';
import { badRequest, conflict } from '../../kernel/base/errors.ts';
import { formatMoney, type Money } from '../../kernel/base/money.ts';
import { moneyView } from '../../kernel/http/house-api.ts';
import type { Route } from '../../kernel/http/index.ts';
import { emit, type Migrations, type Tx } from '../../kernel/store/index.ts';
import { type Later, later } from '../../kernel/work/index.ts';
import type { ApprovalsApi } from '../approvals/index.ts';
import type { BillingApi } from '../billing/index.ts';
import type { MeteringApi } from '../metering/index.ts';
import type { MarketDeps } from '../partners/index.ts';
import { type Month, mostOfMonth, nextMonth, type Price, parsePrice, periodOf } from '../rating/index.ts';
import type { Subscription, SubscriptionsApi } from '../subscriptions/index.ts';
import { alertFact } from './api/alert-view.ts';
import { spendingRoutes } from './api/spending.ts';
import { mustStop, reachedPercents } from './domain/ceiling.ts';
import { insertAlert } from './store/alerts.ts';
import { spendingTexts } from './texts.ts';

export const spendingMigrations: Migrations = {
  context: 'market_spending',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface SpendingDeps extends MarketDeps {
  readonly subscriptions: SubscriptionsApi;
  readonly metering: MeteringApi;
  readonly billing: BillingApi;
  readonly approvals: ApprovalsApi;
  /** The seller's: months begin and end by it. */
  readonly timeZone: string;
}

/** What the routes ask. */
export interface Spending {
  /** Sets another ceiling, or none with null, for the rest of the subscription's life. */
  setCeiling(context: Context, subscriptionId: string, ceiling: Money | null): Promise<Subscription>;
}

const watch = 'market.spending.watch';
/** How soon something is looked at again that is about to be active, and how late a fee may be noticed. */
const soonMs = 5_000;
const dayMs = 86_400_000;

/** Spending ceilings: what is noticed of them, and what stops at them. */
export function createSpending(deps: SpendingDeps): { routes: readonly Route[] } {
  const { store, clock, trust, work, subscriptions, billing, timeZone } = deps;

  const look = (tx: Tx, id: string) => work.wake(tx, watch, id);
  subscriptions.onActive(look);
  deps.metering.onReceived(async (tx, projectIds) => {
    for (const id of await subscriptions.ceiledIn(tx, projectIds)) await look(tx, id);
  });

  work.registerReconciler({
    name: watch,
    async reconcile(id) {
      const subscription = await subscriptions.find(id);
      const ceiling = subscription.spendingCeiling?.minor;
      if (ceiling === undefined || subscription.activatedAt === null || subscription.endsAt !== null) return undefined;
      const month = billing.thisMonth();
      const { totalWithoutVat: cost } = await billing.cost(subscription, month);
      const price = parsePrice(subscription.terms.price);
      const stops = mustStop(cost, ceiling, mostOfMonth(price));
      const stopped = await store.transact(async (tx) => {
        // Whoever sets another one meanwhile has it looked at once more.
        if ((await subscriptions.lockCeiling(tx, id)) !== ceiling) return false;
        await tellReached(tx, subscription, { month, cost, ceiling });
        return stops && (await subscriptions.suspendFor(tx, id, 'spending-ceiling'));
      });
      if (stops && !stopped && ['changing', 'resuming'].includes(subscription.state)) return later(soonMs);
      return stops || subscription.state === 'suspended' ? undefined : untilNextFee(price, month);
    },
  });

  /** Records each part of the ceiling that the cost has reached, once. */
  async function tellReached(
    tx: Tx,
    { id, customerId, terms }: Subscription,
    reached: { readonly month: Month; readonly cost: bigint; readonly ceiling: bigint },
  ): Promise<void> {
    const at = clock.now();
    for (const percent of reachedPercents(reached.cost, reached.ceiling)) {
      const alert = { subscriptionId: id, ...reached, percent, at };
      if (!(await insertAlert(tx, alert))) continue;
      const payload = alertFact(alert, terms.price.currency);
      const kind = 'market.spending.alert';
      await trust.record(tx, { kind, subject: id, at, payload, parties: [customerId] });
      await emit(tx, { type: `andromede.${kind}.v1`, subject: id, time: at, data: { customerId, ...payload } });
    }
  }

  /** Usage tells of itself; a fee falls due when its time comes, and at the latest with the next month. */
  function untilNextFee({ components, commitment, monthlyMinimum }: Price, month: Month): Later | undefined {
    const hasFees = components.some(({ kind }) => kind !== 'usage') || commitment !== null || monthlyMinimum !== null;
    if (!hasFees) return undefined;
    const left = periodOf(nextMonth(month), timeZone).start.getTime() - clock.now().getTime();
    return later(Math.max(1_000, Math.min(left, dayMs)));
  }

  subscriptions.guardResume(async ({ language }, subscription) => {
    const ceiling = subscription.spendingCeiling;
    if (ceiling === null) return;
    const { totalWithoutVat: cost } = await billing.cost(subscription, billing.thisMonth());
    if (!mustStop(cost, ceiling.minor, mostOfMonth(parsePrice(subscription.terms.price)))) return;
    const money = (minor: bigint) => formatMoney({ minor, currency: ceiling.currency }, language);
    throw conflict(spendingTexts(language).reached(money(cost), money(ceiling.minor)));
  });

  async function setCeiling(context: Context, subscriptionId: string, ceiling: Money | null): Promise<Subscription> {
    const texts = spendingTexts(context.language);
    if (ceiling !== null && ceiling.minor < 0n) throw badRequest(texts.negative);
    const { state, customerId, terms, spendingCeiling } = await subscriptions.visible(context, subscriptionId);
    if (['terminating', 'terminated', 'failed'].includes(state)) throw conflict(texts.over);
    const minor = ceiling?.minor ?? null;
    if (minor === (spendingCeiling?.minor ?? null)) return subscriptions.find(subscriptionId);
    const at = clock.now();
    await store.transact(async (tx) => {
      const weighed = { organisationId: customerId, subscriptionId, price: terms.price, ceiling: minor, at };
      await deps.approvals.adjust(tx, context, weighed);
      await subscriptions.setCeiling(tx, subscriptionId, minor);
      const payload = { ceiling: ceiling && moneyView(ceiling), before: spendingCeiling && moneyView(spendingCeiling) };
      const fact = { kind: 'market.subscription.ceiling-set', subject: subscriptionId, at, parties: [customerId] };
      await trust.record(tx, { ...fact, payload: { ...payload, by: context.userId } });
      await look(tx, subscriptionId);
    });
    return subscriptions.find(subscriptionId);
  }

  return { routes: spendingRoutes(deps, { setCeiling }) };
}
