import { type Connection, lockInTransaction, sql, type Tx } from '../../../kernel/store/index.ts';
import type { RuleView } from '../api/rules.ts';

/** The two sides of an agreement. */
export type Side = 'operator' | 'publisher';

export interface Signature {
  readonly side: Side;
  /** Null: agreed before there were signatures. */
  readonly userId: string | null;
  readonly signedAt: Date;
}

/** One version of what is agreed with a publisher. */
export interface Agreement {
  readonly id: string;
  readonly publisherId: string;
  readonly version: number;
  readonly rules: readonly RuleView[];
  readonly createdAt: Date;
  readonly signatures: readonly Signature[];
}

/** Whether both sides have signed. */
export const isSigned = ({ signatures }: Agreement): boolean => signatures.length === 2;

interface AgreementRow {
  id: string;
  publisher_id: string;
  version: number;
  rules: RuleView[];
  created_at: Date;
  signatures: { side: Side; userId: string | null; signedAt: string }[];
}

const selectAgreement = sql`select a.*, coalesce((
    select jsonb_agg(jsonb_build_object('side', side, 'userId', user_id, 'signedAt', signed_at) order by side)
    from market_revenue_sharing.signature where agreement_id = a.id), '[]') as signatures
  from market_revenue_sharing.agreement a`;

const fromRow = (row: AgreementRow): Agreement => ({
  id: row.id,
  publisherId: row.publisher_id,
  version: row.version,
  rules: row.rules,
  createdAt: row.created_at,
  signatures: row.signatures.map(({ signedAt, ...rest }) => ({ ...rest, signedAt: new Date(signedAt) })),
});

/** Adds the publisher's next version, unsigned; the same id again gives what exists. */
export async function insertAgreement(
  tx: Tx,
  { id, publisherId, rules, createdAt }: Omit<Agreement, 'version' | 'signatures'>,
): Promise<{ version: number; created: boolean }> {
  await lockInTransaction(tx, 'market_revenue_sharing.agreement', publisherId);
  const existing = await findAgreement(tx, id);
  if (existing !== undefined) return { version: existing.version, created: false };
  const version = ((await listAgreements(tx, [publisherId]))[0]?.version ?? 0) + 1;
  await sql`insert into market_revenue_sharing.agreement (id, publisher_id, version, rules, created_at)
    values (${id}, ${publisherId}, ${version}, ${JSON.stringify(rules)}::jsonb, ${createdAt})`.execute(tx);
  return { version, created: true };
}

/** Signs for a side, once; false when it had signed before. */
export async function insertSignature(
  tx: Tx,
  agreementId: string,
  { side, userId, signedAt }: Signature,
): Promise<boolean> {
  const { rows } = await sql`insert into market_revenue_sharing.signature (agreement_id, side, user_id, signed_at)
    values (${agreementId}, ${side}, ${userId}, ${signedAt}) on conflict do nothing returning side`.execute(tx);
  return rows.length > 0;
}

export async function findAgreement(db: Connection, id: string): Promise<Agreement | undefined> {
  const { rows } = await sql<AgreementRow>`${selectAgreement} where a.id = ${id}`.execute(db);
  return rows[0] && fromRow(rows[0]);
}

/** Of these publishers, or of all with null; each one's newest first. */
export async function listAgreements(db: Connection, publisherIds: readonly string[] | null): Promise<Agreement[]> {
  const { rows } = await sql<AgreementRow>`${selectAgreement}
    where ${publisherIds === null} or publisher_id = any(${[...(publisherIds ?? [])]}::uuid[])
    order by publisher_id, version desc`.execute(db);
  return rows.map(fromRow);
}

/** The newest that both sides have signed. */
export async function agreementInForce(db: Connection, publisherId: string): Promise<Agreement | undefined> {
  return (await listAgreements(db, [publisherId])).find(isSigned);
}
