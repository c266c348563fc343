import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { StackResource } from '../../fulfilment/index.ts';
import type { CostCentre, Subscription, SubscriptionState, Terms } from '../domain/subscription.ts';

interface SubscriptionTable {
  id: string;
  customer_id: string;
  project_id: string;
  store_id: string;
  credential_id: string;
  terms: Terms;
  parameters: Record<string, string | number | boolean>;
  spending_ceiling_minor: bigint | null;
  cost_centre: CostCentre | null;
  state: SubscriptionState;
  stack_id: string | null;
  outputs: Record<string, unknown>;
  created_at: Date;
  activated_at: Date | null;
  suspended_at: Date | null;
  ends_at: Date | null;
  closed_at: Date | null;
}

interface ResourceTable {
  subscription_id: string;
  component: string;
  resource_id: string;
  type: string;
  name: string;
}

interface ComponentTable {
  subscription_id: string;
  name: string;
  outputs: Record<string, unknown>;
  sealed_secrets: string | null;
}

interface TermsTable {
  subscription_id: string;
  since: Date;
  terms: Terms;
}

interface Tables {
  'market_subscriptions.component': ComponentTable;
  'market_subscriptions.terms': TermsTable;
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
  costCentre: row.cost_centre,
  state: row.state,
  stackId: row.stack_id,
  outputs: row.outputs,
  createdAt: row.created_at,
  activatedAt: row.activated_at,
  suspendedAt: row.suspended_at,
  endsAt: row.ends_at,
  closedAt: row.closed_at,
});

/** What a subscription is when it is ordered. */
export type NewSubscription = Pick<
  Subscription,
  | 'id'
  | 'customerId'
  | 'projectId'
  | 'credentialId'
  | 'terms'
  | 'parameters'
  | 'spendingCeiling'
  | 'costCentre'
  | 'createdAt'
>;

export async function insertSubscription(tx: Tx, subscription: NewSubscription): Promise<void> {
  const { id, terms, parameters, spendingCeiling, costCentre } = subscription;
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
      cost_centre: costCentre && json(costCentre),
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

/** What may change with a state. */
type Changes = Partial<Pick<SubscriptionTable, 'stack_id' | 'activated_at' | 'suspended_at' | 'ends_at' | 'closed_at'>>;

/** Moves from one of these states to another; false when it is in none of them. */
export async function move(
  tx: Tx,
  id: string,
  from: readonly SubscriptionState[],
  to: SubscriptionState,
  changes: Changes = {},
): Promise<boolean> {
  const { numUpdatedRows } = await tables<Tables>(tx)
    .updateTable('market_subscriptions.subscription')
    .set({ state: to, ...changes })
    .where('id', '=', id)
    .where('state', 'in', [...from])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** What a component has given; secrets are sealed. */
export interface Given {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly sealedSecrets: string | null;
  readonly resources: readonly StackResource[];
}

/** Keeps what a component gives; what it gave before is replaced. */
export async function keepGiven(tx: Tx, id: string, component: string, given: Given): Promise<void> {
  const { outputs, sealedSecrets, resources } = given;
  const values = { outputs: json(outputs), sealed_secrets: sealedSecrets };
  await tables<Tables>(tx)
    .insertInto('market_subscriptions.component')
    .values({ subscription_id: id, name: component, ...values })
    .onConflict((conflict) => conflict.columns(['subscription_id', 'name']).doUpdateSet(values))
    .execute();
  const real = resources.filter(({ physicalId }) => physicalId !== '');
  if (real.length === 0) return;
  await tables<Tables>(tx)
    .insertInto('market_subscriptions.resource')
    .values(
      real.map(({ name, type, physicalId }) => ({
        subscription_id: id,
        component,
        name,
        type,
        resource_id: physicalId,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['subscription_id', 'component', 'name'])
        .doUpdateSet(({ ref }) => ({ resource_id: ref('excluded.resource_id'), type: ref('excluded.type') })),
    )
    .execute();
}

/** What its components have given, by their names. */
export async function givenBy(
  db: Connection,
  id: string,
): Promise<Map<string, { outputs: Record<string, unknown>; sealedSecrets: string | null }>> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_subscriptions.component')
    .selectAll()
    .where('subscription_id', '=', id)
    .execute();
  return new Map(rows.map((row) => [row.name, { outputs: row.outputs, sealedSecrets: row.sealed_secrets }]));
}

/** What the customer is shown. */
export async function setOutputs(tx: Tx, id: string, outputs: Readonly<Record<string, unknown>>): Promise<void> {
  await tables<Tables>(tx)
    .updateTable('market_subscriptions.subscription')
    .set({ outputs: json(outputs) })
    .where('id', '=', id)
    .execute();
}

/** From then on these terms hold; its present ones are what was agreed last. */
export async function addTerms(tx: Tx, id: string, terms: Terms, since: Date): Promise<void> {
  await tables<Tables>(tx)
    .insertInto('market_subscriptions.terms')
    .values({ subscription_id: id, since, terms: json(terms) })
    .onConflict((conflict) => conflict.columns(['subscription_id', 'since']).doUpdateSet({ terms: json(terms) }))
    .execute();
  await tables<Tables>(tx)
    .updateTable('market_subscriptions.subscription')
    .set({ terms: json(terms) })
    .where('id', '=', id)
    .execute();
}

/** Its terms since its activation, the oldest first. */
export async function termsOf(db: Connection, id: string): Promise<{ since: Date; terms: Terms }[]> {
  return tables<Tables>(db)
    .selectFrom('market_subscriptions.terms')
    .select(['since', 'terms'])
    .where('subscription_id', '=', id)
    .orderBy('since')
    .execute();
}

/** The things that it is made of, with the component of each. */
export async function resourcesOf(db: Connection, id: string): Promise<(StackResource & { component: string })[]> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_subscriptions.resource')
    .selectAll()
    .where('subscription_id', '=', id)
    .execute();
  return rows.map(({ component, name, type, resource_id }) => ({ component, name, type, physicalId: resource_id }));
}

/** Subscriptions of these customers, or all with null: the newest first, since ids say nothing of time. */
export async function listSubscriptions(
  db: Connection,
  { customerIds, limit, after }: { customerIds: readonly string[] | null; limit: number; after: string | undefined },
): Promise<Subscription[]> {
  const own = customerIds === null ? sql`true` : sql`customer_id = any(${[...customerIds]}::uuid[])`;
  const older =
    after === undefined
      ? sql`true`
      : sql`(created_at, id) < (select created_at, id from market_subscriptions.subscription where id = ${after})`;
  const { rows } = await sql<SubscriptionTable>`select * from market_subscriptions.subscription
    where ${own} and ${older} order by created_at desc, id desc limit ${limit}`.execute(db);
  return rows.map(fromRow);
}

/** How many subscriptions began and ended in a period. */
export interface Turnover {
  /** 0 for all that was before the first period. */
  readonly period: number;
  readonly began: number;
  readonly ended: number;
}

/**
 * What began to run, and what its customer ended, period by period; `bounds` begins each period and ends the last. A seller's, or
 * everybody's with null; trials are not counted. One scan.
 */
export async function turnover(
  db: Connection,
  { bounds, sellerId }: { bounds: readonly Date[]; sellerId: string | null },
): Promise<Turnover[]> {
  const sold = sellerId === null ? sql`true` : sql`seller_ids @> ${[sellerId]}::text[]`;
  const { rows } = await sql<Turnover>`with sold as (
      select activated_at, ends_at from market_subscriptions.subscription
      where activated_at is not null and not is_test and ${sold}
    ), happened as (
      select activated_at as at, 1 as began, 0 as ended from sold
      union all select ends_at, 0, 1 from sold where ends_at is not null
    )
    select width_bucket(at, ${[...bounds]}::timestamptz[]) as period, sum(began)::int as began, sum(ended)::int as ended
    from happened where at < ${bounds.at(-1)} group by 1 order by 1`.execute(db);
  return rows;
}

/** Subscriptions in these projects that have a spending ceiling and are not over. One look at a partial index. */
export async function ceiledIn(db: Connection, projectIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from market_subscriptions.subscription
    where project_id = any(${[...projectIds]}) and spending_ceiling_minor is not null and closed_at is null`.execute(
    db,
  );
  return rows.map(({ id }) => id);
}

/** Its ceiling, which stays so until the end of the transaction. */
export async function lockCeiling(tx: Tx, id: string): Promise<bigint | null> {
  const { rows } = await sql<{ minor: bigint | null }>`select spending_ceiling_minor as minor
    from market_subscriptions.subscription where id = ${id} for update`.execute(tx);
  return rows[0]?.minor ?? null;
}

/** Another ceiling, or none with null. */
export async function setCeiling(tx: Tx, id: string, minor: bigint | null): Promise<void> {
  await tables<Tables>(tx)
    .updateTable('market_subscriptions.subscription')
    .set({ spending_ceiling_minor: minor })
    .where('id', '=', id)
    .execute();
}

/** Of these subscriptions those of the publisher's offerings, each with its project. */
export async function projectsOfSold(
  db: Connection,
  publisherId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; project: string }>`select id, project_id as project
    from market_subscriptions.subscription
    where id = any(${[...ids]}::uuid[]) and terms->>'publisherId' = ${publisherId}`.execute(db);
  return new Map(rows.map(({ id, project }) => [id, project]));
}
