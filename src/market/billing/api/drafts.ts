import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { formatMoney } from '../../../kernel/base/money.ts';
import { IdSchema, moneyView, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, EventStreamQuery, eventStream, type Route, route } from '../../../kernel/http/index.ts';
import { trialBalance } from '../../ledger/index.ts';
import { baseUnitOf, lineName, lineText, type Price, parsePrice } from '../../rating/index.ts';
import { ruleView } from '../../revenue-sharing/index.ts';
import { type Subscription, subscriptionView } from '../../subscriptions/index.ts';
import { type DraftContent, type DraftLine, sharesByParty } from '../domain/draft.ts';
import { tenuresOf } from '../domain/tenures.ts';
import type { BillingApi, BillingDeps } from '../index.ts';
import { findDraft, type InvoiceDraft, listDrafts, listSharedDrafts } from '../store/drafts.ts';
import { billingTexts } from '../texts.ts';

const closed = { additionalProperties: false };
const MonthSchema = Type.String({
  pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$',
  description: 'a month of the seller: 2026-03',
});
const SubscriptionParams = Type.Object({ subscriptionId: IdSchema });
const DraftParams = Type.Object({ draftId: IdSchema });
const NewDraft = Type.Object({ subscriptionId: IdSchema, month: Type.Optional(MonthSchema) }, closed);
const CostQuery = Type.Object({ month: Type.Optional(MonthSchema) }, closed);

/** A line that explains itself: quantity, unit price, what was added and taken off, and the same in words. */
function lineView(context: Context, price: Price, line: DraftLine): object {
  const money = (minor: bigint) => moneyView({ minor, currency: price.currency });
  const limit = (minor: bigint | null) => (minor === null ? null : money(minor));
  const text = lineText(price, line, context.language);
  const already = formatMoney({ minor: line.alreadyInvoiced, currency: price.currency }, context.language);
  const [step] = line.steps;
  return {
    ...{ componentId: line.componentId, kind: line.kind, name: lineName(price, line) },
    usage: { quantity: line.usage, unit: baseUnitOf(line.unit) },
    ...{ quantity: Number(line.quantity), included: Number(line.included), unit: line.unit },
    unitPrice: line.steps.length === 1 && step ? { amount: step.rate, currency: price.currency } : null,
    steps: line.steps,
    uncapped: money(line.uncapped),
    ...{ monthlyMinimum: limit(line.monthlyMinimum), minimumApplied: line.minimumApplied },
    ...{ monthlyCap: limit(line.monthlyCap), capApplied: line.capApplied },
    reductions: line.reductions.map(({ kind, amount }) => ({ kind, amount: money(amount) })),
    amount: money(line.amount),
    alreadyInvoiced: money(line.alreadyInvoiced),
    due: money(line.due),
    vatRate: line.vatRate,
    text: line.alreadyInvoiced === 0n ? [text] : [text, billingTexts(context.language).already(already)],
  };
}

/** A fee that does not fall due this month says nothing; usage is shown even where there is none. */
function isShown({ kind, amount, alreadyInvoiced }: DraftLine): boolean {
  return kind === 'usage' || amount !== 0n || alreadyInvoiced !== 0n;
}

/** What the customer sees: lines, VAT, totals; not who earns what. */
async function contentView(
  { subscriptions }: BillingDeps,
  context: Context,
  subscription: Subscription,
  content: DraftContent,
): Promise<object> {
  const history = await subscriptions.termsOf(subscription.id);
  const prices = tenuresOf(subscription, history).map(({ terms }) => parsePrice(terms.price));
  const money = (minor: bigint) => moneyView({ minor, currency: content.currency });
  const texts = billingTexts(context.language);
  return {
    title: subscription.terms.title,
    costCentre: subscription.costCentre,
    lines: content.lines.filter(isShown).map((line) => lineView(context, prices[line.tenure] as Price, line)),
    vat: content.vat.map(({ rate, base, vat }) => ({
      ...{ rate, base: money(base), vat: money(vat), text: texts.vat(rate) },
    })),
    totalWithoutVat: money(content.totalWithoutVat),
    totalVat: money(content.totalVat),
    total: money(content.total),
  };
}

/** Costs so far, invoice drafts and who gets what of them. */
export function draftRoutes(deps: BillingDeps, billing: BillingApi): Route[] {
  const { store, idempotency, partners, subscriptions } = deps;

  async function draftView(context: Context, draft: InvoiceDraft): Promise<object> {
    const { content, customerId, ...rest } = draft;
    const subscription = await subscriptions.find(draft.subscriptionId);
    return { ...rest, organisationId: customerId, ...(await contentView(deps, context, subscription, content)) };
  }

  async function visibleDraft(context: Context, id: string): Promise<InvoiceDraft> {
    const draft = await findDraft(store.db, id);
    if (draft !== undefined && (await partners.maySee(context, draft.customerId))) return draft;
    throw new Fault('notFound', billingTexts(context.language).draftNotFound(id));
  }

  async function costView(context: Context, subscriptionId: string, month = billing.thisMonth()): Promise<object> {
    const subscription = await subscriptions.visible(context, subscriptionId);
    const content = await billing.cost(subscription, month);
    const ceiling = subscription.spendingCeiling;
    return {
      ...{ subscriptionId, month },
      ...(await contentView(deps, context, subscription, content)),
      spendingCeiling: ceiling && moneyView(ceiling),
      overCeiling: ceiling !== null && content.totalWithoutVat > ceiling.minor,
    };
  }

  /** The error: half the width of what may come, in percent of what is expected. */
  async function forecastView(context: Context, subscriptionId: string): Promise<object> {
    const subscription = await subscriptions.visible(context, subscriptionId);
    const { soFar, low, expected, high } = await billing.forecast(subscription);
    const ceiling = subscription.spendingCeiling;
    const net = ({ totalWithoutVat: minor, currency }: DraftContent) => moneyView({ minor, currency });
    const total = Number(expected.totalWithoutVat);
    const width = Number(high.totalWithoutVat - low.totalWithoutVat);
    return {
      ...{ subscriptionId, month: billing.thisMonth(), soFar: net(soFar) },
      ...{ expected: net(expected), low: net(low), high: net(high) },
      errorPercent: total === 0 ? null : Math.round((width / 2 / total) * 1000) / 10,
      spendingCeiling: ceiling && moneyView(ceiling),
      overCeiling: ceiling !== null && expected.totalWithoutVat > ceiling.minor,
    };
  }

  return [
    route({
      method: 'GET',
      path: '/v1/subscriptions/:subscriptionId/forecast',
      operation: 'market:subscriptions:forecast',
      policy: policies.authenticated,
      params: SubscriptionParams,
      handler: (request) => forecastView(caller(request), request.params.subscriptionId),
    }),
    route({
      method: 'GET',
      path: '/v1/subscriptions/:subscriptionId/cost',
      operation: 'market:subscriptions:cost',
      policy: policies.authenticated,
      params: SubscriptionParams,
      query: CostQuery,
      handler: (request) => costView(caller(request), request.params.subscriptionId, request.query.month),
    }),
    route({
      method: 'GET',
      path: '/v1/subscriptions/:subscriptionId/events',
      operation: 'market:subscriptions:events',
      policy: policies.authenticated,
      params: SubscriptionParams,
      query: EventStreamQuery,
      async handler(request) {
        const context = caller(request);
        const find = () => subscriptions.visible(context, request.params.subscriptionId);
        const { id, projectId } = await find();
        return eventStream(request, {
          look: async () => ({ subscription: subscriptionView(await find()), cost: await costView(context, id) }),
          listen(wake) {
            const stops = [deps.trust.onFact(id, wake), deps.metering.onUsage(projectId, wake)];
            return () => {
              for (const stop of stops) stop();
            };
          },
        });
      },
    }),
    idempotency.post({
      path: '/v1/invoice-drafts',
      operation: 'market:invoice-drafts:create',
      policy: policies.authenticated,
      status: 201,
      body: NewDraft,
      async handler(request, id) {
        const context = caller(request);
        const { subscriptionId, month = billing.thisMonth() }: Static<typeof NewDraft> = request.body;
        return draftView(context, await billing.makeDraft(context, id, subscriptionId, month));
      },
    }),
    route({
      method: 'GET',
      path: '/v1/invoice-drafts',
      operation: 'market:invoice-drafts:list',
      policy: policies.authenticated,
      query: PageQuery,
      async handler(request) {
        const context = caller(request);
        const all = await partners.isOperator(context);
        const own = await partners.organisationsOf(context);
        const filter = { ...pageBounds(request.query), customerIds: all ? null : own.map(({ id }) => id) };
        const found = await listDrafts(store.db, filter);
        const items = await Promise.all(found.map((draft) => draftView(context, draft)));
        return { ...pageOf(request.query, found), items };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/invoice-drafts/:draftId',
      operation: 'market:invoice-drafts:get',
      policy: policies.authenticated,
      params: DraftParams,
      async handler(request) {
        const context = caller(request);
        return draftView(context, await visibleDraft(context, request.params.draftId));
      },
    }),
    idempotency.post({
      path: '/v1/invoice-drafts/:draftId/finalise',
      operation: 'market:invoice-drafts:finalise',
      policy: policies.authenticated,
      params: DraftParams,
      async handler(request) {
        const context = caller(request);
        return draftView(context, await billing.finalise(context, request.params.draftId));
      },
    }),
    ...splitRoutes(deps),
  ];
}

/** Statements of revenue shares: the operator sees a whole split, a partner its own part. */
function splitRoutes({ store, partners }: BillingDeps): Route[] {
  /** Null for the operator, who sees everybody's. */
  async function ownIds(context: Context): Promise<Set<string> | null> {
    if (await partners.isOperator(context)) return null;
    return new Set((await partners.organisationsOf(context)).map(({ id }) => id));
  }

  async function splitView(draft: InvoiceDraft, own: Set<string> | null): Promise<object | undefined> {
    const { content } = draft;
    const money = (minor: bigint) => moneyView({ minor, currency: content.currency });
    const mine = (party: string) => own === null || own.has(party);
    const shares = await Promise.all(
      [...sharesByParty(content)]
        .filter(([party]) => mine(party))
        .map(async ([party, amount]) => {
          const { name, roles } = await partners.find(party);
          return { organisationId: party, name, roles, amount: money(amount) };
        }),
    );
    if (shares.length === 0) return undefined;
    const lines = content.lines.map(({ componentId, shares: parts }) => ({
      componentId,
      shares: parts
        .filter(({ party }) => mine(party))
        .map(({ party, rule, amount }) => ({
          ...{ organisationId: party, rule: ruleView(rule, content.currency), amount: money(amount) },
        })),
    }));
    const statement = {
      draftId: draft.id,
      subscriptionId: draft.subscriptionId,
      month: draft.month,
      state: draft.state,
    };
    if (own !== null) return { ...statement, shares, lines };
    return {
      ...statement,
      customerId: draft.customerId,
      ...{ total: money(content.total), totalVat: money(content.totalVat) },
      totalWithoutVat: money(content.totalWithoutVat),
      ...{ shares, lines },
    };
  }

  return [
    route({
      method: 'GET',
      path: '/v1/invoice-drafts/:draftId/split',
      operation: 'market:invoice-drafts:split',
      policy: policies.authenticated,
      params: DraftParams,
      async handler(request) {
        const context = caller(request);
        const own = await ownIds(context);
        const draft = await findDraft(store.db, request.params.draftId);
        const shown = draft && (own === null || draft.state === 'final') ? await splitView(draft, own) : undefined;
        if (shown !== undefined) return shown;
        throw new Fault('notFound', billingTexts(context.language).draftNotFound(request.params.draftId));
      },
    }),
    route({
      method: 'GET',
      path: '/v1/splits',
      operation: 'market:splits:list',
      policy: policies.authenticated,
      query: PageQuery,
      async handler(request) {
        const own = await ownIds(caller(request));
        const filter = { ...pageBounds(request.query), holderIds: own && [...own] };
        const found = await listSharedDrafts(store.db, filter);
        return {
          ...pageOf(request.query, found),
          items: await Promise.all(found.map((draft) => splitView(draft, own))),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/ledger/balances',
      operation: 'market:ledger:balances',
      policy: policies.authenticated,
      async handler(request) {
        await partners.requireOperator(caller(request));
        const balances = await trialBalance(store.db);
        const items = balances.map(({ balance, currency, ...account }) => ({
          ...account,
          balance: moneyView({ minor: balance, currency }),
        }));
        return { items, next: null };
      },
    }),
  ];
}
