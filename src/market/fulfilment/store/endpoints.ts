import type { Sealer } from '../../../kernel/base/sealing.ts';
import { type Connection, type Tx, tables } from '../../../kernel/store/index.ts';

/** Where a publisher's own system is; its secrets are told by `secretsOf` only. */
export interface Endpoint {
  readonly id: string;
  readonly publisherId: string;
  readonly kind: 'webhook' | 'broker';
  readonly url: string;
  readonly username: string | null;
  readonly timeoutSeconds: number;
  readonly createdAt: Date;
}

interface EndpointTable {
  id: string;
  publisher_id: string;
  kind: Endpoint['kind'];
  url: string;
  username: string | null;
  sealed_secret: string | null;
  sealed_previous_secret: string | null;
  previous_until: Date | null;
  timeout_seconds: number;
  created_at: Date;
}

interface Tables {
  'market_fulfilment.endpoint': EndpointTable;
}

const endpointOf = (row: EndpointTable): Endpoint => ({
  id: row.id,
  publisherId: row.publisher_id,
  kind: row.kind,
  url: row.url,
  username: row.username,
  timeoutSeconds: row.timeout_seconds,
  createdAt: row.created_at,
});

/** A publisher's secret holds this long after it was replaced. */
const overlapMs = 86_400_000;

/** Inserts; false when the id exists already. */
export async function insertEndpoint(tx: Tx, endpoint: Endpoint): Promise<boolean> {
  const inserted = await tables<Tables>(tx)
    .insertInto('market_fulfilment.endpoint')
    .values({
      id: endpoint.id,
      publisher_id: endpoint.publisherId,
      kind: endpoint.kind,
      url: endpoint.url,
      username: endpoint.username,
      timeout_seconds: endpoint.timeoutSeconds,
      created_at: endpoint.createdAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function findEndpoint(db: Connection, id: string): Promise<Endpoint | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_fulfilment.endpoint')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && endpointOf(row);
}

/** Endpoints of these publishers, or all with null. */
export async function listEndpoints(
  db: Connection,
  { publisherIds, limit, after }: { publisherIds: readonly string[] | null; limit: number; after: string },
): Promise<Endpoint[]> {
  const all = tables<Tables>(db).selectFrom('market_fulfilment.endpoint').selectAll().where('id', '>', after);
  const own = publisherIds === null ? all : all.where('publisher_id', 'in', [...publisherIds]);
  if (publisherIds?.length === 0) return [];
  return (await own.orderBy('id').limit(limit).execute()).map(endpointOf);
}

/** Puts a new secret in the place of the old one, which holds for a day longer. */
export async function replaceSecret(tx: Tx, sealer: Sealer, id: string, secret: string, now: Date): Promise<void> {
  await tables<Tables>(tx)
    .updateTable('market_fulfilment.endpoint')
    .set(({ ref }) => ({
      sealed_previous_secret: ref('sealed_secret'),
      previous_until: new Date(now.getTime() + overlapMs),
      sealed_secret: sealer.seal(secret, id),
    }))
    .where('id', '=', id)
    .execute();
}

/** The secrets in force, the newest first; none before the first was made. */
export async function secretsOf(db: Connection, sealer: Sealer, id: string, now: Date): Promise<string[]> {
  const row = await tables<Tables>(db)
    .selectFrom('market_fulfilment.endpoint')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const previous = row.previous_until !== null && now < row.previous_until ? row.sealed_previous_secret : null;
  return [row.sealed_secret, previous].filter((sealed) => sealed !== null).map((sealed) => sealer.open(sealed, id));
}
