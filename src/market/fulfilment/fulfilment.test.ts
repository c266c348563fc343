import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../kernel/base/clock.ts';
import { sql } from '../../kernel/store/index.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { marketMigrations } from '../index.ts';
import { databaseContent, spaceContent, taskContent } from '../testing/contents.ts';
import { type Answer, type Call, caller, type RunningMarket, startMarket } from '../testing/market.ts';
import { type Publishers, startPublishers } from '../testing/publishers.ts';
import { openStore, people, quoteIn, type Scene, sellContent } from '../testing/scene.ts';

let store: TestStore;
let market: RunningMarket;
let call: Call;
let scene: Scene;
let publishers: Publishers;

beforeAll(async () => {
  store = await createTestStore(marketMigrations);
  market = await startMarket({
    ...{ store, notifications: store.notifications, log: store.log, clock: systemClock },
    instant: true,
  });
  call = caller(market.url);
  scene = await openStore(call);
  publishers = await startPublishers(call, scene.publisherId);
});
afterEach(() => {
  publishers.answer = undefined;
  Object.assign(publishers.databases.behaviour, { polls: 1, fails: false });
});
afterAll(async () => {
  await market.close();
  await publishers.close();
  await store.close();
});

async function until(request: string, states: readonly string[], token: string = people.customer): Promise<Answer> {
  for (let look = 0; look < 1200; look += 1) {
    const answer = await call(token, request);
    if (states.includes(answer.body.state)) return answer;
    await systemClock.sleep(25);
  }
  throw new Error(`${request} never became ${states.join(' or ')}`);
}

type Offer = Awaited<ReturnType<typeof sellContent>>;

/** Orders that offer; answers the order, at once. */
async function order(offer: Offer, parameters: object = {}): Promise<{ id: string; subscriptionId: string }> {
  const quote = await call(people.customer, 'POST /quotes', quoteIn({ ...scene, ...offer }, parameters));
  const { body } = await call(people.customer, 'POST /orders', { quoteId: quote.body.id });
  return body;
}

/** The same, once it runs. */
async function subscribe(offer: Offer, parameters: object = {}): Promise<string> {
  const { id, subscriptionId } = await order(offer, parameters);
  const { body } = await until(`GET /orders/${id}`, ['completed', 'failed']);
  expect(body).toMatchObject({ state: 'completed', fault: null });
  return subscriptionId;
}

async function act(subscriptionId: string, what: string, state: string): Promise<Answer> {
  const asked = await call(people.customer, `POST /subscriptions/${subscriptionId}/${what}`);
  expect(asked.status).toBe(202);
  return until(`GET /subscriptions/${subscriptionId}`, [state]);
}

async function changePlan(offer: Offer, subscriptionId: string, planId: string | undefined): Promise<Answer> {
  const wanted = quoteIn({ ...scene, ...offer, planId: planId ?? '' });
  const quote = await call(people.customer, 'POST /quotes', { ...wanted, subscriptionId });
  const changed = await call(people.customer, 'POST /orders', { quoteId: quote.body.id });
  expect(changed.body).toMatchObject({ kind: 'change-plan', subscriptionId });
  return until(`GET /orders/${changed.body.id}`, ['completed', 'failed']);
}

const waitsFor = (answer: Answer) =>
  answer.body.steps.find((step: { name: string }) => step.name === 'provision')?.waitsFor;

async function waiting(orderId: string, who: string): Promise<Answer> {
  for (let look = 0; look < 400; look += 1) {
    const answer = await call(people.customer, `GET /orders/${orderId}`);
    if (waitsFor(answer)?.who === who) return answer;
    await systemClock.sleep(25);
  }
  throw new Error(`the order never waited for a ${who}`);
}

describe('a publisher’s webhook', { timeout: 30_000 }, () => {
  let offer: Offer;
  beforeAll(async () => {
    offer = await sellContent(call, scene, spaceContent(publishers.webhookEndpointId), ['standard', 'gold']);
  });
  beforeEach(() => publishers.calls.splice(0));

  it('has a whole life: provision, change of plan, suspend, resume, terminate, each told once', async () => {
    const id = await subscribe(offer, { name: 'atelier' });
    const shown = await call(people.customer, `GET /subscriptions/${id}`);
    expect(shown.body).toMatchObject({ state: 'active', outputs: { url: `https://spaces.example/${id}` } });
    expect((await changePlan(offer, id, offer.planIds[1])).body.state).toBe('completed');
    expect(publishers.spaces.spaces.get(id)).toMatchObject({ plan: 'gold' });
    await act(id, 'suspend', 'suspended');
    expect(publishers.spaces.spaces.get(id)).toMatchObject({ suspended: true });
    await act(id, 'resume', 'active');
    await act(id, 'terminate', 'terminated');
    expect(publishers.spaces.spaces.has(id)).toBe(false);
    const told = ['provision', 'change-plan', 'suspend', 'resume', 'terminate'].map((what) => `subscription.${what}`);
    expect(publishers.calls.map(({ type }) => type)).toEqual(told);
  });

  it('gives credentials that only the customer sees, and that lie nowhere in clear', async () => {
    const id = await subscribe(offer);
    const secret = `secret-${id}`;
    const path = `/subscriptions/${id}`;
    expect(JSON.stringify((await call(people.customer, `GET ${path}`)).body)).not.toContain(secret);
    const { body } = await call(people.customer, `POST ${path}/credentials`);
    expect(body.credentials).toEqual({ token: secret });
    expect((await call(people.operator, `POST ${path}/credentials`)).status).toBe(404);
    expect(await inClear(secret)).toEqual([]);
  });

  it('may take its time: the order says whom it waits for, until a callback under the operation’s own key', async () => {
    publishers.answer = (type) => (type === 'subscription.provision' ? { status: 'accepted' } : undefined);
    const { id, subscriptionId } = await order(offer);
    await waiting(id, 'publisher');
    const { operationId, callback } = publishers.calls[0]?.data ?? { operationId: '', callback: { key: '', url: '' } };
    const report = (body: object, key = callback.key) => reportTo(operationId, body, key);
    expect(await report({ status: 'working', note: 'Vers 14 h' })).toBe(200);
    expect(waitsFor(await call(people.customer, `GET /orders/${id}`))).toMatchObject({ note: 'Vers 14 h' });
    const done = { status: 'completed', outputs: { url: 'https://late.example/', token: 'late' } };
    expect(await report(done, 'a guess')).toBe(401);
    expect(await report({ status: 'completed', outputs: { url: 7 } })).toBe(400);
    expect(await report(done)).toBe(200);
    await until(`GET /orders/${id}`, ['completed']);
    // Repeated, it changes nothing; otherwise, it comes too late.
    expect(await report(done)).toBe(200);
    expect(await report({ status: 'failed', reason: 'no' })).toBe(409);
    const shown = await call(people.customer, `GET /subscriptions/${subscriptionId}`);
    expect(shown.body.outputs).toEqual({ url: 'https://late.example/' });
  });

  it('is called again when it breaks, under the same id', async () => {
    let broken = 1;
    vi.spyOn(console, 'error').mockReturnValueOnce(undefined);
    publishers.answer = () => {
      if (broken-- > 0) throw new Error('the database of the publisher is away');
      return undefined;
    };
    await subscribe(offer);
    expect(new Set(publishers.calls.map(({ data }) => data.operationId)).size).toBe(1);
    expect(publishers.calls.length).toBe(2);
  });

  it.each([
    ['refuses', { refused: 'Sold out.' }, /refused \(422\): Sold out\.$/],
    ['lies about what it gives', { status: 'completed', outputs: { url: 7 } }, /other outputs than it promises/],
  ] as const)(
    'that %s fails the order, which says why, leaves nothing and costs nothing',
    async (_how, outcome, why) => {
      publishers.answer = (type) => (type === 'subscription.provision' ? outcome : undefined);
      const { id, subscriptionId } = await order(offer);
      const failed = await until(`GET /orders/${id}`, ['failed']);
      expect(failed.body.fault).toMatch(why);
      expect(publishers.calls.at(-1)?.type).toBe('subscription.terminate');
      expect((await call(people.customer, `GET /subscriptions/${subscriptionId}`)).body.state).toBe('failed');
    },
  );

  it('that does not agree to a change leaves everything as it was', async () => {
    const id = await subscribe(offer);
    publishers.answer = (type, data) =>
      type === 'subscription.change-plan' && data.plan.code === 'gold' ? { refused: 'Gold is full.' } : undefined;
    expect((await changePlan(offer, id, offer.planIds[1])).body).toMatchObject({
      state: 'failed',
      fault: expect.stringContaining('Gold is full.'),
    });
    const { body } = await call(people.customer, `GET /subscriptions/${id}`);
    expect(body).toMatchObject({ state: 'active', planId: offer.planIds[0] });
  });

  it('is verified by what publishers have: the scheme’s own library takes our signature', async () => {
    const { Webhook } = await import('standardwebhooks');
    const { signatureHeaders, writeSecret } = await import('./domain/signature.ts');
    const secret = writeSecret(Buffer.alloc(32, 3));
    const body = JSON.stringify({ type: 'x' });
    const headers = signatureHeaders({ id: 'msg_1', at: new Date(), body }, ['whsec_AAAA', secret]);
    expect(new Webhook(secret).verify(body, headers)).toEqual({ type: 'x' });
    expect(() => new Webhook(writeSecret(Buffer.alloc(32, 4))).verify(body, headers)).toThrow();
  });
});

describe('an Open Service Broker', { timeout: 30_000 }, () => {
  let offer: Offer;
  beforeAll(async () => {
    offer = await sellContent(call, scene, databaseContent(publishers.brokerEndpointId), ['small', 'large']);
  });

  it('has a whole life, polled while it works: access goes and comes with the binding', async () => {
    const id = await subscribe(offer);
    const { instances } = publishers.databases;
    expect(instances.get(id)).toMatchObject({ planId: 'small' });
    const credentials = async () =>
      (await call(people.customer, `POST /subscriptions/${id}/credentials`)).body.credentials;
    const first = await credentials();
    expect(first).toMatchObject({ uri: 'postgres://db.example/app' });
    expect((await changePlan(offer, id, offer.planIds[1])).body.state).toBe('completed');
    expect(instances.get(id)).toMatchObject({ planId: 'large' });
    await act(id, 'suspend', 'suspended');
    expect(instances.get(id)?.bindings.size).toBe(0);
    await act(id, 'resume', 'active');
    expect((await credentials()).password).not.toBe(first.password);
    await act(id, 'terminate', 'terminated');
    expect(instances.has(id)).toBe(false);
  });

  it('says how far it is, and that half succeeds leaves nothing', async () => {
    Object.assign(publishers.databases.behaviour, { polls: 1, fails: true });
    const { id, subscriptionId } = await order(offer);
    expect(waitsFor(await waiting(id, 'broker'))).toMatchObject({ note: null });
    const failed = await until(`GET /orders/${id}`, ['failed']);
    expect(failed.body.fault).toBe('The broker failed: The disk is broken');
    expect(publishers.databases.instances.has(subscriptionId)).toBe(false);
  });

  it('is asked for its catalogue before anything is sold of it', async () => {
    const { fulfilment } = databaseContent(publishers.brokerEndpointId);
    const wrong = { fulfilment: { ...fulfilment, planIds: { gold: 'gold' } } };
    await expect(sellContent(call, scene, wrong)).rejects.toThrow('has no plan gold');
  });
});

describe('a person’s task', { timeout: 30_000 }, () => {
  let offer: Offer;
  beforeAll(async () => {
    const fulfilment = { ...taskContent.fulfilment, operations: ['provision', 'terminate'] };
    offer = await sellContent(call, scene, { ...taskContent, fulfilment });
  });
  const mine = async (subscriptionId: string, token: string = people.publisher) => {
    const { body } = await call(token, 'GET /tasks?state=open');
    return body.items.find((task: { subscriptionId: string }) => task.subscriptionId === subscriptionId)?.id;
  };

  it('waits in an inbox, is claimed by one, and ends with what was promised', async () => {
    const { id, subscriptionId } = await order(offer, { site: 'Brest' });
    await waiting(id, 'person');
    const taskId = await mine(subscriptionId);
    const task = (verb: string, body: object = {}, token: string = people.publisher) =>
      call(token, `POST /tasks/${taskId}/${verb}`, body);
    expect((await task('claim', {}, people.stranger)).status).toBe(404);
    expect((await task('complete', { outputs: { report: 'x' } })).status).toBe(409);
    expect((await task('claim')).body).toMatchObject({ state: 'claimed', parameters: { site: 'Brest' } });
    expect(waitsFor(await call(people.customer, `GET /orders/${id}`))).toMatchObject({ note: 'paul' });
    expect((await task('claim', {}, people.operator)).status).toBe(409);
    expect((await task('complete', { outputs: {} })).body.detail).toBe('Outputs: report is missing (string).');
    expect((await task('complete', { outputs: { report: 'All is well.' } })).body.state).toBe('done');
    await until(`GET /orders/${id}`, ['completed']);
    expect((await call(people.customer, `GET /subscriptions/${subscriptionId}`)).body.outputs).toEqual({
      report: 'All is well.',
    });
    // Its end is work too, here.
    await call(people.customer, `POST /subscriptions/${subscriptionId}/terminate`);
    let removal: string | undefined;
    while (removal === undefined) {
      removal = await mine(subscriptionId);
      await systemClock.sleep(25);
    }
    await call(people.publisher, `POST /tasks/${removal}/claim`);
    await call(people.publisher, `POST /tasks/${removal}/complete`, {});
    await until(`GET /subscriptions/${subscriptionId}`, ['terminated']);
  });

  it('that is refused fails the order with its reason', async () => {
    const { id, subscriptionId } = await order(offer);
    await waiting(id, 'person');
    const taskId = await mine(subscriptionId);
    await call(people.publisher, `POST /tasks/${taskId}/claim`);
    await call(people.publisher, `POST /tasks/${taskId}/refuse`, { reason: 'No road leads there.' });
    const failed = await until(`GET /orders/${id}`, ['failed']);
    expect(failed.body.fault).toBe('No road leads there.');
  });
});

describe('a Heat template', { timeout: 30_000 }, () => {
  it('is suspended by stopping its servers, and changes with its plan’s own parameters', async () => {
    const template = 'heat_template_version: 2021-04-16';
    const planParameters = { small: { size: 'm1.tiny' }, large: { size: 'm1.small' } };
    const parameters = { type: 'object', properties: { size: { type: 'string', default: 'm1.tiny' } } };
    const content = { fulfilment: { kind: 'heat', template, planParameters }, parameters };
    const offer = await sellContent(call, scene, content, ['small', 'large']);
    const id = await subscribe(offer);
    await act(id, 'suspend', 'suspended');
    expect(await power(id)).toBe('off');
    await act(id, 'resume', 'active');
    expect(await power(id)).toBe('on');
    expect((await changePlan(offer, id, offer.planIds[1])).body.state).toBe('completed');
    await act(id, 'suspend', 'suspended');
    await act(id, 'terminate', 'terminated');
    expect(await market.cloud.stacks()).not.toContain(`sub-${id}`);
  });
});

describe('an endpoint', () => {
  it.each(['http://127.0.0.2/', 'http://[::1]/', 'http://169.254.169.254/latest/', 'http://localhost:1/'])(
    'of the operator’s inner network is not called: %s',
    async (url) => {
      const credentials = { username: 'u', password: 'password' };
      const body = { publisherId: scene.publisherId, kind: 'broker', url, ...credentials };
      const { body: endpoint } = await call(people.publisher, 'POST /endpoints', body);
      const publishing = sellContent(call, scene, databaseContent(endpoint.id));
      await expect(publishing).rejects.toThrow(/not on the public internet|could not be reached/);
    },
  );

  it('of another publisher cannot be used', async () => {
    const other = { name: 'Other', roles: ['publisher'], country: 'FR', owners: ['mallory'] };
    const { body: organisation } = await call(people.operator, 'POST /organisations', other);
    const mallory = { ...spaceContent(publishers.webhookEndpointId), publisherId: organisation.id };
    const texts = { title: { fr: 'x', en: 'x' }, description: { fr: 'x', en: 'x' } };
    const offering = await call(people.stranger, 'POST /offerings', { ...mallory, ...texts });
    const rules = [{ kind: 'percentOfRemainder', percent: '70' }];
    const agreement = await call(people.operator, 'POST /agreements', { publisherId: organisation.id, rules });
    for (const token of [people.operator, people.stranger]) {
      const side = token === people.operator ? 'operator' : 'publisher';
      await call(token, `POST /agreements/${agreement.body.id}/sign`, { side });
    }
    const { webPlan } = await import('../testing/scene.ts');
    await call(people.stranger, `POST /offerings/${offering.body.id}/plans`, webPlan);
    const published = await call(people.stranger, `POST /offerings/${offering.body.id}/versions/1/publish`);
    expect(published).toMatchObject({ status: 400, body: { detail: expect.stringContaining('could not be found') } });
  });
});

async function power(subscriptionId: string): Promise<string | undefined> {
  const { rows } = await sql<{ power: string }>`
    select power from simulated_cloud.stack where name = ${`sub-${subscriptionId}`}`.execute(store.db);
  return rows[0]?.power;
}

async function reportTo(operationId: string, body: object, key: string): Promise<number> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  const url = `${market.url}/callbacks/${operationId}`;
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  await answer.arrayBuffer();
  return answer.status;
}

/** The tables in which that text stands in clear. */
async function inClear(text: string): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`select format('%I.%I', schemaname, tablename) as name
    from pg_tables where schemaname like 'market_%' or schemaname in ('kernel', 'idempotency')`.execute(store.db);
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql`select 1 from ${sql.raw(name)} t where t::text like ${`%${text}%`} limit 1`.execute(
      store.db,
    );
    if (rows.length > 0) found.push(name);
  }
  return found;
}
