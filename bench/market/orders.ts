/**
 * How long a quote and an order take, up to the 202, where 100,000 subscriptions run already: of an organisation without rules, and of
 * one whose purchasing policy weighs each order beside all that its others have reserved. What is ordered is provisioned meanwhile, in
 * the same process, on the simulated cloud.
 *
 *     node bench/market/orders.ts [--subscriptions 100000] [--orders 300]
 */
import { parseArgs } from 'node:util';
import { sql } from '../../src/kernel/store/index.ts';
import { people, quoteIn } from '../../src/market/testing/scene.ts';
import { percentile, serveMarket } from './served.ts';

const { values } = parseArgs({
  options: { subscriptions: { type: 'string', default: '100000' }, orders: { type: 'string', default: '300' } },
});
const [subscriptions, orders] = [Number(values.subscriptions), Number(values.orders)];
const { store, call, scene, close } = await serveMarket();
const euros = (amount: string) => ({ amount, currency: 'EUR' });

async function must(request: string, body: object): Promise<{ readonly id: string }> {
  const answer = await call(people.customer, request, body);
  if (answer.status >= 300) throw new Error(`${request}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** So many copies of the first order, its subscription, its quote and what it reserves. */
async function fill(count: number): Promise<void> {
  await sql`with first as (select id, quote_id, subscription_id from market_orders.order limit 1),
      copy as (select gen_random_uuid() as id, gen_random_uuid() as quote_id, gen_random_uuid() as subscription_id
        from generate_series(1, ${count}::int)),
      quote as (insert into market_orders.quote
          (id, customer_id, user_id, terms, parameters, valid_until, created_at, subscription_id)
        select c.quote_id, q.customer_id, q.user_id, q.terms, q.parameters, q.valid_until, q.created_at, null
        from market_orders.quote q join first f on f.quote_id = q.id, copy c),
      subscription as (insert into market_subscriptions.subscription
          (id, customer_id, project_id, store_id, credential_id, terms, parameters, state, created_at, activated_at)
        select c.subscription_id, s.customer_id, s.project_id, s.store_id, s.credential_id, s.terms, s.parameters, 'active',
          s.created_at, s.created_at
        from market_subscriptions.subscription s join first f on f.subscription_id = s.id, copy c),
      request as (insert into market_approvals.request (id, organisation_id, subscription_id, requester_id, requester_name,
          subject, cost_centre_code, cost_centre_name, amount_minor, reserved_minor, currency, levels, own_approval,
          manager_ids, state, expires_at, created_at, ended_at)
        select c.id, r.organisation_id, c.subscription_id, r.requester_id, r.requester_name, r.subject, r.cost_centre_code,
          r.cost_centre_name, r.amount_minor, r.reserved_minor, r.currency, r.levels, r.own_approval, r.manager_ids,
          r.state, r.expires_at, r.created_at, r.ended_at
        from market_approvals.request r join first f on f.id = r.id, copy c)
    insert into market_orders.order
        (id, quote_id, customer_id, user_id, subscription_id, workflow_id, kind, state, created_at, updated_at)
      select c.id, c.quote_id, o.customer_id, o.user_id, c.subscription_id, gen_random_uuid(), o.kind, 'completed',
        o.created_at, o.updated_at
      from market_orders.order o join first f on f.id = o.id, copy c`.execute(store.db);
  await store.pool.query('vacuum analyze');
}

async function measure(what: string, wanted: object, more: object): Promise<void> {
  const took = { quote: [] as number[], order: [] as number[] };
  for (let count = 0; count < orders; count += 1) {
    const started = performance.now();
    const { id: quoteId } = await must('POST /quotes', wanted);
    const quoted = performance.now();
    await must('POST /orders', { quoteId, ...more });
    took.quote.push(quoted - started);
    took.order.push(performance.now() - quoted);
  }
  for (const [step, times] of Object.entries(took)) {
    console.log(`${what}, ${step}: p50 ${percentile(times, 0.5)}, p99 ${percentile(times, 0.99)} (${orders} times)`);
  }
}

await must(`PUT /organisations/${scene.customerId}/purchasing-policy`, {
  ...{ version: 0, costCentres: [{ code: 'R', name: 'R', managerIds: [], monthlyBudget: euros('90000000.00') }] },
  levels: [{ above: euros('1000.00'), by: 'owner' }],
});
const { id: quoteId } = await must('POST /quotes', quoteIn(scene));
await must('POST /orders', { quoteId, costCentre: 'R' });
await fill(subscriptions);
const organisation = { name: 'Free', roles: ['customer'], country: 'FR', owners: [people.customer.split('@')[0]] };
const free = (await call(people.operator, 'POST /organisations', organisation)).body.id;
await measure(`beside ${subscriptions} subscriptions`, { ...quoteIn(scene), organisationId: free }, {});
await measure('the same under a purchasing policy that has weighed all of them', quoteIn(scene), { costCentre: 'R' });
await close();
