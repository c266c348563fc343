import { queryOptions } from '@tanstack/react-query';
import type { Brand, Offer, Organisation, Store } from '../../../src/client/market.ts';
import { ApiError, call } from './http.ts';

const market = '/market/v1';

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Every item of a list, page after page. */
async function all<T>(path: string): Promise<readonly T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await call<Page<T>>('GET', `${market}${path}`, { query: { limit: 1000, after } });
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return items;
}

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

export const storesQuery = queryOptions({ queryKey: ['stores'], queryFn: () => all<Store>('/stores') });

export const organisationsQuery = queryOptions({
  queryKey: ['organisations'],
  queryFn: () => all<Organisation>('/organisations'),
});

/** What a store sells, at its prices. */
export const offersQuery = (storeId: string) =>
  queryOptions({
    queryKey: ['offers', storeId],
    queryFn: () => call<{ store: Window; items: readonly Offer[] }>('GET', `${market}/stores/${storeId}/offers`),
  });
