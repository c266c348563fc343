import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { Terms } from '../../subscriptions/index.ts';
import type { Order, OrderKind, OrderState, Quote } from '../domain/order.ts';

interface QuoteTable {
  id: string;
  customer_id: string;
  user_id: string;
  terms: Terms;
  subscription_id: string | null;
  parameters: Record<string, string | number | boolean>;
  valid_until: Date;
  created_at: Date;
}

interface OrderTable {
  id: string;
  quote_id: string;
  customer_id: string;
  user_id: string;
  subscription_id: string;
  workflow_id: string;
  kind: OrderKind;
  state: OrderState;
  fault: string | null;
  created_at: Date;
  updated_at: Date;
}

interface Tables {
  'market_orders.quote': QuoteTable;
  'market_orders.order': OrderTable;
}

const json = (value: unknown) => sql<never>`${JSON.stringify(value)}::jsonb`;

const quoteOf = (row: QuoteTable): Quote => ({
  id: row.id,
  customerId: row.customer_id,
  userId: row.user_id,
  terms: row.terms,
  subscriptionId: row.subscription_id,
  parameters: row.parameters,
  validUntil: row.valid_until,
  createdAt: row.created_at,
});

const orderOf = (row: OrderTable): Order => ({
  id: row.id,
  quoteId: row.quote_id,
  customerId: row.customer_id,
  userId: row.user_id,
  subscriptionId: row.subscription_id,
  workflowId: row.workflow_id,
  kind: row.kind,
  state: row.state,
  fault: row.fault,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** Inserts; false when the id exists already. */
export async function insertQuote(tx: Tx, quote: Quote): Promise<boolean> {
  const inserted = await tables<Tables>(tx)
    .insertInto('market_orders.quote')
    .values({
      id: quote.id,
      customer_id: quote.customerId,
      user_id: quote.userId,
      terms: json(quote.terms),
      subscription_id: quote.subscriptionId,
      parameters: json(quote.parameters),
      valid_until: quote.validUntil,
      created_at: quote.createdAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function findQuote(db: Connection, id: string): Promise<Quote | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_orders.quote')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && quoteOf(row);
}

/** An order as it is placed. */
export type NewOrder = Omit<Order, 'state' | 'fault' | 'updatedAt'>;

/** Inserts; false when the quote has been ordered already (waits for whoever is doing it). */
export async function insertOrder(tx: Tx, order: NewOrder): Promise<boolean> {
  const inserted = await tables<Tables>(tx)
    .insertInto('market_orders.order')
    .values({
      id: order.id,
      quote_id: order.quoteId,
      customer_id: order.customerId,
      user_id: order.userId,
      subscription_id: order.subscriptionId,
      workflow_id: order.workflowId,
      kind: order.kind,
      state: 'accepted',
      created_at: order.createdAt,
      updated_at: order.createdAt,
    })
    .onConflict((conflict) => conflict.column('quote_id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function findOrder(db: Connection, id: string): Promise<Order | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_orders.order')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && orderOf(row);
}

export async function findOrderOfQuote(db: Connection, quoteId: string): Promise<Order | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_orders.order')
    .selectAll()
    .where('quote_id', '=', quoteId)
    .executeTakeFirst();
  return row && orderOf(row);
}

export async function setOrderState(
  tx: Tx,
  id: string,
  state: OrderState,
  at: Date,
  fault: string | null = null,
): Promise<void> {
  await tables<Tables>(tx)
    .updateTable('market_orders.order')
    .set({ state, fault, updated_at: at })
    .where('id', '=', id)
    .execute();
}

/** Fails an order that is under way; false when it was over already. */
export async function failOrder(tx: Tx, id: string, at: Date, fault: string): Promise<boolean> {
  const { numUpdatedRows } = await tables<Tables>(tx)
    .updateTable('market_orders.order')
    .set({ state: 'failed', fault, updated_at: at })
    .where('id', '=', id)
    .where('state', 'in', ['accepted', 'provisioning'])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** The order that a workflow carries out. */
export async function findOrderOfWorkflow(db: Connection, workflowId: string): Promise<Order | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_orders.order')
    .selectAll()
    .where('workflow_id', '=', workflowId)
    .executeTakeFirst();
  return row && orderOf(row);
}

/** How many orders were placed in a period, and what became of them so far. */
export interface OrderCount {
  /** 1 for the first period. */
  readonly period: number;
  readonly placed: number;
  readonly completed: number;
  readonly failed: number;
}

/**
 * Orders placed, period by period; `bounds` begins each period and ends the last. A seller's, or everybody's with null; trials are
 * not counted. Periods without orders are left out. One scan of the periods' orders.
 */
export async function countOrders(
  db: Connection,
  { bounds, sellerId }: { bounds: readonly Date[]; sellerId: string | null },
): Promise<OrderCount[]> {
  const sold = sellerId === null ? sql`true` : sql`q.seller_ids @> ${[sellerId]}::text[]`;
  const { rows } = await sql<OrderCount>`select width_bucket(o.created_at, ${[...bounds]}::timestamptz[]) as period,
      count(*)::int as placed,
      (count(*) filter (where o.state = 'completed'))::int as completed,
      (count(*) filter (where o.state = 'failed'))::int as failed
    from market_orders.order o join market_orders.quote q on q.id = o.quote_id
    where o.created_at >= ${bounds[0]} and o.created_at < ${bounds.at(-1)} and not q.is_test and ${sold}
    group by 1 order by 1`.execute(db);
  return rows;
}

/** Orders of these customers, or all with null. */
export async function listOrders(
  db: Connection,
  { customerIds, limit, after }: { customerIds: readonly string[] | null; limit: number; after: string },
): Promise<Order[]> {
  const { rows } = await sql<OrderTable>`select * from market_orders.order where id > ${after}
    and (${customerIds === null} or customer_id = any(${[...(customerIds ?? [])]}::uuid[])) order by id limit ${limit}`.execute(
    db,
  );
  return rows.map(orderOf);
}
