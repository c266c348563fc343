import type { LocalizedText } from '../../../kernel/base/i18n.ts';
import { type Connection, lockInTransaction, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import { type PriceView, parsePrice, priceView } from '../../rating/index.ts';
import type {
  Category,
  Offering,
  OfferingVersion,
  Plan,
  Published,
  VersionContent,
  VersionState,
} from '../domain/offering.ts';

interface OfferingTable {
  id: string;
  publisher_id: string;
  created_at: Date;
}

interface VersionTable {
  id: string;
  offering_id: string;
  number: number;
  content: VersionContent;
  created_at: Date;
  state: VersionState;
  review_note: string | null;
  published_at: Date | null;
}

interface PlanTable {
  id: string;
  offering_id: string;
  name: LocalizedText;
  code: string | null;
  price: PriceView;
  created_at: Date;
}

interface Tables {
  'market_catalogue.offering': OfferingTable;
  'market_catalogue.version': VersionTable;
  'market_catalogue.plan': PlanTable;
}

const json = (value: unknown) => sql<never>`${JSON.stringify(value)}::jsonb`;

const offeringOf = (row: OfferingTable): Offering => ({
  id: row.id,
  publisherId: row.publisher_id,
  createdAt: row.created_at,
});

const versionOf = (row: VersionTable): OfferingVersion => ({
  ...row.content,
  id: row.id,
  offeringId: row.offering_id,
  number: row.number,
  createdAt: row.created_at,
  state: row.state,
  reviewNote: row.review_note,
  publishedAt: row.published_at,
});

const planOf = (row: PlanTable): Plan => ({
  id: row.id,
  offeringId: row.offering_id,
  name: row.name,
  code: row.code,
  price: parsePrice(row.price),
  createdAt: row.created_at,
});

/** Inserts; false when the id exists already. */
export async function insertOffering(tx: Tx, { id, publisherId, createdAt }: Offering): Promise<boolean> {
  const inserted = await tables<Tables>(tx)
    .insertInto('market_catalogue.offering')
    .values({ id, publisher_id: publisherId, created_at: createdAt })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

/** Adds the offering's next version; the same id again gives what exists. */
export async function insertVersion(
  tx: Tx,
  { id, offeringId, createdAt, ...content }: Omit<OfferingVersion, 'number' | 'state' | 'reviewNote' | 'publishedAt'>,
): Promise<{ version: OfferingVersion; created: boolean }> {
  await lockInTransaction(tx, 'market_catalogue.version', offeringId);
  const known = await listVersions(tx, offeringId);
  const existing = known.find((version) => version.id === id);
  if (existing !== undefined) return { version: existing, created: false };
  const row = await tables<Tables>(tx)
    .insertInto('market_catalogue.version')
    .values({
      id,
      offering_id: offeringId,
      number: (known[0]?.number ?? 0) + 1,
      content: json(content),
      created_at: createdAt,
      state: 'draft',
      review_note: null,
      published_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { version: versionOf(row), created: true };
}

export async function findOffering(db: Connection, id: string): Promise<Offering | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_catalogue.offering')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && offeringOf(row);
}

/** Newest version first. */
export async function listVersions(db: Connection, offeringId: string): Promise<OfferingVersion[]> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_catalogue.version')
    .selectAll()
    .where('offering_id', '=', offeringId)
    .orderBy('number', 'desc')
    .execute();
  return rows.map(versionOf);
}

export async function findVersion(db: Connection, id: string): Promise<OfferingVersion | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_catalogue.version')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && versionOf(row);
}

/** Moves a version from one of these states; false when it is in another. */
export async function moveVersion(
  tx: Tx,
  id: string,
  from: readonly VersionState[],
  to: VersionState,
  { publishedAt, reviewNote }: { readonly publishedAt?: Date; readonly reviewNote?: string } = {},
): Promise<boolean> {
  const { numUpdatedRows } = await tables<Tables>(tx)
    .updateTable('market_catalogue.version')
    .set({
      state: to,
      ...(publishedAt !== undefined && { published_at: publishedAt }),
      ...(reviewNote !== undefined && { review_note: reviewNote }),
    })
    .where('id', '=', id)
    .where('state', 'in', [...from])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Versions that wait for a review, in the order in which they were made. */
export async function listSubmitted(
  db: Connection,
  { limit, after }: { limit: number; after: string },
): Promise<OfferingVersion[]> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_catalogue.version')
    .selectAll()
    .where('state', '=', 'submitted')
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(versionOf);
}

/** Inserts; false when the id exists already. */
export async function insertPlan(tx: Tx, plan: Plan): Promise<boolean | 'code-taken'> {
  const { id, offeringId, name, code, price, createdAt } = plan;
  if (code !== null && (await listPlans(tx, offeringId)).some((one) => one.code === code && one.id !== id)) {
    return 'code-taken';
  }
  const inserted = await tables<Tables>(tx)
    .insertInto('market_catalogue.plan')
    .values({
      id,
      offering_id: offeringId,
      name: json(name),
      code,
      price: json(priceView(price)),
      created_at: createdAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function listPlans(db: Connection, offeringId: string): Promise<Plan[]> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_catalogue.plan')
    .selectAll()
    .where('offering_id', '=', offeringId)
    .orderBy('id')
    .execute();
  return rows.map(planOf);
}

/** Of these offerings, those that are published: the newest published version and all plans of each, in three queries. */
export async function listPublished(db: Connection, offeringIds: readonly string[]): Promise<Published[]> {
  const ids = sql`${offeringIds as string[]}::uuid[]`;
  const [versions, offerings, plans] = await Promise.all([
    sql<VersionTable>`select distinct on (offering_id) * from market_catalogue.version
      where offering_id = any(${ids}) and state = 'published' order by offering_id, number desc`.execute(db),
    sql<OfferingTable>`select * from market_catalogue.offering where id = any(${ids})`.execute(db),
    sql<PlanTable>`select * from market_catalogue.plan where offering_id = any(${ids}) order by id`.execute(db),
  ]);
  const offeringById = new Map(offerings.rows.map((row) => [row.id, offeringOf(row)]));
  const plansOf = Map.groupBy(plans.rows.map(planOf), ({ offeringId }) => offeringId);
  return versions.rows.flatMap((row) => {
    const offering = offeringById.get(row.offering_id);
    return offering === undefined ? [] : [{ offering, version: versionOf(row), plans: plansOf.get(offering.id) ?? [] }];
  });
}

/** What is looked for among what is published. */
export interface OfferingSearch {
  /** Words, as one types them into a search engine: all of them, `"together"`, `or`, `-without`. Null: any. */
  readonly text: string | null;
  readonly category: Category | null;
  readonly limit: number;
  readonly after: string;
}

/** Of these offerings, a page of the ids of those whose newest published version is found, in their order. */
export async function searchPublished(
  db: Connection,
  among: readonly string[],
  { text, category, limit, after }: OfferingSearch,
): Promise<string[]> {
  const folded = sql`market_catalogue.folded(${text})`;
  const query = sql`(websearch_to_tsquery('french', ${folded}) || websearch_to_tsquery('english', ${folded}))`;
  const found = text === null ? sql`true` : sql`v.words @@ ${query}`;
  const fits = category === null ? sql`true` : sql`v.content -> 'categories' ? ${category}`;
  const { rows } = await sql<{ id: string }>`select v.offering_id as id from market_catalogue.version v
    where v.state = 'published' and ${found} and ${fits}
      and v.offering_id = any(${among as string[]}::uuid[]) and v.offering_id > ${after}
      and not exists (select from market_catalogue.version newer where newer.offering_id = v.offering_id
        and newer.state = 'published' and newer.number > v.number)
    order by v.offering_id limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Which offerings a list shows. */
export interface OfferingFilter {
  readonly limit: number;
  readonly after: string;
  /** Only these publishers' offerings, published or not; null: everybody's. */
  readonly publisherIds: readonly string[] | null;
  /** With others' published ones. */
  readonly withPublished: boolean;
}

export async function listOfferings(db: Connection, filter: OfferingFilter): Promise<Offering[]> {
  const { rows } = await sql<OfferingTable>`select o.* from market_catalogue.offering o where id > ${filter.after}
      and (${filter.publisherIds === null} or publisher_id = any(${[...(filter.publisherIds ?? [])]}::uuid[])
        or (${filter.withPublished} and exists (
          select 1 from market_catalogue.version v where v.offering_id = o.id and v.state = 'published')))
    order by id limit ${filter.limit}`.execute(db);
  return rows.map(offeringOf);
}
