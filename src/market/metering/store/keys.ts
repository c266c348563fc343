import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';

/** A key of a publisher, without the key itself. */
export interface PublisherKey {
  readonly id: string;
  readonly publisherId: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

const columns = sql`id, publisher_id as "publisherId", name, created_at as "createdAt", revoked_at as "revokedAt"`;

export async function insertKey(
  tx: Tx,
  { id, publisherId, name, createdAt }: Omit<PublisherKey, 'revokedAt'>,
  secret: { readonly hash: Buffer; readonly by: string },
): Promise<void> {
  await sql`insert into market_metering.publisher_key (id, publisher_id, name, key_hash, created_by, created_at)
    values (${id}, ${publisherId}, ${name}, ${secret.hash}, ${secret.by}, ${createdAt})`.execute(tx);
}

export async function findKey(db: Connection, id: string): Promise<PublisherKey | undefined> {
  const { rows } = await sql<PublisherKey>`select ${columns} from market_metering.publisher_key
    where id = ${id}`.execute(db);
  return rows[0];
}

/** The key with that hash, unless it was revoked. */
export async function findKeyByHash(db: Connection, hash: Buffer): Promise<PublisherKey | undefined> {
  const { rows } = await sql<PublisherKey>`select ${columns} from market_metering.publisher_key
    where key_hash = ${hash} and revoked_at is null`.execute(db);
  return rows[0];
}

/** Keys of these publishers, or all with null. */
export async function listKeys(
  db: Connection,
  { publisherIds, limit, after }: { publisherIds: readonly string[] | null; limit: number; after: string },
): Promise<PublisherKey[]> {
  const { rows } = await sql<PublisherKey>`select ${columns} from market_metering.publisher_key where id > ${after}
    and (${publisherIds === null} or publisher_id = any(${[...(publisherIds ?? [])]}::uuid[]))
    order by id limit ${limit}`.execute(db);
  return rows;
}

/** Once; false when it was revoked before. */
export async function revokeKey(tx: Tx, id: string, at: Date): Promise<boolean> {
  const { rows } = await sql`update market_metering.publisher_key set revoked_at = ${at}
    where id = ${id} and revoked_at is null returning id`.execute(tx);
  return rows.length > 0;
}
