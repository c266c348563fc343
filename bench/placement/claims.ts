/**
 * Claims a second at 1,000 hosts: in process (`PlacementApi.claim`, what compute does for each server) and as clients of
 * Placement do it, over HTTP (candidates, then allocations). `--url URL --token TOKEN` runs the second against another
 * Placement that has been filled by `--fill`, to measure beside.
 *
 *     node bench/placement/claims.ts
 */
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { createPlacement, placementMigrations } from '../../src/cloud/placement/index.ts';
import { systemContext } from '../../src/kernel/access/context.ts';
import { newId } from '../../src/kernel/base/ids.ts';
import { createLogger } from '../../src/kernel/base/log.ts';
import { createApiServer } from '../../src/kernel/http/index.ts';
import { migrate, openStore, storeMigrations } from '../../src/kernel/store/index.ts';
import { startTestPostgres } from '../../src/kernel/testing/postgres.ts';

const { values: given } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    claims: { type: 'string', default: '4000' },
    connections: { type: 'string', default: '8' },
    url: { type: 'string' },
    token: { type: 'string', default: 'bench' },
  },
});
const [hosts, claims, connections] = [given.hosts, given.claims, given.connections].map(Number) as [
  number,
  number,
  number,
];
const resources = { VCPU: 1, MEMORY_MB: 512, DISK_GB: 1 };
const agent = new Agent({ keepAlive: true, maxSockets: connections });

async function call(
  url: string,
  method: string,
  path: string,
  json?: unknown,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...{ 'X-Auth-Token': given.token, 'OpenStack-API-Version': 'placement 1.28', Accept: 'application/json' },
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    const sent = request(`${url}${path}`, { method, headers, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.once('error', reject).end(json === undefined ? undefined : JSON.stringify(json));
  });
}

/** Runs it so many times, so many at once; answers how many a second. */
async function rate(times: number, once: () => Promise<void>): Promise<number> {
  let left = times;
  const started = performance.now();
  const worker = async () => {
    while (left-- > 0) await once();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return Math.round(times / ((performance.now() - started) / 1000));
}

/** As Nova's scheduler does: asks where there is room, takes the first answer, and again when somebody was faster. */
async function claimOver(url: string, limit: string): Promise<void> {
  for (;;) {
    const query = `resources=VCPU:1,MEMORY_MB:512,DISK_GB:1${limit}`;
    const { body } = await call(url, 'GET', `/allocation_candidates?${query}`);
    const { allocation_requests: wanted } = JSON.parse(body) as { allocation_requests: { allocations: object }[] };
    const chosen = wanted[Math.floor(Math.random() * wanted.length)];
    if (chosen === undefined) throw new Error('there is no room');
    const owner = { project_id: 'bench', user_id: 'bench', consumer_generation: null };
    const { status } = await call(url, 'PUT', `/allocations/${newId()}`, { ...owner, allocations: chosen.allocations });
    if (status === 204) return;
    if (status !== 409) throw new Error(`PUT allocations: ${status}`);
  }
}

async function fill(url: string): Promise<void> {
  for (let host = 0; host < hosts; host++) {
    const { body, status } = await call(url, 'POST', '/resource_providers', { name: `host-${host}` });
    if (status !== 200) throw new Error(`POST resource_providers: ${status} ${body}`);
    const { uuid } = JSON.parse(body) as { uuid: string };
    const inventories = {
      VCPU: { total: 64, allocation_ratio: 16 },
      MEMORY_MB: { total: 1 << 20 },
      DISK_GB: { total: 9000 },
    };
    await call(url, 'PUT', `/resource_providers/${uuid}/inventories`, { resource_provider_generation: 0, inventories });
  }
}

if (given.url !== undefined) {
  await fill(given.url);
  const each = Math.min(claims, 100);
  console.log(`over HTTP, all candidates: ${await rate(each, () => claimOver(given.url ?? '', ''))} claims/s`);
  console.log(`over HTTP, limit=10: ${await rate(each, () => claimOver(given.url ?? '', '&limit=10'))} claims/s`);
  process.exit(0);
}

const postgres = await startTestPostgres();
const store = openStore({ connection: { host: postgres.socketDir, user: 'test', database: 'postgres' } });
await migrate(store, [storeMigrations, placementMigrations]);
const placement = createPlacement({ store });
const server = createApiServer({
  ...{ services: placement.services, publicUrl: 'http://127.0.0.1', log: createLogger('bench', 'silent') },
  authenticate: async () => systemContext('bench'),
});
const url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}/placement`;
await fill(url);
await store.pool.query('analyze');

const claim = async () => {
  const provider = await placement.api.claim({ consumer: newId(), projectId: 'bench', userId: 'bench', resources });
  if (provider === undefined) throw new Error('there is no room');
};
console.log(`${hosts} hosts, ${connections} at once`);
console.log(`in process: ${await rate(claims, claim)} claims/s`);
console.log(`over HTTP, all candidates: ${await rate(Math.min(claims, 400), () => claimOver(url, ''))} claims/s`);
console.log(`over HTTP, limit=10: ${await rate(claims, () => claimOver(url, '&limit=10'))} claims/s`);
const { rows } = await store.pool.query<{
  off: string;
}>(`select count(*) as off from placement.inventory i where used <>
  coalesce((select sum(a.used) from placement.allocation a where a.provider_id = i.provider_id and a.class = i.class), 0)`);
console.log(`inventories whose sum is not that of their allocations: ${rows[0]?.off}`);
await server.close();
await store.close();
await postgres.stop();
