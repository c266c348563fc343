/**
 * What identity costs: checking a token in-process (what every request of every service pays), validating one over HTTP
 * (what another service's middleware pays), and signing in, with the memory that a storm of sign-ins takes.
 *
 *     node bench/identity/tokens.ts
 */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import type pg from 'pg';
import { createIdentity, identityMigrations, tokenKeysFrom } from '../../src/cloud/identity/index.ts';
import { systemClock } from '../../src/kernel/base/clock.ts';
import { createLogger } from '../../src/kernel/base/log.ts';
import { createApiServer } from '../../src/kernel/http/index.ts';
import { migrate, openNotifications, openStore, storeMigrations } from '../../src/kernel/store/index.ts';
import { startTestPostgres } from '../../src/kernel/testing/postgres.ts';
import { createWork } from '../../src/kernel/work/index.ts';

const tokensInUse = 1000;
const checks = 300_000;
const validations = 10_000;
const connections = 32;
const signIns = 60;

const postgres = await startTestPostgres();
const connection: pg.ClientConfig = { host: postgres.socketDir, user: 'test', database: 'postgres' };
const log = createLogger('bench', 'silent');
const store = openStore({ connection });
await migrate(store, [storeMigrations, identityMigrations]);
const notifications = openNotifications(connection, log);
const work = createWork({ store, clock: systemClock, log });
const catalog = { region: 'RegionOne', services: [{ type: 'identity', name: 'keystone', path: '/identity' }] };
const masterKey = randomBytes(32);
const tokenKeys = tokenKeysFrom(masterKey);
const publicUrl = 'http://127.0.0.1';
const deps = { store, notifications, work, clock: systemClock, log, publicUrl, tokenKeys, masterKey, catalog };
const identity = createIdentity({ ...deps, passwords: { waiting: 10_000 } });
await identity.api.bootstrap({ adminPassword: 'admin', demoPassword: 'demo' });
const { authenticate } = identity.api;
const server = createApiServer({ services: identity.services, authenticate, publicUrl, log });
const port = await server.listen({ host: '127.0.0.1', port: 0 });
const agent = new Agent({ keepAlive: true, maxSockets: connections });

interface Answer {
  readonly status: number;
  readonly token: string;
}

function call(method: string, headers: Record<string, string>, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent, method, path: '/identity/v3/auth/tokens?nocatalog', headers };
    const sent = request(options, (response) => {
      response.resume();
      const token = String(response.headers['x-subject-token'] ?? '');
      response.once('end', () => resolve({ status: response.statusCode ?? 0, token }));
    });
    sent.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function expectStatus(status: number, answer: Promise<Answer>): Promise<string> {
  const { status: got, token } = await answer;
  if (got !== status) throw new Error(`answered ${got}, not ${status}`);
  return token;
}

const signIn = (identity: unknown) => expectStatus(201, call('POST', {}, { auth: { identity } }));
const user = { name: 'demo', domain: { id: 'default' }, password: 'demo' };
const byPassword = () => signIn({ methods: ['password'], password: { user } });

/** How often a second of one core's time is enough: what other programs do on the machine does not count. */
async function rate(count: number, lanes: number, task: (index: number) => Promise<unknown>): Promise<number> {
  const started = process.cpuUsage();
  let next = 0;
  const lane = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const { user, system } = process.cpuUsage(started);
  return Math.round((count / (user + system)) * 1_000_000);
}

const report = (what: string, value: number, unit: string) =>
  console.log(`${what.padEnd(58)} ${value.toLocaleString('en').padStart(9)} ${unit}`);

const first = await byPassword();
const tokens: string[] = [];
for (let count = 0; count < tokensInUse; count += 1) {
  tokens.push(await signIn({ methods: ['token'], token: { id: first } }));
}
const pick = (index: number) => tokens[index % tokens.length] as string;

report('length of a token', first.length, 'characters');
report(
  'check in-process, first use of a token',
  await rate(tokensInUse, 1, (i) => authenticate(pick(i), 'r')),
  '/s per core',
);
await rate(checks / 10, 1, (index) => authenticate(pick(index), 'r'));
report('check in-process, hot', await rate(checks, 1, (index) => authenticate(pick(index), 'r')), '/s per core');
const validate = (index: number) =>
  expectStatus(200, call('GET', { 'X-Auth-Token': first, 'X-Subject-Token': pick(index) }));
report(
  'GET /v3/auth/tokens, client in the same process',
  await rate(validations, connections, validate),
  '/s per core',
);
report(
  'sign-in by token',
  await rate(validations / 10, connections, () => signIn({ methods: ['token'], token: { id: first } })),
  '/s per core',
);

const before = process.memoryUsage().rss;
let most = before;
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage().rss);
}, 5);
report('sign-in by password, all at once', await rate(signIns, signIns, byPassword), '/s per core');
clearInterval(watch);
report('memory that this took beyond what was there', Math.round((most - before) / 2 ** 20), 'MiB');

agent.destroy();
await server.close();
await identity.close?.();
await notifications.close();
await store.close();
await postgres.stop();
