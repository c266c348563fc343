import { derivedId } from '../../kernel/base/ids.ts';
import { type Connection, type Migrations, sql, type Tx } from '../../kernel/store/index.ts';
import type { Account, AccountName, Posting } from './domain/sale.ts';

export * from './domain/sale.ts';

export const ledgerMigrations: Migrations = {
  context: 'market_ledger',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** An entry to be made. */
export interface NewEntry {
  /** `invoice` */
  readonly kind: string;
  /** The id of what it accounts for; with `kind` it names the entry for ever. */
  readonly reference: string;
  readonly at: Date;
  readonly currency: string;
  readonly postings: readonly Posting[];
}

const kinds: Record<AccountName, string> = {
  receivable: 'asset',
  vat: 'liability',
  sales: 'revenue',
  payable: 'liability',
};

/**
 * Makes an entry, once: the same kind and reference again changes nothing. The database refuses what does not balance
 * when the transaction commits. Without postings (a sale of nothing) there is no entry.
 */
export async function postEntry(tx: Tx, entry: NewEntry): Promise<void> {
  if (entry.postings.length === 0) return;
  const id = derivedId('ledger-entry', entry.kind, entry.reference);
  const { rows } = await sql`insert into market_ledger.entry (id, at, kind, reference)
    values (${id}, ${entry.at}, ${entry.kind}, ${entry.reference}) on conflict do nothing returning id`.execute(tx);
  if (rows.length === 0) return;
  for (const [line, posting] of entry.postings.entries()) {
    const account = await openAccount(tx, posting.account, entry.currency);
    await sql`insert into market_ledger.posting (entry_id, line, account_id, amount)
      values (${id}, ${line}, ${account}, ${posting.amount})`.execute(tx);
  }
}

async function openAccount(tx: Tx, { name, organisationId }: Account, currency: string): Promise<string> {
  const id = derivedId('ledger-account', name, organisationId ?? '', currency);
  await sql`insert into market_ledger.account (id, kind, name, organisation_id, currency)
    values (${id}, ${kinds[name]}, ${name}, ${organisationId}, ${currency}) on conflict do nothing`.execute(tx);
  return id;
}

/** The sum of an account's postings in minor units: debit positive. */
export async function balanceOf(db: Connection, account: Account, currency: string): Promise<bigint> {
  const id = derivedId('ledger-account', account.name, account.organisationId ?? '', currency);
  const { rows } = await sql<{ balance: bigint }>`select coalesce(sum(amount), 0)::bigint as balance
    from market_ledger.posting where account_id = ${id}`.execute(db);
  return rows[0]?.balance ?? 0n;
}

/** One account and what stands on it. */
export interface Balance {
  readonly name: AccountName;
  readonly organisationId: string | null;
  readonly currency: string;
  readonly balance: bigint;
}

/** The trial balance: it sums to zero. */
export async function trialBalance(db: Connection): Promise<Balance[]> {
  const { rows } = await sql<Balance>`select a.name, a.organisation_id as "organisationId", a.currency,
      coalesce(sum(p.amount), 0)::bigint as balance
    from market_ledger.account a left join market_ledger.posting p on p.account_id = a.id
    group by a.id order by a.name, a.organisation_id nulls first`.execute(db);
  return rows;
}

/** What was earned in one of some periods, in minor units. */
export interface Earnings {
  /** 1 for the first period. */
  readonly period: number;
  /** Kept by the operator. */
  readonly kept: bigint;
  /** Owed to the others: to the one asked for, or to all. */
  readonly owed: bigint;
}

/**
 * What sales brought, period by period, by the time of their entry. `bounds` begins each period and ends the last; with an
 * organisation, only what is owed to it. Periods without sales are left out. One scan of the periods' entries.
 */
export async function earnings(
  db: Connection,
  { bounds, organisationId, currency }: { bounds: readonly Date[]; organisationId: string | null; currency: string },
): Promise<Earnings[]> {
  const whose = organisationId === null ? sql`true` : sql`a.organisation_id = ${organisationId}`;
  const { rows } = await sql<Earnings>`select width_bucket(e.at, ${[...bounds]}::timestamptz[]) as period,
      coalesce(-sum(p.amount) filter (where a.name = 'sales'), 0)::bigint as kept,
      coalesce(-sum(p.amount) filter (where a.name = 'payable'), 0)::bigint as owed
    from market_ledger.account a
    join market_ledger.posting p on p.account_id = a.id
    join market_ledger.entry e on e.id = p.entry_id
    where a.name in ('sales', 'payable') and ${whose} and a.currency = ${currency}
      and e.kind = 'invoice' and e.at >= ${bounds[0]} and e.at < ${bounds.at(-1)}
    group by 1 order by 1`.execute(db);
  return rows;
}
