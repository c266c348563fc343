import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../kernel/base/clock.ts';
import { sql } from '../kernel/store/index.ts';
import { createTestStore, type TestStore } from '../kernel/testing/index.ts';
import { marketMigrations } from './index.ts';
import { type Answer, type Call, caller, type RunningMarket, startMarket } from './testing/market.ts';
import { openStore, people, quoteIn, type Scene, sell, usageEvent } from './testing/scene.ts';
import { simulatedServerId } from './testing/simulated-cloud.ts';

/** In the middle of a month, so that no test meets its end; a test may look into the future. */
const started = performance.now();
let ahead = 0;
const clock: Clock = {
  ...systemClock,
  now: () => new Date(Date.parse('2026-06-15T10:00:00Z') + performance.now() - started + ahead),
};
let store: TestStore;
let market: RunningMarket;
let call: Call;
let scene: Scene;

beforeAll(async () => {
  store = await createTestStore(marketMigrations);
  market = await startMarket({ store, notifications: store.notifications, log: store.log, clock });
  call = caller(market.url);
  scene = await openStore(call);
});
afterAll(async () => {
  await market.close();
  await store.close();
});

async function until(token: string, request: string, states: readonly string[]): Promise<Answer> {
  for (let look = 0; look < 2400; look += 1) {
    const answer = await call(token, request);
    if (states.includes(answer.body.state)) return answer;
    await clock.sleep(25);
  }
  throw new Error(`${request} never became ${states.join(' or ')}`);
}

/** Orders the scene's offering and waits until it runs. */
async function subscribe(): Promise<{ orderId: string; subscriptionId: string }> {
  const quote = await call(people.customer, 'POST /quotes', quoteIn(scene));
  const order = await call(people.customer, 'POST /orders', { quoteId: quote.body.id });
  expect(order.status).toBe(202);
  await until(people.customer, `GET /orders/${order.body.id}`, ['completed']);
  return { orderId: order.body.id, subscriptionId: order.body.subscriptionId };
}

const report = (...events: object[]) => call(people.operator, 'POST /usage-events', events);
/** A month that is over, and one to which no other test has added usage. */
const month = '2026-03';

describe('a sale, from the price seen to the shares paid', { timeout: 60_000 }, () => {
  it('shows the price before: per minute, capped, with the reseller’s margin and not a word of it', async () => {
    const quote = await call(people.customer, 'POST /quotes', quoteIn(scene), { language: 'fr' });
    expect(quote.status).toBe(201);
    expect(quote.body).toMatchObject({
      vatRate: '20',
      parameters: { title: 'Bonjour' },
      price: { components: [{ rate: '0.023', monthlyCap: { amount: '17.25', currency: 'EUR' } }] },
    });
    const words = 'Serveur : 0,023 € HT par minute entamée, au plus 17,25 € HT par mois civil';
    expect(quote.body.text.map((line: string) => line.replaceAll(/\s/g, ' '))).toEqual([words]);
    expect(JSON.stringify(quote.body)).not.toMatch(/margin|agreement|publisherId|resellerId/);
  });

  it('becomes a running service, whose cost, invoice draft and split add up to the cent', async () => {
    const { subscriptionId } = await subscribe();
    const subscription = await call(people.customer, `GET /subscriptions/${subscriptionId}`);
    const stack = `sub-${subscriptionId}`;
    expect(subscription.body).toMatchObject({ state: 'active', outputs: { url: `http://198.51.100.7/${stack}` } });
    const server = simulatedServerId(stack);

    await report(
      usageEvent('e1', server, '2026-03-10T10:00:00Z', 3600),
      usageEvent('e2', server, '2026-03-10T11:00:00Z', 61),
    );
    const cost = await call(people.customer, `GET /subscriptions/${subscriptionId}/cost?month=${month}`);
    expect(cost.body).toMatchObject({
      lines: [{ quantity: 62, unitPrice: { amount: '0.023' }, capApplied: false, amount: { amount: '1.43' } }],
      totalVat: { amount: '0.29' },
      total: { amount: '1.72' },
    });
    expect(cost.body.lines[0].text).toEqual(['Server: 62 started minutes × €0.023 = €1.43']);

    const draft = await call(people.operator, 'POST /invoice-drafts', { subscriptionId, month });
    const final = await call(people.operator, `POST /invoice-drafts/${draft.body.id}/finalise`);
    expect(final.body).toMatchObject({ state: 'final', total: { amount: '1.72' } });
    const split = await call(people.operator, `GET /invoice-drafts/${draft.body.id}/split`);
    const shares = Object.fromEntries(
      split.body.shares.map((share: { name: string; amount: { amount: string } }) => [share.name, share.amount.amount]),
    );
    expect(shares).toEqual({ Revendeur: '0.19', 'Éditions Web': '0.87', Andromède: '0.37' });
    const balances = await call(people.operator, 'GET /ledger/balances');
    const accounts = balances.body.items.map((one: { name: string; balance: { amount: string } }) => [
      one.name,
      one.balance.amount,
    ]);
    expect(new Map(accounts)).toEqual(
      new Map([
        ['payable', expect.any(String)],
        ['receivable', '1.72'],
        ['sales', '-0.37'],
        ['vat', '-0.29'],
      ]),
    );

    await report(usageEvent('late', server, '2026-03-12T10:00:00Z', 600));
    const adjustment = await call(people.operator, 'POST /invoice-drafts', { subscriptionId, month });
    expect(adjustment.body).toMatchObject({
      lines: [{ amount: { amount: '1.66' }, alreadyInvoiced: { amount: '1.43' }, due: { amount: '0.23' } }],
      total: { amount: '0.28' },
    });
  });

  it('is in the sales of each who earned with it, who is not told what the others did', async () => {
    const salesOf = async (token: string, query: string) => {
      const { body } = await call(token, `GET /sales${query}`);
      expect(body.months).toHaveLength(12);
      return body.months.at(-1);
    };
    const euros = (amount: string) => ({ amount, currency: 'EUR' });
    const { publisherId, resellerId, customerId } = scene;
    expect(await salesOf(people.operator, '')).toMatchObject({
      ...{ sold: euros('1.43'), shared: euros('1.06'), earned: euros('0.37'), marginPercent: '25.9' },
      ...{ orders: { placed: 1, completed: 1, failed: 0 }, subscriptions: { active: 1, began: 1, ended: 0 } },
    });
    expect(await salesOf(people.publisher, `?organisationId=${publisherId}`)).toMatchObject({
      ...{ sold: null, shared: null, earned: euros('0.87'), marginPercent: null, orders: { placed: 1 } },
    });
    expect(await salesOf(people.reseller, `?organisationId=${resellerId}`)).toMatchObject({ earned: euros('0.19') });

    const refused = async (token: string, query: string) => (await call(token, `GET /sales${query}`)).status;
    expect(await refused(people.publisher, '')).toBe(403);
    expect(await refused(people.publisher, `?organisationId=${resellerId}`)).toBe(404);
    expect(await refused(people.customer, `?organisationId=${customerId}`)).toBe(409);
    expect(await refused(people.operator, '?from=2026-03&to=2026-01')).toBe(400);
    expect(await refused(people.operator, '?from=2006-03')).toBe(400);
  });

  it('counts each usage event once, before activation or after, and never somebody else’s', async () => {
    const { subscriptionId } = await subscribe();
    const server = simulatedServerId(`sub-${subscriptionId}`);
    const event = usageEvent('once', server, '2026-04-10T10:00:00Z', 60);
    expect((await report(event, event)).body).toMatchObject({ accepted: 1, duplicates: 1 });
    expect((await report(event)).body).toMatchObject({ accepted: 0, duplicates: 1, conflicting: [] });
    const forged = usageEvent('once', server, '2026-04-10T10:00:00Z', 6000);
    expect((await report(forged)).body).toMatchObject({ accepted: 0, conflicting: [{ id: 'once' }] });
    await report(usageEvent('foreign', server, '2026-04-11T10:00:00Z', 6000, 'another-project'));
    const cost = await call(people.customer, `GET /subscriptions/${subscriptionId}/cost?month=2026-04`);
    expect(cost.body.lines[0]).toMatchObject({ quantity: 1 });
  });

  it('stops at the cap', async () => {
    const { subscriptionId } = await subscribe();
    const server = simulatedServerId(`sub-${subscriptionId}`);
    await report(usageEvent('month', server, '2026-05-01T00:00:00Z', 20 * 86_400));
    const cost = await call(people.customer, `GET /subscriptions/${subscriptionId}/cost?month=2026-05`);
    expect(cost.body).toMatchObject({ lines: [{ capApplied: true }], totalWithoutVat: { amount: '17.25' } });
    expect(cost.body.lines[0].text[0]).toContain('reduced to the month’s cap: €17.25');
  });

  it('ends when the customer says so: the stack goes, later usage is not charged, and asking again changes nothing', async () => {
    const { subscriptionId } = await subscribe();
    const stack = `sub-${subscriptionId}`;
    const asked = await call(people.customer, `POST /subscriptions/${subscriptionId}/terminate`);
    expect(asked.status).toBe(202);
    const ended = await until(people.customer, `GET /subscriptions/${subscriptionId}`, ['terminated']);
    expect(await market.cloud.stacks()).not.toContain(stack);
    const endsAt = new Date(ended.body.endsAt);
    await report(usageEvent('after', simulatedServerId(stack), new Date(endsAt.getTime() - 30_000).toISOString(), 600));
    const cost = await call(people.customer, `GET /subscriptions/${subscriptionId}/cost`);
    expect(cost.body.lines[0]).toMatchObject({ usage: { quantity: 30 }, quantity: 1 });
    const again = await call(people.customer, `POST /subscriptions/${subscriptionId}/terminate`);
    expect(again.body).toMatchObject({ state: 'terminated', endsAt: ended.body.endsAt });
  });

  it('forecasts the month from what was used so far, with its error', async () => {
    const { subscriptionId } = await subscribe();
    const server = simulatedServerId(`sub-${subscriptionId}`);
    const begun = clock.now().getTime();
    ahead = 7 * 86_400_000;
    const daily = Array.from({ length: 7 }, (_, day) => new Date(begun + day * 86_400_000 + 3_600_000).toISOString());
    await report(...daily.map((at, day) => usageEvent(`daily-${server}-${day}`, server, at, 600)));
    const forecast = await call(people.customer, `GET /subscriptions/${subscriptionId}/forecast`);
    ahead = 0;
    // 70 minutes in 7 days; 8.5 days are left.
    expect(forecast.body).toMatchObject({ month: '2026-06', soFar: { amount: '1.61' }, expected: { amount: '3.57' } });
    expect(forecast.body).toMatchObject({ low: { amount: '3.57' }, high: { amount: '3.57' }, errorPercent: 0 });
  });

  it('costs nothing when the stack fails, and leaves nothing', async () => {
    const failing = await sell(call, scene, 'fail');
    const quote = await call(people.customer, 'POST /quotes', quoteIn({ ...scene, ...failing }));
    const order = await call(people.customer, 'POST /orders', { quoteId: quote.body.id });
    const failed = await until(people.customer, `GET /orders/${order.body.id}`, ['failed']);
    expect(failed.body.fault).toBe('Resource CREATE failed: no capacity left.');
    const { subscriptionId } = order.body;
    expect(await market.cloud.stacks()).not.toContain(`sub-${subscriptionId}`);
    await report(usageEvent('failed', simulatedServerId(`sub-${subscriptionId}`), '2026-03-10T10:00:00Z', 600));
    const cost = await call(people.customer, `GET /subscriptions/${subscriptionId}/cost?month=${month}`);
    expect(cost.body.total).toEqual({ amount: '0.00', currency: 'EUR' });
    expect((await call(people.operator, 'POST /invoice-drafts', { subscriptionId, month })).status).toBe(409);
    expect((await call(people.customer, `POST /subscriptions/${subscriptionId}/terminate`)).status).toBe(409);
  });

  it('makes its credential again when the customer has deleted it in Keystone', async () => {
    await subscribe();
    await sql`delete from simulated_cloud.credential`.execute(store.db);
    const quote = await call(people.customer, 'POST /quotes', quoteIn(scene));
    const order = await call(people.customer, 'POST /orders', { quoteId: quote.body.id });
    const failed = await until(people.customer, `GET /orders/${order.body.id}`, ['failed']);
    expect(failed.body.fault).toBe('The application credential is not valid.');
    await subscribe();
  });

  it('is listed with the newest first, page by page', async () => {
    const { subscriptionId } = await subscribe();
    const { body: all } = await call(people.customer, 'GET /subscriptions');
    const ids = all.items.map(({ id }: { id: string }) => id);
    expect(ids[0]).toBe(subscriptionId);
    const seen = [];
    for (let after: string | null = ids[0]; after !== null && seen.length < ids.length; ) {
      const { body } = await call(people.customer, `GET /subscriptions?limit=2&after=${after}`);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      after = body.next;
    }
    expect(seen).toEqual(ids.slice(1));
  });

  it('is told by facts, which stay', async () => {
    const { orderId } = await subscribe();
    const { body } = await call(people.customer, `GET /facts?subject=${orderId}`);
    expect(body.items.map(({ kind }: { kind: string }) => kind)).toEqual([
      'market.order.accepted',
      'market.order.provisioning',
      'market.order.completed',
    ]);
    await expect(sql`update market_trust.fact set kind = 'x'`.execute(store.db)).rejects.toThrow('append-only');
  });
});

describe('a quote', () => {
  it('is guaranteed until its date, not longer', async () => {
    const quote = await call(people.customer, 'POST /quotes', quoteIn(scene));
    ahead = 7 * 86_400_000;
    const late = await call(people.customer, 'POST /orders', { quoteId: quote.body.id }, { language: 'fr' });
    ahead = 0;
    expect(late.status).toBe(409);
    expect(late.body.detail).toMatch(/^Le devis n’est plus valable depuis le 22 juin 2026/);
  });

  it('keeps its price when store, plan and agreement change', async () => {
    const quote = await call(people.customer, 'POST /quotes', quoteIn(scene));
    const store = await call(people.reseller, `GET /stores/${scene.storeId}`);
    const { brand, languages, offeringIds } = store.body;
    await call(people.reseller, `PUT /stores/${scene.storeId}`, { brand, languages, offeringIds, marginPercent: '50' });
    const order = await call(people.customer, 'POST /orders', { quoteId: quote.body.id });
    const { body } = await call(people.customer, `GET /subscriptions/${order.body.subscriptionId}`);
    expect(body.price.components[0].rate).toBe('0.023');
    await call(people.reseller, `PUT /stores/${scene.storeId}`, { brand, languages, offeringIds, marginPercent: '15' });
  });
});

describe('a store', () => {
  const windowOf = (host: string) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const options = { headers: { Host: host, 'Accept-Language': 'en' } };
      const request = get(`${market.url}/storefront`, options, async (response) => {
        resolve({ status: response.statusCode ?? 0, body: await text(response) });
      });
      request.once('error', reject);
    });

  it('is told by the host name', async () => {
    const shown = await windowOf('Shop.localhost:8000');
    expect(JSON.parse(shown.body)).toMatchObject({ slug: 'shop', brand: { name: 'La Boutique' } });
    for (const host of [
      'localhost',
      'other.localhost',
      'shop.localhost.evil.example',
      'shop.example',
      'a.shop.localhost',
    ]) {
      const refused = await windowOf(host);
      expect([host, refused.status]).toEqual([host, 404]);
      expect(JSON.parse(refused.body).detail).toBe(`No store is at ${host}.`);
    }
  });

  it('says of a forged host name no more than a host name can hold', async () => {
    for (const [forged, shown] of [
      ['shop.localhost\tx', 'shop.localhostx'],
      ['shop_.localhost', 'shop_.localhost'],
      ['../shop.localhost', '../shop.localhost'],
      [`${'a'.repeat(300)}.localhost`, 'a'.repeat(255)],
      ['b\xf6se.localhost', 'bse.localhost'],
    ] as const) {
      const { status, body } = await windowOf(forged);
      expect([status, JSON.parse(body).detail]).toEqual([404, `No store is at ${shown}.`]);
    }
  });

  it('has a name of its own', async () => {
    const { body } = await call(people.reseller, `GET /stores/${scene.storeId}`);
    const { brand, languages, marginPercent, offeringIds, resellerId } = body;
    const twin = { resellerId, slug: 'shop', brand, languages, marginPercent, offeringIds };
    expect((await call(people.reseller, 'POST /stores', twin)).status).toBe(409);
  });
});

describe('an invoice draft', { timeout: 60_000 }, () => {
  it('is not final while the subscription and its month run', async () => {
    const { subscriptionId } = await subscribe();
    const draft = await call(people.operator, 'POST /invoice-drafts', { subscriptionId });
    expect(draft.body).toMatchObject({ month: '2026-06', state: 'draft' });
    expect((await call(people.operator, `POST /invoice-drafts/${draft.body.id}/finalise`)).status).toBe(409);
  });

  it('is posted once, however many make it final at once, and never changes after', async () => {
    const { subscriptionId } = await subscribe();
    const server = simulatedServerId(`sub-${subscriptionId}`);
    await report(usageEvent(`final-${server}`, server, '2026-03-10T10:00:00Z', 600));
    const draft = await call(people.operator, 'POST /invoice-drafts', { subscriptionId, month });
    const finals = await Promise.all(
      [1, 2, 3].map(() => call(people.operator, `POST /invoice-drafts/${draft.body.id}/finalise`)),
    );
    expect(finals.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { rows } = await sql`select 1 from market_ledger.entry where reference = ${draft.body.id}`.execute(store.db);
    expect(rows).toHaveLength(1);
    const change = sql`update market_billing.invoice_draft set content = '{}' where id = ${draft.body.id}`;
    await expect(change.execute(store.db)).rejects.toThrow('is final');
  });
});

describe('Idempotency-Key', () => {
  it('makes a repeated order the same order, and refuses another body under it', async () => {
    const quote = await call(people.customer, 'POST /quotes', quoteIn(scene), { key: 'quote-1' });
    const again = await call(people.customer, 'POST /quotes', quoteIn(scene), { key: 'quote-1' });
    expect(again.body).toEqual(quote.body);
    expect(again.headers.get('Idempotency-Replayed')).toBe('true');
    const other = await call(people.customer, 'POST /quotes', quoteIn(scene, { title: 'x' }), { key: 'quote-1' });
    expect(other.status).toBe(422);

    const body = { quoteId: quote.body.id };
    const orders = await Promise.all(
      [1, 2, 3].map(() => call(people.customer, 'POST /orders', body, { key: 'order-1' })),
    );
    expect(new Set(orders.map((order) => order.body.id)).size).toBe(1);
    expect(orders.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect((await call(people.customer, 'POST /orders', body, { key: 'order-2' })).status).toBe(409);
  });

  it('is free again after a refusal', async () => {
    const wrong = await call(people.customer, 'POST /quotes', quoteIn(scene, { colour: 'red' }), { key: 'refused' });
    expect(wrong.status).toBe(400);
    expect(wrong.body.detail).toBe('Parameters: colour does not exist (parameters: title).');
    expect((await call(people.customer, 'POST /quotes', quoteIn(scene), { key: 'refused' })).status).toBe(201);
  });

  it('belongs to one caller', async () => {
    await call(people.customer, 'POST /quotes', quoteIn(scene), { key: 'mine' });
    expect((await call(people.stranger, 'POST /quotes', quoteIn(scene), { key: 'mine' })).status).toBe(404);
  });
});
