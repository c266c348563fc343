import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';
import type { Month } from '../../rating/index.ts';

/** A part of its ceiling that a subscription's cost of a month has reached. */
export interface Alert {
  readonly subscriptionId: string;
  readonly month: Month;
  /** Minor units, like the cost. */
  readonly ceiling: bigint;
  readonly percent: number;
  /** Without VAT, when it was noticed. */
  readonly cost: bigint;
  readonly at: Date;
}

/** Keeps it; false when it was noticed before. */
export async function insertAlert(tx: Tx, alert: Alert): Promise<boolean> {
  const { rows } =
    await sql`insert into market_spending.alert (subscription_id, month, ceiling_minor, percent, cost_minor, at)
    values (${alert.subscriptionId}, ${alert.month}, ${alert.ceiling}, ${alert.percent}, ${alert.cost}, ${alert.at})
    on conflict do nothing returning percent`.execute(tx);
  return rows.length > 0;
}

/** The newest first. */
export async function listAlerts(db: Connection, subscriptionId: string, limit: number): Promise<Alert[]> {
  const { rows } =
    await sql<Alert>`select subscription_id as "subscriptionId", month, ceiling_minor as ceiling, percent,
      cost_minor as cost, at
    from market_spending.alert where subscription_id = ${subscriptionId} order by at desc, percent desc limit ${limit}`.execute(
      db,
    );
  return rows;
}
