import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { sql, type Tx } from '../../kernel/store/index.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { balanceOf, ledgerMigrations, postEntry, salePostings, trialBalance } from './index.ts';

let store: TestStore;
const customer = newId();
const publisher = newId();
const at = new Date('2026-03-01T00:00:00Z');
const sale = { customerId: customer, vat: 20n, operator: 30n, others: [{ organisationId: publisher, amount: 70n }] };

const post = (reference: string, postings = salePostings(sale)) =>
  store.transact((tx) => postEntry(tx, { kind: 'invoice', reference, at, currency: 'EUR', postings }));

beforeAll(async () => {
  store = await createTestStore([ledgerMigrations]);
});
afterAll(() => store.close());

describe('the ledger', () => {
  it('enters a sale once, however often it is asked', async () => {
    const reference = newId();
    await Promise.all([post(reference), post(reference)]);
    await post(reference);
    expect(await balanceOf(store.db, { name: 'receivable', organisationId: customer }, 'EUR')).toBe(120n);
    expect(await balanceOf(store.db, { name: 'payable', organisationId: publisher }, 'EUR')).toBe(-70n);
    expect((await trialBalance(store.db)).reduce((sum, { balance }) => sum + balance, 0n)).toBe(0n);
  });

  it('balances every sale, credits included', () => {
    const amount = fc.bigInt({ min: -1_000_000n, max: 1_000_000n });
    fc.assert(
      fc.property(amount, amount, fc.array(amount, { maxLength: 5 }), (vat, operator, shares) => {
        const others = shares.map((share) => ({ organisationId: newId(), amount: share }));
        const postings = salePostings({ customerId: customer, vat, operator, others });
        expect(postings.reduce((sum, posting) => sum + posting.amount, 0n)).toBe(0n);
        expect(postings.every((posting) => posting.amount !== 0n)).toBe(true);
      }),
    );
  });

  it('refuses at commit what does not balance', async () => {
    const [first, ...rest] = salePostings(sale);
    if (first === undefined) throw new Error('no posting');
    await expect(post(newId(), [{ ...first, amount: first.amount + 1n }, ...rest])).rejects.toThrow('out of balance');
    await expect(post(newId(), [first])).rejects.toThrow();
  });

  it('refuses an entry without postings, and more postings for a closed one', async () => {
    const insert = (tx: Tx, id: string) =>
      sql`insert into market_ledger.entry (id, at, kind, reference) values (${id}, ${at}, 'test', ${id})`.execute(tx);
    await expect(store.transact((tx) => insert(tx, newId()))).rejects.toThrow('needs two postings');
    await post('closed');
    const more = sql`insert into market_ledger.posting (entry_id, line, account_id, amount)
      select entry_id, line + 100, account_id, amount from market_ledger.posting`;
    await expect(more.execute(store.db)).rejects.toThrow('is closed');
  });

  it.each([
    'update market_ledger.posting set amount = amount + 1',
    'delete from market_ledger.entry',
    'truncate market_ledger.posting',
    "update market_ledger.account set name = 'x'",
  ])('refuses: %s', async (statement) => {
    await post('kept');
    await expect(sql.raw(statement).execute(store.db)).rejects.toThrow('append-only');
  });
});
