import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Session, signIn, until } from '../harness/client.ts';
import { adminPassword, demoPassword, metricsToken, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';

let cloud: TestCloud;
let demo: Session;

beforeAll(async () => {
  cloud = await startCloud();
  demo = await signIn(cloud.url, 'demo', demoPassword, 'demo');
});
afterAll(() => cloud?.close());

const scrape = (token?: string) =>
  fetch(`${cloud.url}/metrics`, { headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } });

/** The value of a sample, by its name and labels as Prometheus writes them. */
async function sample(name: string): Promise<number | undefined> {
  const text = await (await scrape(metricsToken)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
}

it.each([undefined, '', 'wrong', `${metricsToken}x`])('are told to nobody without the token (%s)', async (token) => {
  const answer = await scrape(token);
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(await answer.text()).not.toContain('andromede_');
});

it('count requests by operation and status', async () => {
  const listed = 'andromede_http_requests_total{operation="compute:servers:list",status="2xx"}';
  const missed = 'andromede_http_requests_total{operation="compute:servers:get",status="4xx"}';
  expect(await sample(listed)).toBeUndefined();
  await demo.call('GET', '/compute/v2.1/servers');
  await demo.call('GET', '/compute/v2.1/servers');
  await demo.call('GET', '/compute/v2.1/servers/nothing');
  expect([await sample(listed), await sample(missed)]).toEqual([2, 1]);
  expect(await sample('andromede_http_request_duration_seconds_count{operation="compute:servers:list"}')).toBe(2);
});

it('tell of the event loop, of connections and of what waits', async () => {
  expect(await sample('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
  expect(await sample('andromede_database_connections{state="waiting"}')).toBe(0);
  await demo.call('POST', '/network/v2.0/networks', { network: { name: 'n' } });
  const lag = () => sample('andromede_outbox_waiting{consumer="telemetry.usage"}');
  await until(lag, (waiting) => waiting === 0);
});

it('have the health beside them that the operator is shown, and nobody else', async () => {
  expect((await demo.call('GET', '/operator/v1/health')).status).toBe(403);
  const admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
  const { status, body } = await admin.call('GET', '/operator/v1/health');
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { database: { version: expect.stringMatching(/^\d+\.\d+/), place: null }, host: null },
  });
});
