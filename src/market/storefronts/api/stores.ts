import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { type Language, languages, preferredLanguage } from '../../../kernel/base/i18n.ts';
import { DecimalText, IdSchema, PageQuery, pageBounds, pageOf } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { categories, type Published } from '../../catalogue/index.ts';
import { priceTexts, priceView } from '../../rating/index.ts';
import { priceIn } from '../domain/price-book.ts';
import { type Store, type StoreSelection, shownHost, slugOf } from '../domain/store.ts';
import type { StorefrontsDeps } from '../index.ts';
import {
  findSelection,
  findStore,
  findStoreBySlug,
  insertStore,
  isSelected,
  listSelection,
  listStores,
  updateStore,
} from '../store/stores.ts';
import { storefrontTexts } from '../texts.ts';

import { PriceBookSchema, parsePriceBook, priceBookView } from './price-book.ts';

const closed = { additionalProperties: false };
/** How many offerings a store may sell. */
const mostOfferings = 20_000;

const content = {
  brand: Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 100 }),
      logoText: Type.String({ minLength: 1, maxLength: 30 }),
      colours: Type.Record(
        Type.String({ pattern: '^[a-z][a-z-]{0,29}$' }),
        Type.String({ pattern: '^#[0-9a-fA-F]{6}$' }),
        { maxProperties: 20, additionalProperties: false },
      ),
    },
    closed,
  ),
  languages: Type.Array(Type.Enum([...languages]), { minItems: 1, maxItems: languages.length, uniqueItems: true }),
  marginPercent: DecimalText,
  priceBook: Type.Optional(PriceBookSchema),
  offeringIds: Type.Array(IdSchema, { maxItems: mostOfferings, uniqueItems: true }),
};
const StoreContent = Type.Object(content, closed);
const NewStore = Type.Object(
  {
    resellerId: IdSchema,
    slug: Type.String({ pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' }),
    ...content,
  },
  closed,
);
const OffersQuery = Type.Object(
  {
    ...PageQuery.properties,
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'words of titles and descriptions' })),
    category: Type.Optional(Type.Enum([...categories])),
  },
  closed,
);
const StoreParams = Type.Object({ storeId: IdSchema });

/** What anybody may know of a store. */
const windowView = ({ id, slug, brand, languages: spoken }: Store): object => ({ id, slug, brand, languages: spoken });

/** What its reseller and the operator see. */
const ownView = (store: StoreSelection): object => ({ ...store, priceBook: priceBookView(store.priceBook) });

/** A reseller's side of its stores, and what customers see of them. */
export function storeRoutes(deps: StorefrontsDeps): Route[] {
  const { store: database, clock, idempotency, trust, partners, catalogue } = deps;

  async function requirePublished(language: Language, offeringIds: readonly string[]): Promise<void> {
    const published = new Set((await catalogue.publishedAmong(offeringIds)).map(({ offering }) => offering.id));
    const missing = offeringIds.find((id) => !published.has(id));
    if (missing !== undefined) throw badRequest(storefrontTexts(language).offeringNotPublished(missing));
  }

  async function create(context: Context, id: string, body: Static<typeof NewStore>): Promise<StoreSelection> {
    await partners.actingAs(context, body.resellerId, 'reseller');
    await requirePublished(context.language, body.offeringIds);
    const at = clock.now();
    const priceBook = parsePriceBook(body.priceBook ?? { segments: [], rules: [] });
    const store: StoreSelection = { ...body, priceBook, id, createdAt: at };
    await database.transact(async (tx) => {
      const inserted = await insertStore(tx, store);
      if (inserted === 'slug-taken') throw conflict(storefrontTexts(context.language).slugTaken(body.slug));
      if (!inserted) return;
      const payload = { ...body, by: context.userId };
      await trust.record(tx, { kind: 'market.store.opened', subject: id, at, payload, parties: [body.resellerId] });
    });
    return store;
  }

  /** The store for its reseller and the operator. */
  async function own(context: Context, storeId: string): Promise<StoreSelection> {
    const store = await findSelection(database.db, storeId);
    if (store !== undefined && (await partners.maySee(context, store.resellerId))) return store;
    throw new Fault('notFound', storefrontTexts(context.language).storeNotFound(storeId));
  }

  async function replace(
    context: Context,
    storeId: string,
    body: Static<typeof StoreContent>,
  ): Promise<StoreSelection> {
    const before = await own(context, storeId);
    const priceBook = body.priceBook === undefined ? before.priceBook : parsePriceBook(body.priceBook);
    const store = { ...before, ...body, priceBook };
    await requirePublished(context.language, body.offeringIds);
    const at = clock.now();
    await database.transact(async (tx) => {
      await updateStore(tx, store, at);
      const payload = { ...body, by: context.userId };
      await trust.record(tx, {
        kind: 'market.store.changed',
        subject: storeId,
        at,
        payload,
        parties: [store.resellerId],
      });
    });
    return store;
  }

  /** What is on sale, at the caller's prices: neither base price nor margin is shown. */
  async function viewer(context: Context, storeId: string) {
    const store = await findStore(database.db, storeId);
    if (store === undefined) throw new Fault('notFound', storefrontTexts(context.language).storeNotFound(storeId));
    const customers = (await partners.organisationsOf(context)).map(({ id }) => id);
    const viewOf = ({ offering, version, plans }: Published) => ({
      offeringId: offering.id,
      ...{ title: version.title, description: version.description, parameters: version.parameters },
      categories: version.categories ?? [],
      plans: plans.map((plan) => {
        const price = priceIn(store, offering.id, customers, plan.price);
        return { id: plan.id, name: plan.name, price: priceView(price), text: priceTexts(price, context.language) };
      }),
    });
    return { store, viewOf };
  }

  /** A page of what the store sells now, or of what is found of it; what is no longer published leaves a page shorter. */
  async function offers(context: Context, storeId: string, query: Static<typeof OffersQuery>): Promise<object> {
    const { q: text = null, category = null, ...page } = query;
    const { store, viewOf } = await viewer(context, storeId);
    if (text !== null || category !== null) {
      const everything = await listSelection(database.db, storeId, {
        limit: mostOfferings,
        after: pageBounds({}).after,
      });
      const found = await catalogue.search(everything, { text, category, ...pageBounds(page) });
      const last = found.length === pageBounds(page).limit ? found.at(-1) : undefined;
      return { store: windowView(store), items: found.map(viewOf), next: last?.offering.id ?? null };
    }
    const selected = await listSelection(database.db, storeId, pageBounds(page));
    const items = (await catalogue.publishedAmong(selected)).map(viewOf);
    const last = selected.length === pageBounds(page).limit ? selected.at(-1) : undefined;
    return { store: windowView(store), items, next: last ?? null };
  }

  /** One of them, in three queries whatever else the store sells. */
  async function offer(context: Context, storeId: string, offeringId: string): Promise<object> {
    const { viewOf } = await viewer(context, storeId);
    const sold = await isSelected(database.db, storeId, offeringId);
    const published = sold ? await catalogue.published(offeringId) : undefined;
    if (published !== undefined) return viewOf(published);
    throw new Fault('notFound', storefrontTexts(context.language).offerNotFound(offeringId));
  }

  return [
    idempotency.post({
      path: '/v1/stores',
      operation: 'market:stores:create',
      policy: policies.authenticated,
      status: 201,
      body: NewStore,
      handler: async (request, id) => ownView(await create(caller(request), id, request.body)),
    }),
    route({
      method: 'GET',
      path: '/v1/stores',
      operation: 'market:stores:list',
      policy: policies.authenticated,
      query: PageQuery,
      async handler(request) {
        const context = caller(request);
        const stores = await listStores(database.db, pageBounds(request.query));
        const owners = new Set((await partners.organisationsOf(context)).map(({ id }) => id));
        const all = await partners.isOperator(context);
        const items = stores.map((store) => (all || owners.has(store.resellerId) ? ownView(store) : windowView(store)));
        return { ...pageOf(request.query, stores), items };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/stores/:storeId',
      operation: 'market:stores:get',
      policy: policies.authenticated,
      params: StoreParams,
      handler: async (request) => ownView(await own(caller(request), request.params.storeId)),
    }),
    route({
      method: 'PUT',
      path: '/v1/stores/:storeId',
      operation: 'market:stores:replace',
      policy: policies.authenticated,
      params: StoreParams,
      body: StoreContent,
      handler: async (request) => ownView(await replace(caller(request), request.params.storeId, request.body)),
    }),
    route({
      method: 'GET',
      path: '/v1/stores/:storeId/offers',
      operation: 'market:offers:list',
      policy: policies.authenticated,
      params: StoreParams,
      query: OffersQuery,
      handler: (request) => offers(caller(request), request.params.storeId, request.query),
    }),
    route({
      method: 'GET',
      path: '/v1/stores/:storeId/offers/:offeringId',
      operation: 'market:offers:get',
      policy: policies.authenticated,
      params: Type.Object({ storeId: IdSchema, offeringId: IdSchema }),
      handler: (request) => offer(caller(request), request.params.storeId, request.params.offeringId),
    }),
    route({
      method: 'GET',
      path: '/v1/storefront',
      operation: 'market:storefront:get',
      policy: policies.public,
      async handler(request) {
        const slug = slugOf(request.headers.host, deps.storeDomain);
        const store = slug === undefined ? undefined : await findStoreBySlug(database.db, slug);
        if (store !== undefined) return windowView(store);
        const language = preferredLanguage(request.headers['accept-language']);
        throw new Fault('notFound', storefrontTexts(language).noStoreHere(shownHost(request.headers.host)));
      },
    }),
  ];
}
