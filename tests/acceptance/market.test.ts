import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, signIn, until } from '../harness/client.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';
import { nothing, thingsOf, webPage } from '../harness/stacks.ts';

/** The story on a whole cloud (simulated engines): the market reaches Keystone and Heat over HTTP, telemetry the market. */
let cloud: TestCloud;
let admin: Session;
let demo: Session;

beforeAll(async () => {
  cloud = await startCloud();
  admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
  demo = await signIn(cloud.url, 'demo', demoPassword, 'demo');
});
afterAll(() => cloud?.close());

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever the API answered.
async function market(session: Session, method: string, path: string, body?: object): Promise<any> {
  const answer = await session.call(method, `/market/v1${path}`, method === 'GET' ? undefined : (body ?? {}));
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const both = (text: string) => ({ fr: text, en: text });

async function uploadTinyImage(): Promise<void> {
  const image = { name: 'andromede-tiny', disk_format: 'raw', container_format: 'bare', visibility: 'public' };
  const { body } = await admin.call<{ id: string }>('POST', '/image/v2/images', image);
  await admin.call('PUT', `/image/v2/images/${body.id}/file`, new Uint8Array(1000));
}

/** Everything that is there before the customer comes. */
async function openStore(): Promise<{ customerId: string; storeId: string; offeringId: string; planId: string }> {
  const organisation = (name: string, role: string) =>
    market(admin, 'POST', '/organisations', { name, roles: [role], country: 'FR', owners: [demo.userId] });
  await market(admin, 'POST', '/organisations', { name: 'Andromède', roles: ['operator'], country: 'FR' });
  const { id: publisherId } = await organisation('Éditions', 'publisher');
  const { id: resellerId } = await organisation('Revendeur', 'reseller');
  const { id: customerId } = await organisation('Acme', 'customer');
  const rules = [{ kind: 'percentOfRemainder', percent: '70' }];
  await market(admin, 'POST', '/agreements', { publisherId, rules });
  const offering = await market(demo, 'POST', '/offerings', {
    ...{ publisherId, title: both('Web'), description: both('Web') },
    fulfilment: { kind: 'heat', template: webPage },
    parameters: { type: 'object', properties: { title: { type: 'string', default: 'Bonjour' } } },
  });
  const component = { kind: 'usage', id: 'server', name: both('Server'), unit: 'second', rate: '0.01' };
  const meter = 'andromede.compute.server.usage.v1';
  const price = { currency: 'EUR', components: [{ ...component, meter }] };
  const plan = await market(demo, 'POST', `/offerings/${offering.id}/plans`, { name: both('By the second'), price });
  await market(demo, 'POST', `/offerings/${offering.id}/versions/1/publish`);
  const store = await market(demo, 'POST', '/stores', {
    ...{ resellerId, slug: 'shop', brand: { name: 'Shop', logoText: 'S', colours: {} } },
    ...{ languages: ['fr'], marginPercent: '15', offeringIds: [offering.id] },
  });
  return { customerId, storeId: store.id, offeringId: offering.id, planId: plan.id };
}

describe('a sale on a whole cloud', () => {
  it('becomes a metered server; ended, it leaves an invoice draft that adds up and nothing else', {
    timeout: 90_000,
  }, async () => {
    await uploadTinyImage();
    const { customerId: organisationId, ...choice } = await openStore();
    const quote = await market(demo, 'POST', '/quotes', { organisationId, ...choice });
    const order = await market(demo, 'POST', '/orders', { quoteId: quote.id });
    const settled = await until(
      () => market(demo, 'GET', `/orders/${order.id}`),
      ({ state }) => state === 'completed' || state === 'failed',
      30,
    );
    expect(settled).toMatchObject({ state: 'completed', fault: null });
    const { subscriptionId } = order;
    const subscription = await market(demo, 'GET', `/subscriptions/${subscriptionId}`);
    expect(subscription.outputs.url).toMatch(/^http:\/\/172\.24\.4\./);
    expect((await thingsOf(demo)).servers).toBe(1);

    await market(demo, 'POST', `/subscriptions/${subscriptionId}/terminate`);
    await until(
      () => market(demo, 'GET', `/subscriptions/${subscriptionId}`),
      ({ state }) => state === 'terminated',
      30,
    );
    expect(await thingsOf(demo)).toEqual(nothing);

    const cost = await until(
      () => market(demo, 'GET', `/subscriptions/${subscriptionId}/cost`),
      ({ totalWithoutVat }) => totalWithoutVat.amount !== '0.00',
      30,
    );
    const draft = await market(admin, 'POST', '/invoice-drafts', { subscriptionId });
    expect(draft.total).toEqual(cost.total);
    await market(admin, 'POST', `/invoice-drafts/${draft.id}/finalise`);
    const split = await market(admin, 'GET', `/invoice-drafts/${draft.id}/split`);
    const cents = ({ amount }: { amount: string }) => Number(amount.replace('.', ''));
    const shares = split.shares.reduce(
      (sum: number, share: { amount: { amount: string } }) => sum + cents(share.amount),
      0,
    );
    expect(split.shares).toHaveLength(3);
    expect(shares + cents(split.totalVat)).toBe(cents(draft.total));
  });

  it('is refused at publication when Heat does not take the template', async () => {
    const { items } = await market(demo, 'GET', '/offerings');
    const [{ id, versions }] = items;
    const { number } = await market(demo, 'POST', `/offerings/${id}/versions`, {
      ...{ title: versions[0].title, description: versions[0].description },
      fulfilment: { kind: 'heat', template: 'heat_template_version: 2021-04-16\nresources:\n  s:\n    typo: x\n' },
    });
    const refused = await demo.call('POST', `/market/v1/offerings/${id}/versions/${number}/publish`, {});
    expect(refused).toMatchObject({ status: 400, body: { detail: expect.stringContaining('typo') } });
  });
});
