import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestStore, type TestStore } from '../testing/index.ts';
import { deliver, emit, type OutboxConsumer, runConsumers, sql } from './index.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());

const time = new Date('2026-01-01T00:00:00Z');
const event = (subject: string) => ({ type: 'andromede.test.v1', subject, time, data: { subject } });

function collecting(name: string, seen: string[], fail = false): OutboxConsumer {
  return {
    name,
    types: ['andromede.test.v1'],
    handle: async ({ subject }) => {
      seen.push(subject);
      if (fail) throw new Error('not now');
    },
  };
}

describe('the outbox', () => {
  it('tells nothing of a transaction that was rolled back', async () => {
    const rolledBack = store.transact(async (tx) => {
      await emit(tx, event('never'));
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    const seen: string[] = [];
    await deliver(store, collecting('rollback', seen));
    expect(seen).toEqual([]);
  });

  it('delivers an event again when its handling failed, and once when it succeeded', async () => {
    await store.transact((tx) => emit(tx, event('again')));
    const seen: string[] = [];
    await expect(deliver(store, collecting('retry', seen, true))).rejects.toThrow('not now');
    await deliver(store, collecting('retry', seen));
    await deliver(store, collecting('retry', seen));
    expect(seen.filter((subject) => subject === 'again')).toHaveLength(2);
  });

  it('skips no event of a transaction that began earlier and ended later', async () => {
    const seen: string[] = [];
    await deliver(store, collecting('order', []));
    let commit = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let written = (): void => undefined;
    const wrote = new Promise<void>((resolve) => {
      written = resolve;
    });
    const slow = store.transact(async (tx) => {
      await emit(tx, event('slow'));
      written();
      await gate;
    });
    await wrote;
    await store.transact((tx) => emit(tx, event('quick')));
    await deliver(store, collecting('order', seen));
    commit();
    await slow;
    await deliver(store, collecting('order', seen));
    expect(seen).toEqual(['slow', 'quick']);
  });

  it('counts transactions, it does not spell them: the ninety-ninth comes before the hundredth, once each', async () => {
    await deliver(store, collecting('numbers', []));
    await sql`update kernel.outbox_consumer set xid = '0', seq = 0 where name = 'numbers'`.execute(store.db);
    for (const [xid, subject] of [
      ['100', 'hundredth'],
      ['99', 'ninety-ninth'],
    ]) {
      await sql`insert into kernel.outbox (xid, id, type, subject, time, data)
        values (${xid}::xid8, gen_random_uuid(), 'andromede.test.v1', ${subject}, now(), '{}')`.execute(store.db);
    }
    const seen: string[] = [];
    await deliver(store, collecting('numbers', seen));
    await deliver(store, collecting('numbers', seen));
    expect(seen.slice(0, 2)).toEqual(['ninety-ninth', 'hundredth']);
    expect(seen).toHaveLength(new Set(seen).size);
  });

  it('wakes running consumers at once', async () => {
    const controller = new AbortController();
    const heard = new Promise<string>((resolve) => {
      const consumer = {
        ...collecting('running', []),
        handle: async ({ subject }: { subject: string }) => {
          if (subject !== 'now') return;
          resolve(subject);
          controller.abort();
        },
      };
      void runConsumers({ store, notifications: store.notifications, log: store.log }, [consumer], controller.signal);
    });
    await store.transact((tx) => emit(tx, event('now')));
    expect(await heard).toBe('now');
  });
});
