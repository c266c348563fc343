import type { Context } from '../../kernel/access/context.ts';
import { badRequest, conflict, Fault } from '../../kernel/base/errors.ts';
import { localeOf } from '../../kernel/base/i18n.ts';
import { derivedId } from '../../kernel/base/ids.ts';
import type { Money } from '../../kernel/base/money.ts';
import type { Route } from '../../kernel/http/index.ts';
import type { Migrations, Tx } from '../../kernel/store/index.ts';
import { workflowChannel } from '../../kernel/work/index.ts';
import type { ApprovalsApi, Ended } from '../approvals/index.ts';
import type { CatalogueApi } from '../catalogue/index.ts';
import type { FulfilmentApi } from '../fulfilment/index.ts';
import type { MarketDeps, Organisation, PartnersApi } from '../partners/index.ts';
import { priceView, vatRateFor } from '../rating/index.ts';
import type { RevenueSharingApi } from '../revenue-sharing/index.ts';
import type { StorefrontsApi } from '../storefronts/index.ts';
import { componentsOf, graphOf, type Subscription, type SubscriptionsApi } from '../subscriptions/index.ts';
import { orderRoutes } from './api/orders.ts';
import { type Order, type Quote, quoteEnd } from './domain/order.ts';
import {
  countOrders,
  findOrder,
  findOrderOfQuote,
  findOrderOfWorkflow,
  findQuote,
  insertOrder,
  insertQuote,
  type NewOrder,
  type OrderCount,
  setOrderState,
} from './store/orders.ts';
import { orderTexts } from './texts.ts';
import { provisionWorkflow } from './work/provision.ts';

export type { OrderCount } from './store/orders.ts';

export const ordersMigrations: Migrations = {
  context: 'market_orders',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface OrdersDeps extends MarketDeps {
  readonly partners: PartnersApi;
  readonly approvals: ApprovalsApi;
  readonly catalogue: CatalogueApi;
  readonly storefronts: StorefrontsApi;
  readonly revenueSharing: RevenueSharingApi;
  readonly subscriptions: SubscriptionsApi;
  readonly fulfilment: FulfilmentApi;
  /** The billing calendar, and the one of the dates in messages. */
  readonly timeZone: string;
}

/** What a customer's employee asks the price of. */
export interface QuoteRequest {
  readonly organisationId: string;
  /** The store in which it is on sale; for a trial by its publisher, the version to try instead. */
  readonly storeId: string | null;
  readonly trialVersion: number | null;
  /** The subscription whose plan it would change. */
  readonly subscriptionId: string | null;
  readonly offeringId: string;
  readonly planId: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A quote accepted. */
export interface OrderRequest {
  readonly quoteId: string;
  readonly spendingCeiling: Money | null;
  /** The code of the organisation's cost centre on which it is booked. */
  readonly costCentre: string | null;
  readonly token: string;
}

/** Quotes and orders. */
export interface OrdersApi {
  quote(context: Context, id: string, request: QuoteRequest): Promise<Quote>;
  /** Accepts a quote with the caller's own token: its project is where the service will run. */
  order(context: Context, id: string, request: OrderRequest): Promise<Order>;
  visibleQuote(context: Context, id: string): Promise<Quote>;
  visibleOrder(context: Context, id: string): Promise<Order>;
  /** Orders placed, period by period: a seller's, or everybody's with null. */
  count(bounds: readonly Date[], sellerId: string | null): Promise<readonly OrderCount[]>;
  /** Calls `listener` whenever the order gets further; returns how to stop. */
  onChange(id: string, workflowId: string, listener: () => void): () => void;
}

/** From a price seen to a running subscription. */
export function createOrders(deps: OrdersDeps): { api: OrdersApi; routes: readonly Route[] } {
  const { store, clock, trust, partners, subscriptions, work } = deps;
  const provision = provisionWorkflow(deps);
  work.register(provision);

  /** What is on sale in the store; or, for its publisher, any version of its own, which is never charged. */
  async function wanted(context: Context, request: QuoteRequest) {
    const { storeId, trialVersion, offeringId, planId } = request;
    if (trialVersion !== null) {
      const { published, plan } = await deps.catalogue.trial(context, { offeringId, planId, version: trialVersion });
      const { publisherId } = published.offering;
      const terms = { storeId: publisherId, resellerId: publisherId, test: true };
      const customer = await partners.actingAs(context, publisherId, 'publisher');
      return { published, plan, price: plan.price, terms, customer };
    }
    if (storeId === null) throw badRequest(orderTexts(context.language).needsStore);
    const customer = await partners.actingAs(context, request.organisationId, 'customer');
    const offer = await deps.storefronts.offer(context, { storeId, offeringId, planId, customerId: customer.id });
    const { resellerId } = offer.store;
    return {
      published: offer,
      plan: offer.plan,
      price: offer.price,
      terms: { storeId, resellerId },
      customer,
    };
  }

  /** What runs and would get another plan: of the same offering, at the version that was bought. */
  async function toChange(
    context: Context,
    { subscriptionId, offeringId }: QuoteRequest,
  ): Promise<Subscription | null> {
    if (subscriptionId === null) return null;
    const subscription = await subscriptions.visible(context, subscriptionId);
    const texts = orderTexts(context.language);
    if (subscription.terms.offeringId !== offeringId) throw badRequest(texts.otherOffering);
    if (subscription.state !== 'active') throw conflict(texts.notActive(subscription.state));
    return subscription;
  }

  async function quote(context: Context, id: string, request: QuoteRequest): Promise<Quote> {
    const { published, plan, price, terms, customer } = await wanted(context, request);
    const operator = await partners.operator(context);
    const changed = await toChange(context, request);
    const version = changed === null ? published.version : await deps.catalogue.version(changed.terms.versionId);
    const { offering } = published;
    const at = clock.now();
    const parameters = changed?.parameters ?? deps.catalogue.parameters(context, version, request.parameters);
    const composed = await deps.catalogue.components(context, { ...published, version }, parameters);
    const made: Quote = {
      id,
      customerId: customer.id,
      userId: context.userId,
      subscriptionId: changed?.id ?? null,
      parameters,
      terms: {
        ...terms,
        ...{ offeringId: offering.id, versionId: version.id, planId: plan.id, planCode: plan.code },
        ...(changed?.terms.components === undefined ? composed : changedParts(changed)),
        ...{ title: version.title, planName: plan.name, price: priceView(price) },
        vatRate: vatRateFor(operator.country, customer.country),
        operatorId: operator.id,
        basePrice: priceView(plan.price),
        publisherId: offering.publisherId,
        agreementId: await deps.revenueSharing.inForce(context, offering.publisherId),
      },
      validUntil: quoteEnd(at),
      createdAt: at,
    };
    await store.transact(async (tx) => {
      if (!(await insertQuote(tx, made))) return;
      const { storeId, offeringId, planId, vatRate } = made.terms;
      const payload = { storeId, offeringId, planId, price: made.terms.price, vatRate, validUntil: made.validUntil };
      const parties = [customer.id];
      await trust.record(tx, {
        ...{ kind: 'market.quote.made', subject: id, at, payload: { ...payload, by: context.userId }, parties },
      });
    });
    return (await findQuote(store.db, id)) ?? made;
  }

  /** A composite keeps its parts when its own plan changes. */
  const changedParts = ({ terms: { components, outputs } }: Subscription) => ({
    ...(components && { components }),
    ...(outputs && { outputs }),
  });

  /** The project of the caller's token; a customer with a Keystone domain only orders into projects of that domain. */
  function projectFor(context: Context, customer: Organisation): string {
    const texts = orderTexts(context.language);
    if (context.projectId === null) throw new Fault('forbidden', texts.needsProject);
    if (customer.domainId !== null && customer.domainId !== context.projectDomainId) {
      throw new Fault('forbidden', texts.projectOfAnother);
    }
    return context.projectId;
  }

  async function order(context: Context, id: string, request: OrderRequest): Promise<Order> {
    const { quoteId, spendingCeiling, token } = request;
    const accepted = await visibleQuote(context, quoteId);
    const { terms, parameters } = accepted;
    const customer = await partners.actingAs(context, accepted.customerId, terms.test ? 'publisher' : 'customer');
    const projectId = projectFor(context, customer);
    const texts = orderTexts(context.language);
    if (spendingCeiling !== null && spendingCeiling.minor < 0n) throw badRequest(texts.negativeCeiling);
    const earlier = await findOrderOfQuote(store.db, quoteId);
    if (earlier?.id === id) return earlier;
    if (earlier !== undefined) throw conflict(texts.alreadyOrdered(earlier.id));
    const at = clock.now();
    if (at >= accepted.validUntil) throw conflict(texts.quoteExpired(dateText(context, accepted.validUntil)));
    if (!(await isOnSale(accepted))) throw conflict(texts.withdrawn(terms.title[context.language]));
    const changes = accepted.subscriptionId !== null;
    const credentialId = await subscriptions.ensureCredential({ token, userId: context.userId }, projectId);
    const subscriptionId = accepted.subscriptionId ?? derivedId('subscription', id);
    const workflowId = derivedId(changes ? 'order-change' : 'order-provision', id);
    await store.transact(async (tx) => {
      const placed: NewOrder = {
        ...{ id, quoteId, subscriptionId, workflowId, kind: changes ? 'change-plan' : 'new' },
        ...{ customerId: customer.id, userId: context.userId, createdAt: at },
      };
      if (!(await insertOrder(tx, placed))) return;
      const { waits, costCentre } = await weigh(tx, context, placed, accepted, request);
      if (!changes) {
        const facts = { id: subscriptionId, customerId: customer.id, projectId, credentialId, createdAt: at };
        await subscriptions.create(tx, { ...facts, terms, parameters, spendingCeiling, costCentre });
      }
      if (waits) {
        await setOrderState(tx, id, 'awaiting-approval', at);
        return;
      }
      await accept(tx, placed, accepted, projectId);
      if (!(await begin(tx, placed, accepted))) throw conflict(texts.notActive('…'));
    });
    const kept = await findOrderOfQuote(store.db, quoteId);
    if (kept?.id !== id) throw conflict(texts.alreadyOrdered(kept?.id ?? ''));
    return kept;
  }

  /** Whether what was quoted is still sold: a quote guarantees a price, not that its publisher and store go on selling. */
  async function isOnSale({ terms, subscriptionId }: Quote): Promise<boolean> {
    const { storeId, offeringId, versionId, components = [] } = terms;
    if (terms.test === true) return true;
    if (!(await deps.storefronts.sells(storeId, offeringId))) return false;
    if (subscriptionId !== null) return true;
    const versions = [versionId, ...components.map((component) => component.versionId)];
    const found = await Promise.all(versions.map((id) => deps.catalogue.version(id)));
    return found.every(({ state }) => state === 'published');
  }

  /** Has the organisation's purchasing policy look at an order; a trial costs nothing. */
  async function weigh(tx: Tx, context: Context, placed: NewOrder, { terms }: Quote, request: OrderRequest) {
    const { id: orderId, customerId: organisationId, subscriptionId, createdAt: at } = placed;
    if (terms.test === true) return { waits: false, costCentre: null };
    const changed = placed.kind === 'new' ? undefined : await subscriptions.find(subscriptionId);
    const ceiling = (changed?.spendingCeiling ?? request.spendingCeiling)?.minor ?? null;
    const costCentre = request.costCentre ?? changed?.costCentre?.code ?? null;
    const subject = { title: terms.title, planName: terms.planName, price: terms.price };
    const placing = { orderId, organisationId, subscriptionId, subject, ceiling, costCentre, at };
    return deps.approvals.place(tx, context, placing);
  }

  /** The moment from which the customer owes the order's price to whoever delivers it. */
  async function accept(tx: Tx, order: NewOrder, { terms }: Quote, projectId: string): Promise<void> {
    const { id: subject, customerId, quoteId, subscriptionId, userId: by } = order;
    const { price, vatRate } = terms;
    const payload = { quoteId, subscriptionId, projectId, price, vatRate, by };
    const fact = { kind: 'market.order.accepted', subject, at: clock.now(), payload, parties: [customerId] };
    await trust.record(tx, fact);
  }

  /** Has an order carried out that nobody need agree to any more; false when what it would change does not run. */
  async function begin(tx: Tx, order: NewOrder, { terms, parameters }: Quote): Promise<boolean> {
    const { id, subscriptionId, workflowId, customerId } = order;
    if (order.kind === 'change-plan') {
      await setOrderState(tx, id, 'provisioning', clock.now());
      return subscriptions.changePlan(tx, subscriptionId, workflowId, terms);
    }
    const components = graphOf(componentsOf({ terms, parameters }));
    const input = { orderId: id, subscriptionId, customerId, components };
    await work.start(tx, provision, { id: workflowId, input, queue: `subscription:${subscriptionId}` });
    return true;
  }

  /** Goes on with an order that waited, or ends it: nothing is left of it, and it costs nothing. */
  async function afterApproval(tx: Tx, { orderId, state, reason, language, at }: Ended): Promise<void> {
    const waiting = await findOrder(tx, orderId);
    const quote = waiting && (await findQuote(tx, waiting.quoteId));
    if (waiting === undefined || quote === undefined) throw new Error(`order ${orderId} is gone`);
    const texts = orderTexts(language);
    if (state !== 'granted') {
      const why = { refused: texts.refused, expired: texts.expired, withdrawn: texts.requesterWithdrew };
      return close(tx, waiting, 'rejected', reason ?? why[state], at);
    }
    if (!(await isOnSale(quote))) {
      return close(tx, waiting, 'failed', texts.withdrawn(quote.terms.title[language]), at);
    }
    await setOrderState(tx, orderId, 'accepted', at);
    await accept(tx, waiting, quote, (await subscriptions.find(waiting.subscriptionId)).projectId);
    if (!(await begin(tx, waiting, quote))) await close(tx, waiting, 'failed', texts.notActive('…'), at);
  }

  /** Ends an order of which nothing has begun. */
  async function close(tx: Tx, order: Order, state: 'rejected' | 'failed', reason: string, at: Date): Promise<void> {
    const { id, subscriptionId, customerId, kind } = order;
    await setOrderState(tx, id, state, at, reason);
    await deps.approvals.free(tx, { orderId: id }, at);
    const fault = { step: '', code: 'conflict', message: reason };
    if (kind === 'new') await subscriptions.fail(tx, subscriptionId, fault, at);
    const fact = { kind: `market.order.${state}`, subject: id, at, payload: { subscriptionId, reason } };
    await trust.record(tx, { ...fact, parties: [customerId] });
  }

  deps.approvals.onEnd(afterApproval);
  subscriptions.onEnd((tx, subscriptionId, at) => deps.approvals.free(tx, { subscriptionId }, at));

  subscriptions.onPlanChange(async (tx, workflowId, at, fault) => {
    const changed = await findOrderOfWorkflow(tx, workflowId);
    if (changed === undefined) return;
    const { id, subscriptionId, customerId } = changed;
    await setOrderState(tx, id, fault === null ? 'completed' : 'failed', at, fault);
    if (fault === null) await deps.approvals.replace(tx, id, at);
    else await deps.approvals.free(tx, { orderId: id }, at);
    const kind = fault === null ? 'market.order.completed' : 'market.order.failed';
    const payload = { subscriptionId, ...(fault !== null && { reason: fault }) };
    await trust.record(tx, { kind, subject: id, at, payload, parties: [customerId] });
  });

  function dateText(context: Context, date: Date): string {
    const options = { dateStyle: 'long', timeStyle: 'short', timeZone: deps.timeZone } as const;
    return new Intl.DateTimeFormat(localeOf(context.language), options).format(date);
  }

  async function visibleQuote(context: Context, id: string): Promise<Quote> {
    const found = await findQuote(store.db, id);
    if (found !== undefined && (await partners.maySee(context, found.customerId))) return found;
    throw new Fault('notFound', orderTexts(context.language).quoteNotFound(id));
  }

  async function visibleOrder(context: Context, id: string): Promise<Order> {
    const found = await findOrder(store.db, id);
    if (found !== undefined && (await partners.maySee(context, found.customerId))) return found;
    throw new Fault('notFound', orderTexts(context.language).orderNotFound(id));
  }

  function onChange(id: string, workflowId: string, listener: () => void): () => void {
    const stops = [
      trust.onFact(id, listener),
      deps.notifications.on(workflowChannel, (told) => {
        if (told === workflowId || told === '') listener();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  const api: OrdersApi = {
    ...{ quote, order, visibleQuote, visibleOrder, onChange },
    count: (bounds, sellerId) => countOrders(store.db, { bounds, sellerId }),
  };
  return { api, routes: orderRoutes(deps, api) };
}
