import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { sql } from '../../kernel/store/index.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { chainHash, emptyChain, leafHash, trustMigrations } from './index.ts';
import { appendFact, extendChain, listFacts } from './store/facts.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([trustMigrations]);
});
afterAll(() => store.close());

const at = new Date('2026-03-01T10:00:00.123Z');
const fact = (subject: string, payload: object = { amount: '12.34', currency: 'EUR' }, parties: string[] = []) => ({
  ...{ kind: 'market.test', subject, at, payload, parties },
});
const append = (subject: string) => store.transact((tx) => appendFact(tx, fact(subject)));
const everything = { parties: null, subject: undefined, after: 0n, limit: 1000 };

interface Link {
  position: bigint;
  fact_seq: bigint;
  chain_hash: Buffer;
}
const chain = async () => (await sql<Link>`select * from market_trust.chain order by position`.execute(store.db)).rows;

describe('facts', () => {
  it('hash to what was kept of them, and to nothing else', async () => {
    await append('hashed');
    const [kept] = await listFacts(store.db, { ...everything, subject: 'hashed' });
    if (kept === undefined) throw new Error('the fact is lost');
    expect(leafHash(kept.salt, kept)).toEqual(kept.leaf_hash);
    expect(leafHash(kept.salt, { ...kept, payload: { amount: '12.35', currency: 'EUR' } })).not.toEqual(kept.leaf_hash);
    expect(leafHash(Buffer.alloc(32), kept)).not.toEqual(kept.leaf_hash);
  });

  it('vanish with the transaction that did not happen', async () => {
    const failing = store.transact(async (tx) => {
      await appendFact(tx, fact('undone'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await listFacts(store.db, { ...everything, subject: 'undone' })).toEqual([]);
  });

  it('are read by their parties only', async () => {
    const party = newId();
    await store.transact((tx) => appendFact(tx, fact('private', {}, [party])));
    expect(await listFacts(store.db, { ...everything, parties: [party] })).toHaveLength(1);
    expect(await listFacts(store.db, { ...everything, parties: [newId()] })).toEqual([]);
    expect(await listFacts(store.db, { ...everything, parties: [] })).toEqual([]);
  });

  it.each(['fact', 'chain'])('stay: no %s is updated, deleted or truncated', async (table) => {
    await append('kept');
    await extendChain(store);
    const statements = [`delete from market_trust.${table}`, `truncate market_trust.${table} cascade`];
    for (const statement of [...statements, `update market_trust.${table} set xid = xid`]) {
      await expect(sql.raw(statement).execute(store.db)).rejects.toThrow('append-only');
    }
  });
});

describe('the chain', () => {
  it('holds every fact once, in one order for ever, whoever extends it at the same time', async () => {
    const writers = Array.from({ length: 40 }, (_, n) => append(`fact ${n}`));
    const extenders = Array.from({ length: 8 }, () => extendChain(store, 3));
    await Promise.all([...writers, ...extenders]);
    const before = await chain();
    while ((await extendChain(store)) > 0);
    const after = await chain();
    const facts = await listFacts(store.db, everything);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.map(({ position }) => position)).toEqual(after.map((_, index) => BigInt(index)));
    expect(new Set(after.map(({ fact_seq }) => fact_seq))).toEqual(new Set(facts.map(({ seq }) => seq)));
    const leaves = new Map(facts.map(({ seq, leaf_hash }) => [seq, leaf_hash]));
    let hash = emptyChain;
    for (const link of after) {
      hash = chainHash(hash, leaves.get(link.fact_seq) ?? Buffer.alloc(0));
      expect(link.chain_hash).toEqual(hash);
    }
  });

  it('does not pass by a fact whose transaction is still open', async () => {
    let commit = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let written = (): void => undefined;
    const inside = new Promise<void>((resolve) => {
      written = resolve;
    });
    const slow = store.transact(async (tx) => {
      await appendFact(tx, fact('slow'));
      written();
      await gate;
    });
    await inside;
    await append('quick');
    while ((await extendChain(store)) > 0);
    const [quick] = await listFacts(store.db, { ...everything, subject: 'quick' });
    expect((await chain()).some(({ fact_seq }) => fact_seq === quick?.seq)).toBe(false);
    commit();
    await slow;
    while ((await extendChain(store)) > 0);
    expect(await chain()).toHaveLength((await listFacts(store.db, everything)).length);
  });
});
