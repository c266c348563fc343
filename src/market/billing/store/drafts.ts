import { type Connection, lockInTransaction, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { Month } from '../../rating/index.ts';
import { type DraftContent, sharesByParty } from '../domain/draft.ts';

/** A kept invoice draft. */
export interface InvoiceDraft {
  readonly id: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly month: Month;
  readonly state: 'draft' | 'final';
  readonly content: DraftContent;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finalisedAt: Date | null;
}

interface DraftTable {
  id: string;
  subscription_id: string;
  customer_id: string;
  month: string;
  state: 'draft' | 'final';
  content: unknown;
  created_at: Date;
  updated_at: Date;
  finalised_at: Date | null;
}

interface Tables {
  'market_billing.invoice_draft': DraftTable;
  'market_billing.share_holder': { draft_id: string; organisation_id: string };
}

/** JSON has no integers of any size: amounts are kept as text, marked, so that they come back as they were. */
const encode = (content: DraftContent): string =>
  JSON.stringify(content, (_key, value: unknown) => (typeof value === 'bigint' ? { $integer: String(value) } : value));

/** What lines did not say before prices had more than flat rates. */
const implied = {
  ...{
    tenure: 0,
    kind: 'usage',
    included: '0',
    steps: [],
    monthlyMinimum: null,
    minimumApplied: false,
    reductions: [],
  },
} as const;

function decode(content: unknown): DraftContent {
  const kept = JSON.parse(JSON.stringify(content), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && '$integer' in value ? BigInt(String(value.$integer)) : value,
  ) as DraftContent;
  return { ...kept, lines: kept.lines.map((line) => ({ ...implied, ...line, quantity: String(line.quantity) })) };
}

const fromRow = (row: DraftTable): InvoiceDraft => ({
  id: row.id,
  subscriptionId: row.subscription_id,
  customerId: row.customer_id,
  month: row.month,
  state: row.state,
  content: decode(row.content),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  finalisedAt: row.finalised_at,
});

/** One at a time for a subscription and month: what was invoiced before must not change while it is reckoned with. */
export const lockMonth = (tx: Tx, subscriptionId: string, month: Month): Promise<void> =>
  lockInTransaction(tx, 'market_billing.invoice_draft', subscriptionId, month);

/** The drafts of a subscription's month, oldest first. Under `lockMonth` when something is to follow from them. */
export async function draftsOfMonth(db: Connection, subscriptionId: string, month: Month): Promise<InvoiceDraft[]> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_billing.invoice_draft')
    .selectAll()
    .where('subscription_id', '=', subscriptionId)
    .where('month', '=', month)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(fromRow);
}

/** Keeps a draft that is not final yet, in place of what was kept under its id. */
export async function putDraft(tx: Tx, draft: InvoiceDraft): Promise<void> {
  const content = sql`${encode(draft.content)}::jsonb`;
  await tables<Tables>(tx)
    .insertInto('market_billing.invoice_draft')
    .values({
      id: draft.id,
      subscription_id: draft.subscriptionId,
      customer_id: draft.customerId,
      month: draft.month,
      state: 'draft',
      content,
      created_at: draft.createdAt,
      updated_at: draft.updatedAt,
      finalised_at: null,
    })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ content, updated_at: draft.updatedAt }))
    .execute();
  await tables<Tables>(tx).deleteFrom('market_billing.share_holder').where('draft_id', '=', draft.id).execute();
  const holders = [...sharesByParty(draft.content).keys()];
  if (holders.length === 0) return;
  await tables<Tables>(tx)
    .insertInto('market_billing.share_holder')
    .values(holders.map((organisation_id) => ({ draft_id: draft.id, organisation_id })))
    .execute();
}

export async function markFinal(tx: Tx, id: string, at: Date): Promise<void> {
  await tables<Tables>(tx)
    .updateTable('market_billing.invoice_draft')
    .set({ state: 'final', finalised_at: at, updated_at: at })
    .where('id', '=', id)
    .execute();
}

export async function findDraft(db: Connection, id: string): Promise<InvoiceDraft | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_billing.invoice_draft')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && fromRow(row);
}

/** Drafts of these customers, or all with null. */
export async function listDrafts(
  db: Connection,
  { customerIds, limit, after }: { customerIds: readonly string[] | null; limit: number; after: string },
): Promise<InvoiceDraft[]> {
  const { rows } = await sql<DraftTable>`select * from market_billing.invoice_draft where id > ${after}
    and (${customerIds === null} or customer_id = any(${[...(customerIds ?? [])]}::uuid[])) order by id limit ${limit}`.execute(
    db,
  );
  return rows.map(fromRow);
}

/** Final drafts in which one of these organisations has a share, or all with null. */
export async function listSharedDrafts(
  db: Connection,
  { holderIds, limit, after }: { holderIds: readonly string[] | null; limit: number; after: string },
): Promise<InvoiceDraft[]> {
  const { rows } =
    await sql<DraftTable>`select * from market_billing.invoice_draft d where id > ${after} and state = 'final'
    and (${holderIds === null} or exists (select 1 from market_billing.share_holder where draft_id = d.id
      and organisation_id = any(${[...(holderIds ?? [])]}::uuid[]))) order by id limit ${limit}`.execute(db);
  return rows.map(fromRow);
}
