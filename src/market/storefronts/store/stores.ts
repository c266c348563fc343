import type { Language } from '../../../kernel/base/i18n.ts';
import { type Connection, isUniqueViolation, sql, type Tx } from '../../../kernel/store/index.ts';
import { type PriceBookView, parsePriceBook, priceBookView } from '../api/price-book.ts';
import type { Brand, Store, StoreSelection } from '../domain/store.ts';

interface StoreRow {
  id: string;
  slug: string;
  reseller_id: string;
  brand: Brand;
  languages: Language[];
  margin_percent: string;
  price_book: PriceBookView;
  created_at: Date;
}

interface SelectionRow extends StoreRow {
  offering_ids: string[];
}

const columns = sql`s.id, s.slug, s.reseller_id, s.brand, s.languages, s.margin_percent, s.price_book, s.created_at`;
const withSelection = sql`${columns},
  array(select offering_id::text from market_storefronts.selection where store_id = s.id order by 1) as offering_ids`;

const fromRow = (row: StoreRow): Store => ({
  id: row.id,
  slug: row.slug,
  resellerId: row.reseller_id,
  brand: row.brand,
  languages: row.languages,
  marginPercent: row.margin_percent,
  priceBook: parsePriceBook(row.price_book),
  createdAt: row.created_at,
});

const selectionFromRow = (row: SelectionRow): StoreSelection => ({ ...fromRow(row), offeringIds: row.offering_ids });

/** Inserts; false when the id exists already, `'slug-taken'` when another store has the host name. */
export async function insertStore(tx: Tx, store: StoreSelection): Promise<boolean | 'slug-taken'> {
  try {
    const { rows } = await sql`insert into market_storefronts.store
      (id, slug, reseller_id, brand, languages, margin_percent, price_book, created_at, updated_at)
      values (${store.id}, ${store.slug}, ${store.resellerId}, ${JSON.stringify(store.brand)}::jsonb,
        ${[...store.languages]}, ${store.marginPercent},
        ${JSON.stringify(priceBookView(store.priceBook))}::jsonb, ${store.createdAt}, ${store.createdAt})
      on conflict (id) do nothing returning id`.execute(tx);
    if (rows.length === 0) return false;
  } catch (error) {
    if (isUniqueViolation(error, 'store_slug_key')) return 'slug-taken';
    throw error;
  }
  await setSelection(tx, store.id, store.offeringIds);
  return true;
}

/** Replaces everything but id, slug and owner. */
export async function updateStore(tx: Tx, store: StoreSelection, now: Date): Promise<void> {
  await sql`update market_storefronts.store set brand = ${JSON.stringify(store.brand)}::jsonb,
    languages = ${[...store.languages]}, margin_percent = ${store.marginPercent},
    price_book = ${JSON.stringify(priceBookView(store.priceBook))}::jsonb, updated_at = ${now}
    where id = ${store.id}`.execute(tx);
  await setSelection(tx, store.id, store.offeringIds);
}

async function setSelection(tx: Tx, storeId: string, offeringIds: readonly string[]): Promise<void> {
  await sql`delete from market_storefronts.selection where store_id = ${storeId}`.execute(tx);
  await sql`insert into market_storefronts.selection (store_id, offering_id)
    select ${storeId}::uuid, unnest(${[...offeringIds]}::uuid[])`.execute(tx);
}

export async function findStore(db: Connection, id: string): Promise<Store | undefined> {
  const { rows } = await sql<StoreRow>`select ${columns} from market_storefronts.store s where id = ${id}`.execute(db);
  return rows[0] && fromRow(rows[0]);
}

export async function findStoreBySlug(db: Connection, slug: string): Promise<Store | undefined> {
  const { rows } = await sql<StoreRow>`select ${columns} from market_storefronts.store s where slug = ${slug}`.execute(
    db,
  );
  return rows[0] && fromRow(rows[0]);
}

/** The store with all that it sells. */
export async function findSelection(db: Connection, id: string): Promise<StoreSelection | undefined> {
  const { rows } =
    await sql<SelectionRow>`select ${withSelection} from market_storefronts.store s where id = ${id}`.execute(db);
  return rows[0] && selectionFromRow(rows[0]);
}

type Bounds = { readonly limit: number; readonly after: string };

export async function listStores(db: Connection, { limit, after }: Bounds): Promise<StoreSelection[]> {
  const { rows } = await sql<SelectionRow>`select ${withSelection} from market_storefronts.store s where id > ${after}
    order by id limit ${limit}`.execute(db);
  return rows.map(selectionFromRow);
}

/** A page of the ids of what the store sells, in their order. */
export async function listSelection(db: Connection, storeId: string, { limit, after }: Bounds): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select offering_id as id from market_storefronts.selection
    where store_id = ${storeId} and offering_id > ${after} order by offering_id limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Whether the store sells it, if it is published. */
export async function isSelected(db: Connection, storeId: string, offeringId: string): Promise<boolean> {
  const { rows } = await sql`select from market_storefronts.selection
    where store_id = ${storeId} and offering_id = ${offeringId}`.execute(db);
  return rows.length > 0;
}
