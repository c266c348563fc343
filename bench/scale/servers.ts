/**
 * What a hundred thousand servers on two thousand hosts cost those who list a hundred of them, and the control plane's memory.
 * Servers are written by SQL, as rows that nobody works on; their guests would be the hosts' memory, not this process's.
 *
 *     node --expose-gc bench/scale/servers.ts [--servers 100000] [--hosts 2000]
 */
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { computeMigrations, createCompute } from '../../src/cloud/compute/index.ts';
import { fakeImages, fakeNetworks, nothingProxied } from '../../src/cloud/compute/testing.ts';
import { createPlacement, placementMigrations } from '../../src/cloud/placement/index.ts';
import { simulatedHypervisor } from '../../src/engines/simulated/index.ts';
import { projectContext } from '../../src/kernel/access/context.ts';
import { systemClock } from '../../src/kernel/base/clock.ts';
import { derivedId } from '../../src/kernel/base/ids.ts';
import { createLogger } from '../../src/kernel/base/log.ts';
import { createApiServer } from '../../src/kernel/http/index.ts';
import { migrate, openNotifications, openStore, storeMigrations } from '../../src/kernel/store/index.ts';
import { startTestPostgres } from '../../src/kernel/testing/postgres.ts';
import { createWork, migrateWork, workMigrations } from '../../src/kernel/work/index.ts';

const { values } = parseArgs({
  options: { servers: { type: 'string', default: '100000' }, hosts: { type: 'string', default: '2000' } },
});
const [many, hosts] = [Number(values.servers), Number(values.hosts)];
const few = 100;
const requests = 1000;
const clients = 4;

const postgres = await startTestPostgres({ durable: true });
const connection = { host: postgres.socketDir, user: 'test', database: 'postgres' };
const log = createLogger('bench', 'error');
const store = openStore({ connection });
await migrate(store, [storeMigrations, workMigrations, placementMigrations, computeMigrations]);
await migrateWork(store, log);
const notifications = openNotifications(connection, log);
const work = createWork({ store, clock: systemClock, log });
const placement = createPlacement({ store });
const compute = createCompute({
  ...{
    store,
    notifications,
    work,
    clock: systemClock,
    log,
    publicUrl: 'http://127.0.0.1',
    masterKey: new Uint8Array(32),
  },
  ...{ hypervisor: simulatedHypervisor(), network: fakeNetworks(), image: fakeImages(), proxied: nothingProxied },
  ...{ placement: placement.api, hostName: 'control' },
});
const context = projectContext('bench', 'user', 'project');
const server = createApiServer({
  ...{ services: [...compute.services, ...placement.services], publicUrl: 'http://127.0.0.1', log },
  authenticate: async () => context,
});
const port = await server.listen({ host: '127.0.0.1', port: 0 });
await work.run();
const agent = new Agent({ keepAlive: true, maxSockets: clients });

/** Servers from the first to the last number, each on one of the hosts. */
async function fill(first: number, last: number): Promise<void> {
  const flavor = { id: '42', name: 'm1.nano', vcpus: 1, memoryMiB: 128, diskGiB: 1, ephemeralGiB: 0, swapMiB: 0 };
  await store.pool.query(
    `insert into compute.server (id, project_id, user_id, request_id, reservation_id, name, hostname, flavor, vcpus,
        memory_mib, disk_gib, vm_state, power_state, host, created_at, updated_at, launched_at)
      select gen_random_uuid(), 'project', 'user', 'req', 'r-bench', 'server-' || n, 'server-' || n, $1, 1, 128, 1, 'active', 1,
        'host-' || n % $2, now() + n * interval '1 millisecond', now(), now() from generate_series($3::int, $4::int) n`,
    [
      JSON.stringify({ ...flavor, rxtxFactor: 1, isPublic: true, description: null, extraSpecs: {} }),
      hosts,
      first,
      last,
    ],
  );
  await store.pool.query('vacuum analyze compute.server');
}

/** Milliseconds that a page of a hundred takes. */
function page(): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const path = '/compute/v2.1/servers?limit=100';
    request({ host: '127.0.0.1', port, path, agent, headers: { 'X-Auth-Token': 'bench' } }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - started);
        else reject(new Error(`answered ${response.statusCode}`));
      });
    })
      .once('error', reject)
      .end();
  });
}

async function percentiles(): Promise<{ readonly median: number; readonly p99: number }> {
  const took: number[] = [];
  for (let warm = 0; warm < 200; warm += 1) await page();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (took.length < requests) took.push(await page());
    }),
  );
  took.sort((a, b) => a - b);
  return { median: took[took.length >> 1] ?? Number.NaN, p99: took[Math.floor(took.length * 0.99)] ?? Number.NaN };
}

/** Bytes of this process, with nothing in it that is only waiting to be thrown away. */
function memory(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

for (let host = 0; host < hosts; host += 1) {
  const inventories = { VCPU: { total: 64 }, MEMORY_MB: { total: 1 << 20 }, DISK_GB: { total: 9000 } };
  await placement.api.upsertProvider({ uuid: derivedId('host', String(host)), name: `host-${host}`, inventories });
}
await fill(1, few);
const before = await percentiles();
const memoryBefore = memory();
await fill(few + 1, many);
const after = await percentiles();
const bytes = (memory() - memoryBefore) / many;

const ms = (value: number) => `${value.toFixed(1)} ms`;
console.log(`GET /servers?limit=100 with ${few} servers: median ${ms(before.median)}, p99 ${ms(before.p99)}`);
console.log(`with ${many} on ${hosts} hosts: median ${ms(after.median)}, p99 ${ms(after.p99)}`);
console.log(
  `p99 × ${(after.p99 / before.p99).toFixed(2)} (goal: at most 1.5); ${bytes.toFixed(0)} bytes of memory a server (goal: under 1,000)`,
);
agent.destroy();
await work.stop();
await server.close();
await notifications.close();
await store.close();
await postgres.stop();
