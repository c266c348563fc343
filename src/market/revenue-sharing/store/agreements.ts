import { type Connection, lockInTransaction, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { RuleView } from '../api/rules.ts';

/** One version of what is agreed with a publisher. */
export interface Agreement {
  readonly id: string;
  readonly publisherId: string;
  readonly version: number;
  readonly rules: readonly RuleView[];
  readonly createdAt: Date;
}

interface AgreementTable {
  id: string;
  publisher_id: string;
  version: number;
  rules: RuleView[];
  created_at: Date;
}

interface Tables {
  'market_revenue_sharing.agreement': AgreementTable;
}

const fromRow = (row: AgreementTable): Agreement => ({
  id: row.id,
  publisherId: row.publisher_id,
  version: row.version,
  rules: row.rules,
  createdAt: row.created_at,
});

/** Adds the publisher's next version; the same id again gives what exists. */
export async function insertAgreement(
  tx: Tx,
  { id, publisherId, rules, createdAt }: Omit<Agreement, 'version'>,
): Promise<{ agreement: Agreement; created: boolean }> {
  await lockInTransaction(tx, 'market_revenue_sharing.agreement', publisherId);
  const existing = await findAgreement(tx, id);
  if (existing !== undefined) return { agreement: existing, created: false };
  const version = ((await latestAgreement(tx, publisherId))?.version ?? 0) + 1;
  const row = await tables<Tables>(tx)
    .insertInto('market_revenue_sharing.agreement')
    .values({
      ...{ id, version },
      publisher_id: publisherId,
      rules: sql`${JSON.stringify(rules)}::jsonb`,
      created_at: createdAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { agreement: fromRow(row), created: true };
}

export async function findAgreement(db: Connection, id: string): Promise<Agreement | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_revenue_sharing.agreement')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && fromRow(row);
}

/** Newest first. */
export async function listAgreements(db: Connection, publisherId: string): Promise<Agreement[]> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_revenue_sharing.agreement')
    .selectAll()
    .where('publisher_id', '=', publisherId)
    .orderBy('version', 'desc')
    .execute();
  return rows.map(fromRow);
}

export async function latestAgreement(db: Connection, publisherId: string): Promise<Agreement | undefined> {
  const [latest] = await listAgreements(db, publisherId);
  return latest;
}
