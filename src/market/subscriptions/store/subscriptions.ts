import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { Subscription, SubscriptionState, Terms } from '../domain/subscription.ts';
import type { StackResource } from '../ports.ts';

interface SubscriptionTable {
  id: string;
  customer_id: string;
  project_id: string;
  store_id: string;
  credential_id: string;
  terms: Terms;
  parameters: Record<string, string | number | boolean>;
  spending_ceiling_minor: bigint | null;
  state: SubscriptionState;
  stack_id: string | null;
  outputs: Record<string, unknown>;
  created_at: Date;
  activated_at: Date | null;
  ends_at: Date | null;
  closed_at: Date | null;
}

interface ResourceTable {
  subscription_id: string;
  resource_id: string;
  type: string;
  name: string;
}

interface Tables {
  'market_subscriptions.subscription': SubscriptionTable;
  'market_subscriptions.resource': ResourceTable;
}

const json = (value: unknown) => sql<never>`${JSON.stringify(value)}::jsonb`;

const fromRow = (row: SubscriptionTable): Subscription => ({
  id: row.id,
  customerId: row.customer_id,
  projectId: row.project_id,
  storeId: row.store_id,
  credentialId: row.credential_id,
  terms: row.terms,
  parameters: row.parameters,
  spendingCeiling:
    row.spending_ceiling_minor === null
      ? null
      : { minor: row.spending_ceiling_minor, currency: row.terms.price.currency },
  state: row.state,
  stackId: row.stack_id,
  outputs: row.outputs,
  createdAt: row.created_at,
  activatedAt: row.activated_at,
  endsAt: row.ends_at,
  closedAt: row.closed_at,
});

/** What a subscription is when it is ordered. */
export type NewSubscription = Pick<
  Subscription,
  'id' | 'customerId' | 'projectId' | 'credentialId' | 'terms' | 'parameters' | 'spendingCeiling' | 'createdAt'
>;

export async function insertSubscription(tx: Tx, subscription: NewSubscription): Promise<void> {
  const { id, terms, parameters, spendingCeiling } = subscription;
  await tables<Tables>(tx)
    .insertInto('market_subscriptions.subscription')
    .values({
      id,
      customer_id: subscription.customerId,
      project_id: subscription.projectId,
      store_id: terms.storeId,
      credential_id: subscription.credentialId,
      terms: json(terms),
      parameters: json(parameters),
      spending_ceiling_minor: spendingCeiling?.minor ?? null,
      state: 'pending',
      outputs: json({}),
      created_at: subscription.createdAt,
    })
    .execute();
}

export async function findSubscription(db: Connection, id: string): Promise<Subscription | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_subscriptions.subscription')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && fromRow(row);
}

/** Moves from one state to the next; false when it is in another state already. */
async function move(
  tx: Tx,
  id: string,
  from: SubscriptionState,
  changes: Partial<Pick<SubscriptionTable, 'state' | 'stack_id' | 'activated_at' | 'ends_at' | 'closed_at'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await tables<Tables>(tx)
    .updateTable('market_subscriptions.subscription')
    .set(changes)
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** What its stack turned out to be. */
export interface Provisioned {
  readonly stackId: string;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly resources: readonly StackResource[];
}

export async function markActive(tx: Tx, id: string, provisioned: Provisioned, at: Date): Promise<boolean> {
  if (!(await move(tx, id, 'pending', { state: 'active', stack_id: provisioned.stackId, activated_at: at })))
    return false;
  await tables<Tables>(tx)
    .updateTable('market_subscriptions.subscription')
    .set({ outputs: json(provisioned.outputs) })
    .where('id', '=', id)
    .execute();
  const resources = provisioned.resources.filter(({ physicalId }) => physicalId !== '');
  if (resources.length === 0) return true;
  await tables<Tables>(tx)
    .insertInto('market_subscriptions.resource')
    .values(
      resources.map(({ name, type, physicalId }) => ({ subscription_id: id, name, type, resource_id: physicalId })),
    )
    .execute();
  return true;
}

export const markFailed = (tx: Tx, id: string, at: Date): Promise<boolean> =>
  move(tx, id, 'pending', { state: 'failed', closed_at: at });

export const markTerminating = (tx: Tx, id: string, at: Date): Promise<boolean> =>
  move(tx, id, 'active', { state: 'terminating', ends_at: at });

export const markTerminated = (tx: Tx, id: string, at: Date): Promise<boolean> =>
  move(tx, id, 'terminating', { state: 'terminated', closed_at: at });

/** The ids of the things that its stack is made of. */
export async function resourcesOf(db: Connection, id: string): Promise<string[]> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_subscriptions.resource')
    .select('resource_id')
    .where('subscription_id', '=', id)
    .execute();
  return rows.map(({ resource_id }) => resource_id);
}

/** Subscriptions of these customers, or all with null. */
export async function listSubscriptions(
  db: Connection,
  { customerIds, limit, after }: { customerIds: readonly string[] | null; limit: number; after: string },
): Promise<Subscription[]> {
  const { rows } = await sql<SubscriptionTable>`select * from market_subscriptions.subscription where id > ${after}
    and (${customerIds === null} or customer_id = any(${[...(customerIds ?? [])]}::uuid[])) order by id limit ${limit}`.execute(
    db,
  );
  return rows.map(fromRow);
}
