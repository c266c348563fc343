/**
 * Usage events a second, ingested and deduplicated, and how long from an event to the cost that shows it. The market is served
 * over HTTP by this process, on a PostgreSQL that writes through to disk; the senders are another thread.
 *
 *     node bench/market/usage-events.ts [--seconds 20] [--batch 1000] [--connections 3] [--subscriptions 50]
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { systemClock } from '../../src/kernel/base/clock.ts';
import { createLogger } from '../../src/kernel/base/log.ts';
import { migrate, openNotifications, openStore, sql, storeMigrations } from '../../src/kernel/store/index.ts';
import { startTestPostgres } from '../../src/kernel/testing/postgres.ts';
import { migrateWork, workMigrations } from '../../src/kernel/work/index.ts';
import { marketMigrations } from '../../src/market/index.ts';
import { type Call, caller, startMarket } from '../../src/market/testing/market.ts';
import { openStore as openShop, people, quoteIn, type Scene, usageEvent } from '../../src/market/testing/scene.ts';
import { simulatedServerId } from '../../src/market/testing/simulated-cloud.ts';

interface Load {
  readonly url: string;
  readonly servers: readonly string[];
  readonly seconds: number;
  readonly batch: number;
  readonly connections: number;
}

const monthStart = Date.parse('2026-03-01T00:00:00Z');

/** Every tenth batch is sent twice: what the sink has to tell apart. */
async function send({
  url,
  servers,
  seconds,
  batch,
  connections,
}: Load): Promise<{ sent: number; accepted: number; ms: number }> {
  const call = caller(url);
  const started = performance.now();
  const until = started + seconds * 1000;
  let [number, sent, accepted] = [0, 0, 0];
  const worker = async () => {
    while (performance.now() < until) {
      const first = number;
      number += batch;
      const events = Array.from({ length: batch }, (_, index) => {
        const at = new Date(monthStart + ((first + index) % 200_000) * 10_000).toISOString();
        return usageEvent(`load-${first + index}`, servers[index % servers.length] as string, at, 10);
      });
      for (let times = first % (10 * batch) === 0 ? 2 : 1; times > 0; times -= 1) {
        const { status, body } = await call(people.operator, 'POST /usage-events', events);
        if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
        sent += batch;
        accepted += body.accepted;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return { sent, accepted, ms: performance.now() - started };
}

async function subscribe(call: Call, scene: Scene): Promise<string> {
  const quote = await call(people.customer, 'POST /quotes', quoteIn(scene));
  const order = await call(people.customer, 'POST /orders', { quoteId: quote.body.id });
  const id = String(order.body.subscriptionId);
  while ((await call(people.customer, `GET /subscriptions/${id}`)).body.state !== 'active') await systemClock.sleep(10);
  return id;
}

/** Gives a subscription the events of a busy month, then one more at a time; answers how long each took to be seen. */
async function probe(call: Call, id: string, over: Promise<unknown>): Promise<number[]> {
  const server = simulatedServerId(`sub-${id}`);
  const report = (name: string, index: number) =>
    usageEvent(`${name}-${index}`, server, new Date(monthStart + index * 10_000).toISOString(), 10);
  const full = 100_000;
  for (let first = 0; first < full; first += 5000) {
    await call(
      people.operator,
      'POST /usage-events',
      Array.from({ length: 5000 }, (_, n) => report('month', first + n)),
    );
  }
  const delays: number[] = [];
  let isOver = false;
  void over.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const started = performance.now();
    await call(people.operator, 'POST /usage-events', [report('probe', full + delays.length)]);
    const { body } = await call(people.customer, `GET /subscriptions/${id}/cost?month=2026-03`);
    delays.push(performance.now() - started);
    const seen = body.lines[0].usage.quantity / 10 - full;
    if (seen !== delays.length) throw new Error(`${delays.length} events reported, ${seen} seen`);
    await systemClock.sleep(50);
  }
  return delays.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], part: number) => Math.round(sorted[Math.floor(sorted.length * part)] ?? 0);

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '20' },
      batch: { type: 'string', default: '1000' },
      connections: { type: 'string', default: '3' },
      subscriptions: { type: 'string', default: '50' },
    },
  });
  const settings = [
    'fsync=on',
    'synchronous_commit=on',
    'full_page_writes=on',
    'shared_buffers=256MB',
    'max_wal_size=2GB',
  ];
  const postgres = await startTestPostgres({ durable: true, settings });
  const connection = { host: postgres.socketDir, user: 'test', database: 'postgres' };
  const log = createLogger('bench', 'silent');
  const store = openStore({ connection });
  await migrate(store, [storeMigrations, workMigrations, ...marketMigrations]);
  await migrateWork(store, log);
  const notifications = openNotifications(connection, log);
  const market = await startMarket({ store, notifications, log, clock: systemClock, instant: true });
  const call = caller(market.url);
  const scene = await openShop(call);
  const ids: string[] = [];
  for (let n = 0; n <= Number(values.subscriptions); n += 1) ids.push(await subscribe(call, scene));
  const [watched = '', ...others] = ids;
  const servers = others.map((id) => simulatedServerId(`sub-${id}`));
  const { seconds, batch, connections } = values;
  const load: Load = {
    url: market.url,
    servers,
    ...{ seconds: Number(seconds), batch: Number(batch), connections: Number(connections) },
  };
  const worker = new Worker(new URL(import.meta.url), { workerData: load });
  const loaded = new Promise<{ sent: number; accepted: number; ms: number }>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  const delays = await probe(call, watched, loaded);
  const { sent, accepted, ms } = await loaded;
  const { rows } = await sql<{ kept: bigint }>`select count(*) as kept from market_metering.usage_event
    where id like 'load-%'`.execute(store.db);
  console.log(
    `${sent} events sent in ${(ms / 1000).toFixed(1)} s: ${Math.round((sent / ms) * 1000)} events/s, ${sent - accepted} duplicates`,
  );
  console.log(`accepted ${accepted}, kept ${rows[0]?.kept}`);
  console.log(
    `event → visible cost, in a month of 100,000 events: p50 ${at(delays, 0.5)} ms, p99 ${at(delays, 0.99)} ms, ${delays.length} tries`,
  );
  await market.close();
  await notifications.close();
  await store.close();
  await postgres.stop();
}

if (isMainThread) await run();
else parentPort?.postMessage(await send(workerData as Load));
