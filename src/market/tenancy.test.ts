import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/base/clock.ts';
import { newId } from '../kernel/base/ids.ts';
import type { Route } from '../kernel/http/index.ts';
import { createTestStore, type TestStore } from '../kernel/testing/index.ts';
import { marketMigrations } from './index.ts';
import { type Answer, type Call, caller, type RunningMarket, startMarket } from './testing/market.ts';
import { offeringOf, openStore, people, quoteIn, type Scene, usageEvent, webPlan } from './testing/scene.ts';

let store: TestStore;
let market: RunningMarket;
let call: Call;
let scene: Scene;
/** Ids of the scene by the names of path parameters. */
let ids: Record<string, string>;
/** A good body for each operation that takes one. */
let bodies: Record<string, object>;

beforeAll(async () => {
  store = await createTestStore(marketMigrations);
  market = await startMarket({
    ...{ store, notifications: store.notifications, log: store.log },
    ...{ clock: systemClock, instant: true },
  });
  call = caller(market.url);
  scene = await openStore(call);
  // The customer's own rules: its order waits for its owner, who is the one that placed it.
  const path = `/organisations/${scene.customerId}/purchasing-policy`;
  const levels = [{ above: { amount: '0', currency: 'EUR' }, by: 'owner' }];
  const costCentres = [{ code: 'R', name: 'Secret', managerIds: ['eve'] }];
  await call(people.customer, `PUT ${path}`, { version: 0, costCentres, levels, ownApproval: true });
  const quote = await call(people.customer, 'POST /quotes', quoteIn(scene));
  const order = await call(people.customer, 'POST /orders', { quoteId: quote.body.id, costCentre: 'R' });
  expect(order.body.state).toBe('awaiting-approval');
  await call(people.customer, `POST /approvals/${order.body.id}/approve`);
  const { subscriptionId } = order.body;
  while ((await call(people.customer, `GET /subscriptions/${subscriptionId}`)).body.state !== 'active') {
    await systemClock.sleep(20);
  }
  const month = '2026-03';
  const draft = await call(people.operator, 'POST /invoice-drafts', { subscriptionId, month });
  await call(people.operator, `POST /invoice-drafts/${draft.body.id}/finalise`);
  const { publisherId, resellerId, customerId, offeringId, storeId } = scene;
  ids = { organisationId: customerId, userId: 'eve', offeringId, number: '1', storeId, subscriptionId };
  Object.assign(ids, { quoteId: quote.body.id, orderId: order.body.id, draftId: draft.body.id });
  const endpoint = { publisherId, kind: 'webhook', url: 'https://example.org/hook' };
  const { body: hook } = await call(people.publisher, 'POST /endpoints', endpoint);
  Object.assign(ids, { endpointId: hook.id, taskId: newId() });
  const meteringKey = await call(people.publisher, 'POST /metering-keys', { publisherId, name: 'ours' });
  Object.assign(ids, { keyId: meteringKey.body.id });
  const invitation = await call(people.customer, `POST /organisations/${customerId}/invitations`, { role: 'member' });
  const wanted = { name: 'Phare', roles: ['publisher'], country: 'FR' };
  const application = await call(people.publisher, 'POST /applications', wanted);
  Object.assign(ids, { invitationId: invitation.body.id, applicationId: application.body.id });
  const agreements = await call(people.publisher, 'GET /agreements');
  Object.assign(ids, { agreementId: agreements.body.items[0].id });
  const { publisherId: _, ...version } = offeringOf(publisherId) as { publisherId: string };
  const brand = { name: 'B', logoText: 'B', colours: {} };
  const selling = { brand, languages: ['fr'], marginPercent: '1', offeringIds: [offeringId] };
  bodies = {
    'market:organisations:create': { name: 'X', roles: ['customer'], country: 'FR' },
    'market:members:add': { userId: 'mallory', role: 'owner' },
    'market:purchasing-policies:replace': { version: 1, costCentres: [] },
    'market:approvals:approve': {},
    'market:approvals:refuse': { reason: 'no' },
    'market:approvals:withdraw': {},
    'market:invitations:create': { role: 'owner' },
    'market:invitations:accept': { secret: `ami_${'x'.repeat(43)}` },
    'market:applications:create': { name: 'X', roles: ['publisher'], country: 'FR' },
    'market:applications:decide': { decision: 'admit' },
    'market:project-imports:create': { by: 'domain', country: 'FR' },
    'market:shadow-bills:create': { month, price: webPlan.price },
    'market:agreements:create': { publisherId, rules: [] },
    'market:agreements:sign': { side: 'publisher' },
    'market:agreements:simulate': { publisherId, rules: [], sales: [{ amount: { amount: '1', currency: 'EUR' } }] },
    'market:offerings:create': offeringOf(publisherId),
    'market:offering-versions:create': version,
    'market:offering-versions:submit': {},
    'market:offering-versions:review': { decision: 'approve' },
    'market:offering-versions:publish': {},
    'market:offering-versions:retire': {},
    'market:endpoints:create': endpoint,
    'market:endpoints:replace-secret': {},
    'market:tasks:complete': {},
    'market:tasks:refuse': { reason: 'no' },
    'market:plans:create': webPlan,
    'market:stores:create': { resellerId, slug: 'other', ...selling },
    'market:stores:replace': selling,
    'market:quotes:create': quoteIn(scene),
    'market:orders:create': { quoteId: quote.body.id },
    'market:subscriptions:terminate': {},
    'market:subscriptions:suspend': {},
    'market:subscriptions:resume': {},
    'market:subscriptions:credentials': {},
    'market:spending-ceilings:replace': { spendingCeiling: null },
    'market:metering-keys:create': { publisherId, name: 'x' },
    'market:usage-events:ingest': [usageEvent('x', newId(), '2026-03-01T00:00:00Z', 1)],
    'market:invoice-drafts:create': { subscriptionId, month },
    'market:invoice-drafts:finalise': {},
  };
});
afterAll(async () => {
  await market.close();
  await store.close();
});

/** Calls a route as `token`, with the scene's ids and a good body. */
function ask(token: string, { method, path, operation }: Route, body: unknown = bodies[operation]): Promise<Answer> {
  const filled = path.replaceAll(/:([a-zA-Z]+)/g, (_, name: string) => ids[name] ?? `no-${name}`);
  const queries: Record<string, string> = {
    'market:agreements:list': `?publisherId=${scene.publisherId}`,
    'market:shadow-bills:list': '?month=2026-03',
  };
  const query = queries[operation] ?? '';
  return call(token, `${method} ${filled.replace(/^\/v1/, '')}${query}`, body);
}

const ofRoutes = (keep: (route: Route) => boolean) =>
  market.routes.filter((one) => keep(one) && !one.operation.startsWith('market:versions'));
const isPublic = ({ policy }: Route) => policy.kind === 'public';
/** What any signed-in person may: see the windows of stores and what they sell, and ask to be admitted. */
const windows = ['market:stores:list', 'market:offers:list', 'market:offers:get', 'market:applications:create'];

describe('a stranger, with a good token of another organisation', () => {
  it('sees nothing and changes nothing, on any route', async () => {
    const before = await facts();
    for (const one of ofRoutes((route) => !isPublic(route) && !windows.includes(route.operation))) {
      const { status, body } = await ask(people.stranger, one);
      const empty = status === 200 && one.method === 'GET' && body.items?.length === 0;
      expect([one.operation, empty || status === 403 || status === 404]).toEqual([one.operation, true]);
    }
    expect(await facts()).toBe(before);
  });

  it('sees of a store only what hangs in its window', async () => {
    const stores = await call(people.stranger, 'GET /stores');
    expect(Object.keys(stores.body.items[0]).sort()).toEqual(['brand', 'id', 'languages', 'slug']);
    const offers = await call(people.stranger, `GET /stores/${scene.storeId}/offers`);
    expect(offers.body.items[0].plans[0].price.components[0].rate).toBe('0.023');
    expect(JSON.stringify(offers.body)).not.toMatch(/margin|publisher|reseller|template|0\.02"/);
  });

  async function facts(): Promise<number> {
    return (await call(people.operator, 'GET /facts?limit=1000')).body.items.length;
  }
});

describe('organisations of one sale', () => {
  const refused = async (token: string, requests: readonly string[]) => {
    for (const request of requests) {
      const filled = request.replaceAll(/:([a-zA-Z]+)/g, (_, name: string) => ids[name] ?? '');
      const { status } = await call(token, filled);
      expect([filled, status === 403 || status === 404]).toEqual([filled, true]);
    }
  };
  const purchase = [
    ...['GET /quotes/:quoteId', 'GET /orders/:orderId', 'GET /subscriptions/:subscriptionId'],
    ...['GET /subscriptions/:subscriptionId/cost', 'POST /subscriptions/:subscriptionId/terminate'],
    ...['GET /invoice-drafts/:draftId', 'GET /organisations/:organisationId'],
    ...['GET /organisations/:organisationId/purchasing-policy', 'GET /approvals/:orderId'],
    'POST /approvals/:orderId/approve',
  ];

  it('hide the customer’s purchase from publisher and reseller', async () => {
    await refused(people.publisher, [...purchase, 'GET /stores/:storeId']);
    await refused(people.reseller, purchase);
  });

  it('hide base price, margin and split from the customer', async () => {
    await refused(people.customer, [
      ...['GET /offerings/:offeringId', 'GET /stores/:storeId', 'GET /invoice-drafts/:draftId/split'],
      ...[`GET /agreements?publisherId=${scene.publisherId}`, 'GET /ledger/balances'],
    ]);
  });

  it('show each partner its own share and nobody else’s', async () => {
    for (const [token, own] of [
      [people.publisher, scene.publisherId],
      [people.reseller, scene.resellerId],
    ] as const) {
      const { body } = await call(token, `GET /invoice-drafts/${ids.draftId}/split`);
      expect(body.shares.map((share: { organisationId: string }) => share.organisationId)).toEqual([own]);
      expect(body).not.toHaveProperty('total');
      expect(body).not.toHaveProperty('customerId');
    }
  });

  it('show a reseller published offerings, without the template', async () => {
    const { body } = await call(people.reseller, `GET /offerings/${scene.offeringId}`);
    expect(body.versions[0].fulfilment).toEqual({ kind: 'heat' });
    expect(body.plans[0].price.components[0].rate).toBe('0.02');
  });

  it('order only into a project of their own Keystone domain', async () => {
    const organisation = { name: 'Domained', roles: ['customer'], country: 'FR', owners: ['eve'] };
    const created = await call(people.operator, 'POST /organisations', { ...organisation, domainId: 'domain-of-here' });
    const body = { ...quoteIn(scene), organisationId: created.body.id };
    const quote = await call('eve@here', 'POST /quotes', body);
    expect((await call('eve@elsewhere', 'POST /orders', { quoteId: quote.body.id })).status).toBe(403);
    expect((await call('eve@here', 'POST /orders', { quoteId: quote.body.id })).status).toBe(202);
  });
});

describe('bad input', () => {
  it.each(['a\u0000b', '\ud800'])('refuses text that cannot be stored', async (text) => {
    for (const one of ofRoutes(({ operation }) => bodies[operation] !== undefined)) {
      const body = JSON.parse(JSON.stringify(bodies[one.operation]), (_key, value) =>
        typeof value === 'string' && /[^0-9a-f.-]/.test(value) ? text : value,
      );
      const { status } = await ask(people.operator, one, body);
      expect([one.operation, status < 500]).toEqual([one.operation, true]);
    }
    const offering = { ...offeringOf(scene.publisherId), title: { fr: text, en: 'x' } };
    expect((await call(people.publisher, 'POST /offerings', offering)).status).toBe(400);
  });

  it.each([
    ['GET /facts?subject=%00', 400],
    ['GET /orders/not-a-uuid', 400],
    ['GET /orders?limit=0', 400],
    ['GET /orders?after=x', 400],
    ['GET /organisations/00000000-0000-0000-0000-000000000000', 404],
    ['GET /subscriptions/00000000-0000-0000-0000-000000000000/cost?month=2026-13', 400],
  ])('%s answers %i', async (request, status) => {
    expect((await call(people.operator, request)).status).toBe(status);
  });

  it('refuses prices, margins and shares that make no sense', async () => {
    const [component] = webPlan.price.components;
    const plan = (change: object) => ({
      ...webPlan,
      price: { currency: 'EUR', components: [{ ...component, ...change }] },
    });
    const path = `POST /offerings/${scene.offeringId}/plans`;
    for (const change of [
      { rate: '-1' },
      { rate: '1e9' },
      { rate: '0.123456789' },
      { monthlyCap: { amount: '-1', currency: 'EUR' } },
      { monthlyCap: { amount: '1.234', currency: 'EUR' } },
      { monthlyCap: { amount: '1', currency: 'USD' } },
    ]) {
      expect([change, (await call(people.publisher, path, plan(change))).status]).toEqual([change, 400]);
    }
    const share = (percent: string) => ({
      publisherId: scene.publisherId,
      rules: [{ kind: 'percentOfGross', percent }],
    });
    expect((await call(people.operator, 'POST /agreements', share('100.01'))).status).toBe(400);
    expect((await call(people.operator, 'POST /agreements', share('99.5'))).status).toBe(201);
  });

  it('refuses usage whose interval makes no sense, and with it the whole batch', async () => {
    const good = usageEvent('good', newId(), '2026-03-01T00:00:00Z', 1);
    const interval = { projectId: 'acme', quantity: 1, unit: 'second', start: '2026-03-02T00:00:00Z' };
    for (const end of ['2026-03-01T23:59:59Z', '2026-05-01T00:00:00Z', '2026-02-31T00:00:00Z']) {
      const bad = { ...usageEvent('bad', newId(), '2026-03-01T00:00:00Z', 1), data: { ...interval, end } };
      expect([end, (await call(people.operator, 'POST /usage-events', [good, bad])).status]).toEqual([end, 400]);
    }
    expect((await call(people.operator, 'POST /usage-events', [good])).body.accepted).toBe(1);
  });
});
