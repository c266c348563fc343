import type { Context } from '../../kernel/access/context.ts';
import { badRequest, conflict, Fault } from '../../kernel/base/errors.ts';
import { localeOf } from '../../kernel/base/i18n.ts';
import { derivedId } from '../../kernel/base/ids.ts';
import type { Money } from '../../kernel/base/money.ts';
import type { Route } from '../../kernel/http/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import { workflowChannel } from '../../kernel/work/index.ts';
import type { CatalogueApi } from '../catalogue/index.ts';
import type { MarketDeps, Organisation, PartnersApi } from '../partners/index.ts';
import { priceView, vatRateFor } from '../rating/index.ts';
import type { RevenueSharingApi } from '../revenue-sharing/index.ts';
import type { StorefrontsApi } from '../storefronts/index.ts';
import type { StackCloud, SubscriptionsApi } from '../subscriptions/index.ts';
import { orderRoutes } from './api/orders.ts';
import { type Order, type Quote, quoteEnd } from './domain/order.ts';
import { findOrder, findOrderOfQuote, findQuote, insertOrder, insertQuote } from './store/orders.ts';
import { orderTexts } from './texts.ts';
import { provisionWorkflow } from './work/provision.ts';

export const ordersMigrations: Migrations = {
  context: 'market_orders',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface OrdersDeps extends MarketDeps {
  readonly partners: PartnersApi;
  readonly catalogue: CatalogueApi;
  readonly storefronts: StorefrontsApi;
  readonly revenueSharing: RevenueSharingApi;
  readonly subscriptions: SubscriptionsApi;
  readonly cloud: StackCloud;
  /** The billing calendar, and the one of the dates in messages. */
  readonly timeZone: string;
}

/** What a customer's employee asks the price of. */
export interface QuoteRequest {
  readonly organisationId: string;
  readonly storeId: string;
  readonly offeringId: string;
  readonly planId: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Quotes and orders. */
export interface OrdersApi {
  quote(context: Context, id: string, request: QuoteRequest): Promise<Quote>;
  /** Accepts a quote with the caller's own token: its project is where the service will run. */
  order(
    context: Context,
    id: string,
    request: { readonly quoteId: string; readonly spendingCeiling: Money | null; readonly token: string },
  ): Promise<Order>;
  visibleQuote(context: Context, id: string): Promise<Quote>;
  visibleOrder(context: Context, id: string): Promise<Order>;
  /** Calls `listener` whenever the order gets further; returns how to stop. */
  onChange(id: string, workflowId: string, listener: () => void): () => void;
}

/** From a price seen to a running subscription. */
export function createOrders(deps: OrdersDeps): { api: OrdersApi; routes: readonly Route[] } {
  const { store, clock, trust, partners, subscriptions, work } = deps;
  const provision = provisionWorkflow(deps);
  work.register(provision);

  async function quote(context: Context, id: string, request: QuoteRequest): Promise<Quote> {
    const customer = await partners.actingAs(context, request.organisationId, 'customer');
    const operator = await partners.operator(context);
    const offer = await deps.storefronts.offer(context, request);
    const at = clock.now();
    const made: Quote = {
      id,
      customerId: customer.id,
      userId: context.userId,
      parameters: deps.catalogue.parameters(context, offer.version, request.parameters),
      terms: {
        ...{
          storeId: offer.store.id,
          offeringId: offer.offering.id,
          versionId: offer.version.id,
          planId: offer.plan.id,
        },
        ...{ title: offer.version.title, planName: offer.plan.name, price: priceView(offer.price) },
        vatRate: vatRateFor(operator.country, customer.country),
        operatorId: operator.id,
        resellerId: offer.store.resellerId,
        basePrice: priceView(offer.plan.price),
        publisherId: offer.offering.publisherId,
        agreementId: await deps.revenueSharing.inForce(context, offer.offering.publisherId),
      },
      validUntil: quoteEnd(at),
      createdAt: at,
    };
    await store.transact(async (tx) => {
      if (!(await insertQuote(tx, made))) return;
      const { storeId, offeringId, planId, price, vatRate } = made.terms;
      const payload = { storeId, offeringId, planId, price, vatRate, validUntil: made.validUntil, by: context.userId };
      await trust.record(tx, { kind: 'market.quote.made', subject: id, at, payload, parties: [customer.id] });
    });
    return (await findQuote(store.db, id)) ?? made;
  }

  /** The project of the caller's token; a customer with a Keystone domain only orders into projects of that domain. */
  function projectFor(context: Context, customer: Organisation): string {
    const texts = orderTexts(context.language);
    if (context.projectId === null) throw new Fault('forbidden', texts.needsProject);
    if (customer.domainId !== null && customer.domainId !== context.projectDomainId) {
      throw new Fault('forbidden', texts.projectOfAnother);
    }
    return context.projectId;
  }

  async function order(
    context: Context,
    id: string,
    { quoteId, spendingCeiling, token }: Parameters<OrdersApi['order']>[2],
  ): Promise<Order> {
    const accepted = await visibleQuote(context, quoteId);
    const customer = await partners.actingAs(context, accepted.customerId, 'customer');
    const projectId = projectFor(context, customer);
    const texts = orderTexts(context.language);
    if (spendingCeiling !== null && spendingCeiling.minor < 0n) throw badRequest(texts.negativeCeiling);
    const earlier = await findOrderOfQuote(store.db, quoteId);
    if (earlier?.id === id) return earlier;
    if (earlier !== undefined) throw conflict(texts.alreadyOrdered(earlier.id));
    const at = clock.now();
    if (at >= accepted.validUntil) throw conflict(texts.quoteExpired(dateText(context, accepted.validUntil)));
    const credentialId = await subscriptions.ensureCredential({ token, userId: context.userId }, projectId);
    const subscriptionId = derivedId('subscription', id);
    const workflowId = derivedId('order-provision', id);
    await store.transact(async (tx) => {
      const { terms, parameters } = accepted;
      const ids = { id, quoteId, subscriptionId, workflowId };
      const isNew = await insertOrder(tx, { ...ids, customerId: customer.id, userId: context.userId, createdAt: at });
      if (!isNew) return;
      const placed = { id: subscriptionId, customerId: customer.id, projectId, credentialId, createdAt: at };
      await subscriptions.create(tx, { ...placed, terms, parameters, spendingCeiling });
      const payload = {
        quoteId,
        subscriptionId,
        projectId,
        price: terms.price,
        vatRate: terms.vatRate,
        by: context.userId,
      };
      await trust.record(tx, { kind: 'market.order.accepted', subject: id, at, payload, parties: [customer.id] });
      const input = { orderId: id, subscriptionId, customerId: customer.id };
      await work.start(tx, provision, { id: workflowId, input, queue: `subscription:${subscriptionId}` });
    });
    const kept = await findOrderOfQuote(store.db, quoteId);
    if (kept?.id !== id) throw conflict(texts.alreadyOrdered(kept?.id ?? ''));
    return kept;
  }

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

  const api: OrdersApi = { quote, order, visibleQuote, visibleOrder, onChange };
  return { api, routes: orderRoutes(deps, api) };
}
