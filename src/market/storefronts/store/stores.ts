import type { Language } from '../../../kernel/base/i18n.ts';
import { type Connection, isUniqueViolation, sql, type Tx } from '../../../kernel/store/index.ts';
import { type PriceBookView, parsePriceBook, priceBookView } from '../api/price-book.ts';
import type { Brand, Store } from '../domain/store.ts';

interface StoreRow {
  id: string;
  slug: string;
  reseller_id: string;
  brand: Brand;
  languages: Language[];
  margin_percent: string;
  price_book: PriceBookView;
  created_at: Date;
  offering_ids: string[];
}

const columns = sql`s.id, s.slug, s.reseller_id, s.brand, s.languages, s.margin_percent, s.price_book, s.created_at,
  array(select offering_id::text from market_storefronts.selection where store_id = s.id order by 1) as offering_ids`;

const fromRow = (row: StoreRow): Store => ({
  id: row.id,
  slug: row.slug,
  resellerId: row.reseller_id,
  brand: row.brand,
  languages: row.languages,
  marginPercent: row.margin_percent,
  priceBook: parsePriceBook(row.price_book),
  offeringIds: row.offering_ids,
  createdAt: row.created_at,
});

/** Inserts; false when the id exists already, `'slug-taken'` when another store has the host name. */
export async function insertStore(tx: Tx, store: Store): Promise<boolean | 'slug-taken'> {
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
export async function updateStore(tx: Tx, store: Store, now: Date): Promise<void> {
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

export async function listStores(db: Connection, { limit, after }: { limit: number; after: string }): Promise<Store[]> {
  const { rows } = await sql<StoreRow>`select ${columns} from market_storefronts.store s where id > ${after}
    order by id limit ${limit}`.execute(db);
  return rows.map(fromRow);
}
