/**
 * How long a page of a store takes that sells ten thousand offerings, beside one that sells ten. The market is served over HTTP by
 * this process; offerings are written by SQL, each with two plans and a template of 4 KB.
 *
 *     node bench/market/store-page.ts [--offerings 10000] [--requests 1000] [--clients 4] [--search WORDS]
 */
import { parseArgs } from 'node:util';
import { sql } from '../../src/kernel/store/index.ts';
import { people } from '../../src/market/testing/scene.ts';
import { percentile, serveMarket } from './served.ts';

const { values } = parseArgs({
  options: {
    offerings: { type: 'string', default: '10000' },
    requests: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '4' },
    search: { type: 'string' },
  },
});
const [offerings, requests, clients] = [values.offerings, values.requests, values.clients].map(Number) as [
  ...[number, number, number],
];
const few = 10;

const { store, call, scene, close } = await serveMarket();
const { offeringId, storeId } = scene;

/** Copies of the scene's offering, with its plan twice, which the store sells too. */
async function sell(count: number): Promise<void> {
  await sql`with copy as (select gen_random_uuid() as id from generate_series(1, ${count}::int)),
      offering as (insert into market_catalogue.offering select c.id, o.publisher_id, o.created_at
        from market_catalogue.offering o, copy c where o.id = ${offeringId}),
      version as (insert into market_catalogue.version (id, offering_id, number, content, created_at, state, published_at)
        select gen_random_uuid(), c.id, 1, jsonb_set(v.content, '{fulfilment,template}', to_jsonb(repeat('x', 4096))),
          v.created_at, v.state, v.published_at
        from market_catalogue.version v, copy c where v.offering_id = ${offeringId}),
      plan as (insert into market_catalogue.plan (id, offering_id, name, code, price, created_at)
        select gen_random_uuid(), c.id, p.name, null, p.price, p.created_at
        from market_catalogue.plan p, copy c, generate_series(1, 2) where p.offering_id = ${offeringId})
    insert into market_storefronts.selection (store_id, offering_id) select ${storeId}::uuid, id from copy`.execute(
    store.db,
  );
  await store.pool.query('vacuum analyze');
}

interface Page {
  readonly items: readonly unknown[];
  readonly next: string | null;
}

/** Milliseconds that each of so many pages took, the whole store over and over. */
async function pages(): Promise<number[]> {
  const took: number[] = [];
  const reader = async () => {
    for (let after: string | null = null; took.length < requests; ) {
      const started = performance.now();
      const query = new URLSearchParams({ ...(after && { after }), ...(values.search && { q: values.search }) });
      const { status, body } = await call(people.customer, `GET /stores/${storeId}/offers?${query}`);
      if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
      took.push(performance.now() - started);
      after = (body as Page).next;
    }
  };
  await Promise.all(Array.from({ length: clients }, reader));
  return took;
}

for (const count of [few, offerings]) {
  await sell(count === few ? few - 1 : offerings - few);
  await pages();
  const took = await pages();
  console.log(
    `a page of a store that sells ${count}: p50 ${percentile(took, 0.5)}, p99 ${percentile(took, 0.99)} (${took.length} pages)`,
  );
}
await close();
