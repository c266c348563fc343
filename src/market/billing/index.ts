import type { Context } from '../../kernel/access/context.ts';
import { canonicalJson } from '../../kernel/base/canonical-json.ts';
import { conflict, Fault } from '../../kernel/base/errors.ts';
import { decimalText } from '../../kernel/base/money.ts';
import type { Route } from '../../kernel/http/index.ts';
import { type Connection, emit, type Migrations, type Tx } from '../../kernel/store/index.ts';
import { postEntry, salePostings } from '../ledger/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import { type Month, monthOf, periodOf } from '../rating/index.ts';
import type { Subscription } from '../subscriptions/index.ts';
import { draftRoutes } from './api/drafts.ts';
import { type DraftContent, type DraftInput, draftContent, sharesByParty } from './domain/draft.ts';
import { type Forecast, forecastMonth } from './forecast.ts';
import { type RatingDeps, rateSubscription } from './rated-usage.ts';
import { draftsOfMonth, findDraft, type InvoiceDraft, lockMonth, markFinal, putDraft } from './store/drafts.ts';
import { billingTexts } from './texts.ts';

export { type DraftContent, type DraftLine, draftContent, sharesByParty } from './domain/draft.ts';
export { usageCounted, windowsOf } from './domain/tenures.ts';
export type { InvoiceDraft } from './store/drafts.ts';

export const billingMigrations: Migrations = {
  context: 'market_billing',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface BillingDeps extends MarketDeps, RatingDeps {
  readonly partners: PartnersApi;
}

/** Costs and invoice drafts. */
export interface BillingApi {
  /** What a subscription costs in a month, from all the usage known now, whatever was invoiced of it. */
  cost(subscription: Subscription, month: Month): Promise<DraftContent>;
  /** What the running month will cost, and within which bounds. */
  forecast(subscription: Subscription): Promise<Forecast>;
  /** Reckons the month's draft (again), and keeps it. */
  makeDraft(context: Context, id: string, subscriptionId: string, month: Month): Promise<InvoiceDraft>;
  /** Makes a draft final: posts it to the ledger, once. */
  finalise(context: Context, draftId: string): Promise<InvoiceDraft>;
  /** The month in which we are. */
  thisMonth(): Month;
}

/** Rated usage, invoice drafts, their entry in the ledger and their split. */
export function createBilling(deps: BillingDeps): { api: BillingApi; routes: readonly Route[] } {
  const { store, clock, trust, partners, subscriptions, timeZone } = deps;

  /** Everything that a draft takes but what was invoiced before. */
  async function reckon(subscription: Subscription, month: Month): Promise<Omit<DraftInput, 'earlier'>> {
    const { price, operatorId } = subscription.terms;
    const tenures = await rateSubscription(deps, subscription, month, clock.now());
    return { currency: price.currency, operatorId, tenures };
  }

  async function makeDraft(context: Context, id: string, subscriptionId: string, month: Month): Promise<InvoiceDraft> {
    await partners.requireOperator(context);
    const subscription = await subscriptions.visible(context, subscriptionId);
    if (subscription.activatedAt === null) throw conflict(billingTexts(context.language).neverActive);
    if (subscription.terms.test === true) throw conflict(billingTexts(context.language).neverCharged);
    const at = clock.now();
    const input = await reckon(subscription, month);
    return store.transact(async (tx) => {
      await lockMonth(tx, subscriptionId, month);
      const known = await draftsOfMonth(tx, subscriptionId, month);
      const repeated = known.find((draft) => draft.id === id && draft.state === 'final');
      if (repeated !== undefined) return repeated;
      const open = known.find(({ state }) => state === 'draft');
      const earlier = known.filter(({ state }) => state === 'final').map(({ content }) => content);
      const draft: InvoiceDraft = {
        ...{ id: open?.id ?? id, subscriptionId, month, customerId: subscription.customerId, state: 'draft' },
        content: draftContent({ ...input, earlier }),
        ...{ createdAt: open?.createdAt ?? at, updatedAt: at, finalisedAt: null },
      };
      await putDraft(tx, draft);
      if (open === undefined || !sameContent(open.content, draft.content)) await recordRating(tx, draft, at);
      return draft;
    });
  }

  async function recordRating(tx: Tx, draft: InvoiceDraft, at: Date): Promise<void> {
    const { lines, total, currency } = draft.content;
    const payload = {
      ...{ subscriptionId: draft.subscriptionId, month: draft.month, total: decimalText(total), currency },
      lines: lines.map(({ componentId, usage, quantity, steps, capApplied, due }) => ({
        ...{ componentId, usage: String(usage), quantity, steps, capApplied, due: decimalText(due) },
      })),
    };
    const parties = [draft.customerId];
    await trust.record(tx, { kind: 'market.usage.rated', subject: draft.id, at, payload, parties });
  }

  /** A month is over for a subscription when it has ended, or the subscription has. */
  function isOver(subscription: Subscription, month: Month, now: Date): boolean {
    return subscription.state === 'terminated' || periodOf(month, timeZone).end <= now;
  }

  async function finalise(context: Context, draftId: string): Promise<InvoiceDraft> {
    await partners.requireOperator(context);
    const texts = billingTexts(context.language);
    const asked = await findDraft(store.db, draftId);
    if (asked === undefined) throw new Fault('notFound', texts.draftNotFound(draftId));
    const subscription = await subscriptions.find(asked.subscriptionId);
    const at = clock.now();
    if (!isOver(subscription, asked.month, at)) throw conflict(texts.monthRuns);
    await store.transact(async (tx) => {
      await lockMonth(tx, asked.subscriptionId, asked.month);
      const draft = await required(tx, draftId);
      if (draft.state === 'final') return;
      await markFinal(tx, draftId, at);
      await post(tx, draft, subscription.terms.operatorId, at);
    });
    return required(store.db, draftId);
  }

  async function required(connection: Connection, draftId: string): Promise<InvoiceDraft> {
    const draft = await findDraft(connection, draftId);
    if (draft === undefined) throw new Error(`invoice draft ${draftId} is gone`);
    return draft;
  }

  async function post(tx: Tx, draft: InvoiceDraft, operatorId: string, at: Date): Promise<void> {
    const { content, customerId, subscriptionId, month } = draft;
    const shares = sharesByParty(content);
    const others = [...shares]
      .filter(([party]) => party !== operatorId)
      .map(([organisationId, amount]) => ({ organisationId, amount }));
    const operator = shares.get(operatorId) ?? 0n;
    const postings = salePostings({ customerId, vat: content.totalVat, operator, others });
    await postEntry(tx, { kind: 'invoice', reference: draft.id, at, currency: content.currency, postings });
    const amounts = {
      total: decimalText(content.total),
      vat: decimalText(content.totalVat),
      currency: content.currency,
    };
    const payload = { subscriptionId, month, ...amounts };
    await trust.record(tx, {
      kind: 'market.invoice-draft.final',
      subject: draft.id,
      at,
      payload,
      parties: [customerId],
    });
    for (const [party, amount] of shares) {
      const share = { subscriptionId, month, party, amount: decimalText(amount), currency: content.currency };
      await trust.record(tx, { kind: 'market.revenue.split', subject: draft.id, at, payload: share, parties: [party] });
    }
    const event = { type: 'andromede.market.invoice-draft.final.v1', subject: draft.id, time: at };
    await emit(tx, { ...event, data: { ...payload, customerId } });
  }

  const api: BillingApi = {
    cost: async (subscription, month) => draftContent({ ...(await reckon(subscription, month)), earlier: [] }),
    forecast: (subscription) => forecastMonth(deps, subscription, monthOf(clock.now(), timeZone), clock.now()),
    makeDraft,
    finalise,
    thisMonth: () => monthOf(clock.now(), timeZone),
  };
  return { api, routes: draftRoutes(deps, api) };
}

function sameContent(a: DraftContent, b: DraftContent): boolean {
  const text = (content: DraftContent) =>
    canonicalJson(
      JSON.parse(JSON.stringify(content, (_key, value) => (typeof value === 'bigint' ? String(value) : value))),
    );
  return text(a) === text(b);
}
