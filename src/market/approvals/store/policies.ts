import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';
import { type PolicyContent, parsePolicy, policyContent } from '../api/policy-content.ts';
import type { PurchasingPolicy } from '../domain/policy.ts';

interface PolicyRow {
  version: number;
  content: PolicyContent;
}

const fromRow = ({ version, content }: PolicyRow): PurchasingPolicy => parsePolicy(version, content);

export async function findPolicy(db: Connection, organisationId: string): Promise<PurchasingPolicy | undefined> {
  const { rows } = await sql<PolicyRow>`select version, content from market_approvals.policy
    where organisation_id = ${organisationId}`.execute(db);
  return rows[0] && fromRow(rows[0]);
}

/** The same, until the end of the transaction nobody else's: orders of one organisation are weighed one after the other. */
export async function lockPolicy(tx: Tx, organisationId: string): Promise<PurchasingPolicy | undefined> {
  const { rows } = await sql<PolicyRow>`select version, content from market_approvals.policy
    where organisation_id = ${organisationId} for update`.execute(tx);
  return rows[0] && fromRow(rows[0]);
}

/** Keeps the policy that follows the one of version `policy.version`; false when that is not the present one. */
export async function putPolicy(tx: Tx, organisationId: string, policy: PurchasingPolicy, at: Date): Promise<boolean> {
  const content = sql`${JSON.stringify(policyContent(policy))}::jsonb`;
  const { rows } =
    policy.version === 0
      ? await sql`insert into market_approvals.policy (organisation_id, version, content, updated_at)
          values (${organisationId}, 1, ${content}, ${at}) on conflict do nothing returning version`.execute(tx)
      : await sql`update market_approvals.policy set version = version + 1, content = ${content}, updated_at = ${at}
          where organisation_id = ${organisationId} and version = ${policy.version} returning version`.execute(tx);
  return rows.length > 0;
}
