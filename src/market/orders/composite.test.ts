import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/base/clock.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { marketMigrations } from '../index.ts';
import { type Answer, type Call, caller, type RunningMarket, startMarket } from '../testing/market.ts';
import { type Publishers, startPublishers } from '../testing/publishers.ts';
import { type Composite, compose, openStore, people, quoteIn, type Scene, sellContent } from '../testing/scene.ts';

let store: TestStore;
let market: RunningMarket;
let call: Call;
let scene: Scene;
let publishers: Publishers;
let offer: Composite;

beforeAll(async () => {
  store = await createTestStore(marketMigrations);
  market = await startMarket({
    ...{ store, notifications: store.notifications, log: store.log, clock: systemClock },
    instant: true,
  });
  call = caller(market.url);
  scene = await openStore(call);
  publishers = await startPublishers(call, scene.publisherId);
  offer = await compose(call, scene, publishers);
});
afterEach(() => {
  publishers.answer = undefined;
});
afterAll(async () => {
  await market.close();
  await publishers.close();
  await store.close();
});

/** Orders the composite; whoever has a task does it, unless `refused`. */
async function order(parameters: object, refused?: string): Promise<Answer> {
  const quote = await call(people.customer, 'POST /quotes', quoteIn({ ...scene, ...offer }, parameters));
  const placed = await call(people.customer, 'POST /orders', { quoteId: quote.body.id });
  for (;;) {
    const { body: inbox } = await call(people.publisher, 'GET /tasks?state=open');
    for (const { id } of inbox.items) {
      await call(people.publisher, `POST /tasks/${id}/claim`);
      const end =
        refused === undefined ? ['complete', { outputs: { report: 'Done.' } }] : ['refuse', { reason: refused }];
      await call(people.publisher, `POST /tasks/${id}/${end[0]}`, end[1]);
    }
    const answer = await call(people.customer, `GET /orders/${placed.body.id}`);
    if (['completed', 'failed'].includes(answer.body.state)) return answer;
    await systemClock.sleep(25);
  }
}

async function left(): Promise<object> {
  const { spaces, databases } = publishers;
  return { stacks: await market.cloud.stacks(), spaces: spaces.spaces.size, databases: databases.instances.size };
}
const nothing = { stacks: [], spaces: 0, databases: 0 };

describe('a composite of a stack, a webhook, a broker and a person', { timeout: 40_000 }, () => {
  it('is one order: outputs feed inputs, and the customer gets what was promised', async () => {
    const { body } = await order({ name: 'atelier' });
    expect(body).toMatchObject({ state: 'completed', fault: null });
    expect(body.steps.map(({ name }: { name: string }) => name)).toEqual([
      ...['reserve', 'stack/provision', 'database/provision', 'saas/provision', 'visit/provision', 'activate'],
    ]);
    const { subscriptionId } = body;
    const shown = await call(people.customer, `GET /subscriptions/${subscriptionId}`);
    expect(shown.body).toMatchObject({ state: 'active', outputs: { report: 'Done.' } });
    const [space] = publishers.spaces.spaces.values();
    expect(space?.origin).toMatch(/^http:\/\/198\.51\.100\.7\/sub-/);
    const secrets = await call(people.customer, `POST /subscriptions/${subscriptionId}/credentials`);
    expect(secrets.body.credentials).toEqual({ password: expect.stringMatching(/^p\d+$/) });
    await call(people.customer, `POST /subscriptions/${subscriptionId}/suspend`);
    while ((await call(people.customer, `GET /subscriptions/${subscriptionId}`)).body.state !== 'suspended') {
      await systemClock.sleep(25);
    }
    await call(people.customer, `POST /subscriptions/${subscriptionId}/terminate`);
    while ((await call(people.customer, `GET /subscriptions/${subscriptionId}`)).body.state !== 'terminated') {
      await systemClock.sleep(25);
    }
    expect(await left()).toEqual(nothing);
  });

  it.each([
    ['the publisher refuses', { name: 'forbidden' }, undefined, /That name is taken/],
    ['the person refuses', { name: 'atelier' }, 'Ill.', /^Ill\.$/],
  ])(
    'is all or nothing: when %s, everything else is taken away and nothing is owed',
    async (_who, parameters, refusal, why) => {
      const { body } = await order(parameters, refusal);
      expect(body).toMatchObject({ state: 'failed', fault: expect.stringMatching(why) });
      expect(await left()).toEqual(nothing);
      const { subscriptionId } = body;
      const cost = await call(people.customer, `GET /subscriptions/${subscriptionId}/cost`);
      expect(cost.body.total.amount).toBe('0.00');
      expect((await call(people.operator, 'POST /invoice-drafts', { subscriptionId })).status).toBe(409);
    },
  );

  it('is refused while it is written, with the edge that is wrong', async () => {
    const components = [
      { ...offer.parts.saas, name: 'a', inputs: { origin: { component: 'b', output: 'url' } } },
      { ...offer.parts.saas, name: 'b', inputs: { origin: { component: 'a', output: 'url' } } },
    ];
    const content = { fulfilment: { kind: 'composite', components, outputs: {} } };
    await expect(sellContent(call, scene, content)).rejects.toThrow('these components wait for one another');
  });

  it('begins twenty independent components at once', async () => {
    const components = Array.from({ length: 20 }, (_, at) => ({ ...offer.parts.saas, name: `c${at}`, inputs: {} }));
    const many = await sellContent(call, scene, { fulfilment: { kind: 'composite', components, outputs: {} } });
    publishers.calls.splice(0);
    publishers.answer = () => ({ status: 'accepted' });
    const quote = await call(people.customer, 'POST /quotes', quoteIn({ ...scene, ...many }));
    await call(people.customer, 'POST /orders', { quoteId: quote.body.id });
    // None is over before all have begun: nobody has called back.
    while (publishers.calls.length < 20) await systemClock.sleep(10);
    expect(new Set(publishers.calls.map(({ data }) => data.instanceId)).size).toBe(20);
  });
});
