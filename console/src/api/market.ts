import { queryOptions, skipToken } from '@tanstack/react-query';
import type {
  Bill,
  Brand,
  Offer,
  Offering,
  Order,
  Organisation,
  Quote,
  SalesMonth,
  Split,
  Store,
  Subscription,
} from '../../../src/client/market.ts';
import type { Faces } from '../../../src/client/template-form.ts';
import type { LocalizedText } from '../../../src/kernel/base/i18n.ts';
import { ApiError, call } from './http.ts';
import { allOf, type List, marketList } from './list.ts';

const market = '/market/v1';

/** A store as anybody sees it through its window. */
export interface Window {
  readonly id: string;
  readonly slug: string;
  readonly brand: Brand;
}

/** The store that this page's host name belongs to; null on the operator's own. */
export const windowQuery = queryOptions({
  queryKey: ['window'],
  queryFn: async (): Promise<Window | null> => {
    if (!location.hostname.includes('.') || /^[\d.]+$/.test(location.hostname)) return null;
    return call<Window>('GET', `${market}/storefront`).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    });
  },
  staleTime: Number.POSITIVE_INFINITY,
});

export const storesQuery = allOf(marketList<Store>('stores', '/stores'));

export const organisations = marketList<Organisation>('organisations', '/organisations');
export const organisationsQuery = allOf(organisations);

/** What a store sells, at its prices. */
export const offersOf = (storeId: string): List<Offer> => ({
  ...marketList<Offer>('offers', `/stores/${storeId}/offers`),
  key: ['offers', storeId],
});

/** One of them. */
export const offerQuery = (storeId: string, offeringId: string) =>
  queryOptions({
    queryKey: ['offers', storeId, offeringId],
    queryFn: () => call<Offer>('GET', `${market}/stores/${storeId}/offers/${offeringId}`),
  });

/** What is asked the price of. */
export interface QuoteRequest {
  readonly organisationId: string;
  readonly storeId: string;
  readonly offeringId: string;
  readonly planId: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

/** The price of exactly that; a quote is kept for a week, so that the same question needs no second one. */
export const quoteQuery = (request: QuoteRequest | undefined) =>
  queryOptions({
    queryKey: ['quote', request],
    queryFn:
      request === undefined
        ? skipToken
        : ({ signal }) => call<Quote>('POST', `${market}/quotes`, { body: request, signal }),
    staleTime: 3_600_000,
  });

/** A POST that may be sent again without being done again. */
async function post<T>(path: string, body: object, key: string): Promise<T> {
  return call<T>('POST', `${market}${path}`, { body, headers: { 'Idempotency-Key': key } });
}

/** What whoever orders says besides: each empty where nothing is said. */
export interface Booking {
  /** A code of the organisation's. */
  readonly costCentre: string;
  /** Euros a month, a decimal text. */
  readonly ceiling: string;
}

/** Accepts a quote; the same quote is ordered once, however often one clicks. */
export async function order({ quoteId, costCentre, ceiling }: Booking & { readonly quoteId: string }): Promise<Order> {
  const body = {
    quoteId,
    ...(costCentre !== '' && { costCentre }),
    ...(ceiling !== '' && { spendingCeiling: { amount: ceiling, currency: 'EUR' } }),
  };
  return post<Order>('/orders', body, `console-order-${quoteId}`);
}

export async function terminate(subscriptionId: string): Promise<Subscription> {
  return post<Subscription>(`/subscriptions/${subscriptionId}/terminate`, {}, `console-end-${subscriptionId}`);
}

export async function resume(subscriptionId: string): Promise<Subscription> {
  return post<Subscription>(`/subscriptions/${subscriptionId}/resume`, {}, crypto.randomUUID());
}

/** Another spending ceiling, a decimal text in euros a month; none where it is empty. */
export async function setCeiling(subscriptionId: string, amount: string): Promise<Subscription> {
  const body = { spendingCeiling: amount === '' ? null : { amount, currency: 'EUR' } };
  return call<Subscription>('PUT', `${market}/subscriptions/${subscriptionId}/spending-ceiling`, { body });
}

export const orderQuery = (id: string) =>
  queryOptions({ queryKey: ['order', id], queryFn: () => call<Order>('GET', `${market}/orders/${id}`) });

export const orderEvents = (id: string) => `${market}/orders/${id}/events`;

/** The newest first. */
export const subscriptions = marketList<Subscription>('subscriptions', '/subscriptions');

export const subscriptionQuery = (id: string) =>
  queryOptions({
    queryKey: ['subscription', id],
    queryFn: () => call<Subscription>('GET', `${market}/subscriptions/${id}`),
  });

/** The month's cost so far. */
export const costQuery = (id: string) =>
  queryOptions({ queryKey: ['cost', id], queryFn: () => call<Bill>('GET', `${market}/subscriptions/${id}/cost`) });

export const subscriptionEvents = (id: string) => `${market}/subscriptions/${id}/events`;

/** Revenue shares of invoices: the operator's are whole, a partner's are its own. The newest first. */
export const splitsQuery = queryOptions({
  ...allOf(marketList<Split>('splits', '/splits')),
  select: (splits: readonly Split[]) => splits.toSorted((a, b) => b.month.localeCompare(a.month)),
});

/** The last twelve months of an organisation that sells; the operator's are the whole market's. */
export const salesQuery = (organisationId: string) =>
  queryOptions({
    queryKey: ['sales', organisationId],
    queryFn: async () =>
      (await call<{ months: SalesMonth[] }>('GET', `${market}/sales`, { query: { organisationId } })).months,
  });

export const offeringsQuery = allOf(marketList<Offering>('offerings', '/offerings'));

/** What a publisher writes of an offering. */
export interface NewOffering {
  readonly publisherId: string;
  readonly title: LocalizedText;
  readonly description: LocalizedText;
  readonly template: string;
  /** The form that its customers fill in, and what it gives out. */
  readonly faces: Faces;
}

/** Writes a draft, once for each key. */
export async function createOffering({ template, faces, ...rest }: NewOffering, key: string): Promise<Offering> {
  return post('/offerings', { ...rest, ...faces, fulfilment: { kind: 'heat', template } }, `console-offering-${key}`);
}

/** How an offering is paid for: by the month, by use, or both. Amounts are decimal texts in euros without VAT. */
export interface NewPlan {
  readonly name: LocalizedText;
  readonly monthlyFee: string;
  readonly usage: { readonly rate: string; readonly unit: string; readonly monthlyCap: string };
}

/** What the cloud counts of a server: seconds of its life. */
const serverUsage = 'andromede.compute.server.usage.v1';

export async function createPlan(offeringId: string, { name, monthlyFee, usage }: NewPlan, key: string): Promise<void> {
  const euros = (amount: string) => ({ amount, currency: 'EUR' });
  const fee = { kind: 'recurring', id: 'fee', name: { fr: 'Abonnement', en: 'Subscription' } };
  const server = { kind: 'usage', id: 'server', name: { fr: 'Serveur', en: 'Server' }, meter: serverUsage };
  const { rate, unit, monthlyCap } = usage;
  const components = [
    ...(monthlyFee === '' ? [] : [{ ...fee, amount: euros(monthlyFee) }]),
    ...(rate === '' ? [] : [{ ...server, unit, rate, monthlyCap: monthlyCap === '' ? null : euros(monthlyCap) }]),
  ];
  const path = `/offerings/${offeringId}/plans`;
  await post(path, { name, price: { currency: 'EUR', components } }, `console-plan-${key}`);
}

export async function publishVersion(offeringId: string, number: number): Promise<void> {
  await post(`/offerings/${offeringId}/versions/${number}/publish`, {}, `console-publish-${offeringId}-${number}`);
}

/** A store as its reseller sees it. */
export interface OwnStore extends Store {
  readonly resellerId: string;
  readonly marginPercent: string;
  readonly offeringIds: readonly string[];
}

export const isOwn = (store: Store): store is OwnStore => store.marginPercent !== undefined;

/** Changes what a reseller decides of its store; the next quotes follow. */
export async function changeStore({ id, brand, languages, marginPercent, offeringIds }: OwnStore): Promise<void> {
  await call('PUT', `${market}/stores/${id}`, { body: { brand, languages, marginPercent, offeringIds } });
}
