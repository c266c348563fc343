import type { Context } from '../../kernel/access/context.ts';
import { Fault } from '../../kernel/base/errors.ts';
import type { Route } from '../../kernel/http/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import type { CatalogueApi, Plan, Published } from '../catalogue/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import type { Price } from '../rating/index.ts';
import { storeRoutes } from './api/stores.ts';
import { priceIn } from './domain/price-book.ts';
import type { Store } from './domain/store.ts';
import { findStore, isSelected } from './store/stores.ts';
import { storefrontTexts } from './texts.ts';

export type { Brand, Store } from './domain/store.ts';

export const storefrontsMigrations: Migrations = {
  context: 'market_storefronts',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** A plan on sale in a store, at the store's price. */
export interface Offer extends Published {
  readonly store: Store;
  readonly plan: Plan;
  /** What the customer pays, without VAT. */
  readonly price: Price;
}

/** What orders ask of stores. */
export interface StorefrontsApi {
  /** A plan that the store sells now, at this customer's price; 404 when it does not. */
  offer(
    context: Context,
    choice: { storeId: string; offeringId: string; planId: string; customerId: string },
  ): Promise<Offer>;
  /** Whether the store sells it now, in any version. */
  sells(storeId: string, offeringId: string): Promise<boolean>;
  /** The store's reseller, for who may see its sales. */
  resellerOf(storeId: string): Promise<string>;
}

export interface StorefrontsDeps extends MarketDeps {
  readonly partners: PartnersApi;
  readonly catalogue: CatalogueApi;
  /** The domain under which stores have their host names: `localhost` gives `STORE.localhost`. */
  readonly storeDomain: string;
}

/** White-label stores: brand, selection and price book. */
export function createStorefronts(deps: StorefrontsDeps): { api: StorefrontsApi; routes: readonly Route[] } {
  const { db } = deps.store;
  const api: StorefrontsApi = {
    async offer(context, { storeId, offeringId, planId, customerId }) {
      const texts = storefrontTexts(context.language);
      const store = await findStore(db, storeId);
      if (store === undefined) throw new Fault('notFound', texts.storeNotFound(storeId));
      const sold = await isSelected(db, storeId, offeringId);
      const published = sold ? await deps.catalogue.published(offeringId) : undefined;
      if (published === undefined) throw new Fault('notFound', texts.offerNotFound(offeringId));
      const plan = published.plans.find(({ id }) => id === planId);
      if (plan === undefined) throw new Fault('notFound', texts.planNotFound(planId));
      return { ...published, store, plan, price: priceIn(store, offeringId, [customerId], plan.price) };
    },
    sells: async (storeId, offeringId) =>
      (await isSelected(db, storeId, offeringId)) && (await deps.catalogue.published(offeringId)) !== undefined,
    async resellerOf(storeId) {
      const store = await findStore(db, storeId);
      if (store === undefined) throw new Error(`store ${storeId} is gone`);
      return store.resellerId;
    },
  };
  return { api, routes: storeRoutes(deps) };
}
