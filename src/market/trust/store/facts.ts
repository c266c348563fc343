import { randomBytes } from 'node:crypto';
import { newId } from '../../../kernel/base/ids.ts';
import { type Connection, lockInTransaction, type Store, sql, type Tx } from '../../../kernel/store/index.ts';
import { chainHash, emptyChain, type FactContent, leafHash } from '../domain/leaf.ts';

/** Something that happened in business. */
export interface NewFact {
  /** `market.order.accepted` */
  readonly kind: string;
  /** The id of what it happened to. */
  readonly subject: string;
  readonly at: Date;
  /** JSON without bigints; no secret. */
  readonly payload: object;
  /** The organisations that may read it, besides the operator. */
  readonly parties: readonly string[];
}

/** A fact as it was kept. */
export interface FactRow extends FactContent {
  readonly seq: bigint;
  readonly parties: string[];
  readonly salt: Buffer;
  readonly leaf_hash: Buffer;
}

/** Notified with the subject of each new fact. */
export const factChannel = 'market_trust_fact';

/** Appends in the transaction that made it true. */
export async function appendFact(tx: Tx, fact: NewFact): Promise<void> {
  const id = newId(fact.at.getTime());
  const salt = randomBytes(32);
  const { kind, subject, at, payload } = fact;
  const leaf = leafHash(salt, { id, kind, subject, at, payload });
  await sql`insert into market_trust.fact (id, kind, subject, at, parties, payload, salt, leaf_hash)
    values (${id}, ${kind}, ${subject}, ${at}, ${[...fact.parties]}::uuid[], ${JSON.stringify(payload)}::jsonb, ${salt}, ${leaf})`.execute(
    tx,
  );
  await sql`select pg_notify(${factChannel}, ${subject})`.execute(tx);
}

/** Facts in the order they were written; `parties` null: all of them. */
export async function listFacts(
  db: Connection,
  filter: { parties: readonly string[] | null; subject: string | undefined; after: bigint; limit: number },
): Promise<FactRow[]> {
  const { rows } = await sql<FactRow>`select seq, id, kind, subject, at, parties, payload, salt, leaf_hash
    from market_trust.fact where seq > ${filter.after}
      and (${filter.parties === null} or parties && ${[...(filter.parties ?? [])]}::uuid[])
      and (${filter.subject ?? null}::text is null or subject = ${filter.subject ?? null})
    order by seq limit ${filter.limit}`.execute(db);
  return rows;
}

interface Link {
  position: bigint;
  seq: bigint;
  xid: string;
  chain_hash: Buffer;
}

/** Gives the facts whose transactions have all ended their place in the chain; answers how many. */
export async function extendChain(store: Store, batch = 1000): Promise<number> {
  return store.transact(async (tx) => {
    await lockInTransaction(tx, 'market_trust.chain');
    const { rows: ends } = await sql<Link>`select position, fact_seq as seq, xid::text, chain_hash
      from market_trust.chain order by position desc limit 1`.execute(tx);
    const end = ends[0] ?? { position: -1n, seq: 0n, xid: '0', chain_hash: emptyChain };
    const { rows: facts } = await sql<{ seq: bigint; xid: string; leaf_hash: Buffer }>`
      select seq, xid::text, leaf_hash from market_trust.fact f
      where (xid, seq) > (${end.xid}::xid8, ${end.seq}) and xid < pg_snapshot_xmin(pg_current_snapshot())
        -- Chains were once extended in the order of digits: '10000' before '9999'.
        and not exists (select from market_trust.chain where fact_seq = f.seq)
      order by f.xid, f.seq limit ${batch}`.execute(tx);
    let hash = end.chain_hash;
    for (const [index, fact] of facts.entries()) {
      hash = chainHash(hash, fact.leaf_hash);
      await sql`insert into market_trust.chain (position, fact_seq, xid, chain_hash)
        values (${end.position + 1n + BigInt(index)}, ${fact.seq}, ${fact.xid}::xid8, ${hash})`.execute(tx);
    }
    return facts.length;
  });
}
