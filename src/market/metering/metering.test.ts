import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/base/clock.ts';
import { sql } from '../../kernel/store/index.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { marketMigrations } from '../index.ts';
import { type Answer, type Call, caller, type RunningMarket, startMarket } from '../testing/market.ts';
import { openStore, people, quoteIn, type Scene } from '../testing/scene.ts';

let store: TestStore;
let market: RunningMarket;
let call: Call;
let scene: Scene;
let subscriptionId: string;
const meter = 'org.example.requests.v1';

beforeAll(async () => {
  store = await createTestStore(marketMigrations);
  const { notifications, log } = store;
  market = await startMarket({ store, notifications, log, clock: systemClock, instant: true });
  call = caller(market.url);
  scene = await openStore(call);
  subscriptionId = await subscribe(await planByRequest());
});
afterAll(async () => {
  await market.close();
  await store.close();
});

const name = { fr: 'Requêtes', en: 'Requests' };

/** A cent for each started hundred, the first thousand of a month for nothing. */
async function planByRequest(): Promise<string> {
  const component = { kind: 'usage', id: 'requests', name, meter, unit: 'request' };
  const tariff = { model: 'package', packageSize: '100', rate: '0.01', included: '1000' };
  const plan = { name, price: { currency: 'EUR', components: [{ ...component, ...tariff }] } };
  return (await call(people.publisher, `POST /offerings/${scene.offeringId}/plans`, plan)).body.id;
}

async function subscribe(planId: string): Promise<string> {
  const quote = await call(people.customer, 'POST /quotes', { ...quoteIn(scene), planId });
  const order = await call(people.customer, 'POST /orders', { quoteId: quote.body.id });
  const path = `GET /subscriptions/${order.body.subscriptionId}`;
  while ((await call(people.customer, path)).body.state !== 'active') await systemClock.sleep(20);
  return order.body.subscriptionId;
}

function used(id: string, quantity: number, more: object = {}): object {
  const data = { start: '2026-03-10T10:00:00Z', end: '2026-03-10T11:00:00Z', quantity, unit: 'request' };
  return { specversion: '1.0', id, source: '/gateway', type: meter, subject: subscriptionId, data, ...more };
}

async function keyOf(publisherId = scene.publisherId): Promise<{ id: string; key: string }> {
  return (await call(people.publisher, 'POST /metering-keys', { publisherId, name: 'gateway' })).body;
}

/** Hands in events as a publisher's system does: with a key, without any token. */
async function hand(key: string, events: readonly object[]): Promise<Answer> {
  const answer = await fetch(`${market.url}/metering/usage-events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', 'Accept-Language': 'en' },
    body: JSON.stringify(events),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

const cost = async () => (await call(people.customer, `GET /subscriptions/${subscriptionId}/cost?month=2026-03`)).body;

describe('a publisher’s metering key', () => {
  it('hands in what the publisher’s own subscriptions use: counted once, priced by its plan', async () => {
    const { key } = await keyOf();
    expect((await hand(key, [used('a', 1000), used('b', 101)])).body).toMatchObject({ accepted: 2 });
    expect((await hand(key, [used('b', 101), used('b', 7)])).body).toMatchObject({
      ...{ accepted: 0, duplicates: 1, conflicting: [{ id: 'b' }] },
    });
    const [line] = (await cost()).lines;
    expect(line.text).toEqual(['Requests: 1,000 requests included + 2 × 100 requests at €0.0115 = €0.02']);
  });

  it('is shown once and kept as a hash', async () => {
    const { id, key } = await keyOf();
    const { body } = await call(people.publisher, 'GET /metering-keys');
    expect(body.items.map((one: { id: string }) => one.id)).toContain(id);
    expect(JSON.stringify(body)).not.toContain(key);
    const { rows } = await sql`select 1 from idempotency.request where response like ${`%${key}%`}`.execute(store.db);
    expect(rows).toEqual([]);
  });

  it('does nothing once it is revoked, nor when it is made up', async () => {
    const { id, key } = await keyOf();
    expect((await call(people.publisher, `DELETE /metering-keys/${id}`)).status).toBe(204);
    expect((await hand(key, [used('c', 1)])).status).toBe(401);
    expect((await hand('amk_nonsense', [used('c', 1)])).status).toBe(401);
  });

  it('counts nothing for others’ subscriptions, and nothing that only the cloud counts', async () => {
    const { key } = await keyOf();
    const before = await cost();
    const unknown = { subject: '01900000-0000-7000-8000-000000000000' };
    const refused = await hand(key, [used('d', 5000), used('e', 1, unknown)]);
    expect(refused.body).toMatchObject({ status: 404, detail: expect.stringContaining('body/1/subject') });
    expect((await hand(key, [used('f', 1, { type: 'andromede.compute.server.usage.v1' })])).status).toBe(400);
    expect(await cost()).toEqual(before);
  });
});
