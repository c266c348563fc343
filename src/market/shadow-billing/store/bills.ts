import { type Connection, sql } from '../../../kernel/store/index.ts';
import type { PriceView } from '../../rating/index.ts';
import type { Reconciliation } from '../domain/reconciliation.ts';

/** Money as the API writes it, which is how it is kept. */
interface Amount {
  readonly amount: string;
  readonly currency: string;
}

/** What a project's month would have cost. */
export interface ShadowBill {
  readonly projectId: string;
  readonly projectName: string;
  readonly organisationId: string;
  readonly month: string;
  readonly totalWithoutVat: Amount;
  readonly lines: readonly {
    readonly componentId: string;
    readonly usage: number;
    readonly quantity: string;
    readonly unit: string;
    readonly amount: Amount;
  }[];
  /** The tariff that was tried. */
  readonly price: PriceView;
  readonly reconciliation: Reconciliation;
  readonly reckonedAt: Date;
}

/** In the place of the one that was reckoned before. */
export async function putBill(db: Connection, bill: ShadowBill): Promise<void> {
  const { projectId, organisationId, month, reckonedAt, ...content } = bill;
  await sql`insert into market_shadow_billing.bill (project_id, month, organisation_id, content, reckoned_at)
    values (${projectId}, ${month}, ${organisationId}, ${JSON.stringify(content)}::jsonb, ${reckonedAt})
    on conflict (month, project_id) do update set
      content = excluded.content, organisation_id = excluded.organisation_id, reckoned_at = excluded.reckoned_at`.execute(
    db,
  );
}

/** In the order of the projects' ids. */
export async function listBills(
  db: Connection,
  { month, limit, after }: { readonly month: string; readonly limit: number; readonly after: string },
): Promise<ShadowBill[]> {
  const { rows } = await sql<{
    projectId: string;
    organisationId: string;
    month: string;
    content: Omit<ShadowBill, 'projectId' | 'organisationId' | 'month' | 'reckonedAt'>;
    reckonedAt: Date;
  }>`select project_id as "projectId", organisation_id as "organisationId", month, content, reckoned_at as "reckonedAt"
    from market_shadow_billing.bill where month = ${month} and project_id > ${after}
    order by project_id limit ${limit}`.execute(db);
  return rows.map(({ content, ...row }) => ({ ...row, ...content }));
}
