import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sql } from '../../kernel/store/index.ts';
import { type Company, company, levels, openCompany } from '../testing/company.ts';
import { spaceContent } from '../testing/contents.ts';
import type { Call } from '../testing/market.ts';
import { startPublishers } from '../testing/publishers.ts';
import { people, quoteIn, type Scene, sell, sellContent } from '../testing/scene.ts';

const { emma, max } = company;
let acme: Company;
let call: Call;
let scene: Scene;

beforeAll(async () => {
  acme = await openCompany(Date.now());
  ({ call, scene } = acme);
});
afterAll(() => acme.close());

/** How far what carries the order out is. */
async function workflowState(orderId: string): Promise<string | undefined> {
  const { rows } = await sql<{ state: string }>`select w.state from kernel.workflow w
    join market_orders.order o on o.workflow_id = w.id where o.id = ${orderId}`.execute(acme.store.db);
  return rows[0]?.state;
}

describe('a bad day', { timeout: 60_000 }, () => {
  const shelf = (offeringIds: readonly string[]) =>
    call(people.reseller, `GET /stores/${scene.storeId}`).then(({ body: { brand, languages, marginPercent } }) =>
      call(people.reseller, `PUT /stores/${scene.storeId}`, { brand, languages, marginPercent, offeringIds }),
    );

  it('withdraws a plan that is in a cart: the order is refused, and says so', async () => {
    await acme.agree({});
    const sold = await sell(call, scene, 'heat_template_version: 2021-04-16');
    const quote = await call(emma, 'POST /quotes', { ...quoteIn(scene), ...sold });
    await call(people.publisher, `POST /offerings/${sold.offeringId}/versions/1/retire`);
    const order = await call(emma, 'POST /orders', { quoteId: quote.body.id });
    const detail = '“Web site” is no longer on sale as the quote describes it: ask for another quote.';
    expect(order).toMatchObject({ status: 409, body: { detail } });
    expect(await acme.reserved()).toBe('0.00');
  });

  it('takes an offering out of the store while it is in a cart', async () => {
    const quote = await call(emma, 'POST /quotes', quoteIn(scene));
    await shelf([]);
    expect((await call(emma, 'POST /orders', { quoteId: quote.body.id })).status).toBe(409);
    await shelf([scene.offeringId]);
    expect((await call(emma, 'POST /orders', { quoteId: quote.body.id })).status).toBe(202);
  });

  it('withdraws it while the order waits: it fails when it is approved, and nobody is charged', async () => {
    await acme.agree({ levels });
    const sold = await sell(call, scene, 'heat_template_version: 2021-04-16');
    const { id, subscriptionId } = (await acme.place({}, sold)).body;
    await call(people.publisher, `POST /offerings/${sold.offeringId}/versions/1/retire`);
    expect((await call(max, `POST /approvals/${id}/approve`)).body.state).toBe('granted');
    const { body } = await call(emma, `GET /orders/${id}`);
    expect(body).toMatchObject({ state: 'failed', fault: expect.stringContaining('no longer on sale') });
    expect((await call(emma, `GET /subscriptions/${subscriptionId}`)).body.state).toBe('failed');
    expect((await call(people.operator, 'POST /invoice-drafts', { subscriptionId })).status).toBe(409);
    expect(await acme.reserved()).toBe('0.00');
  });

  it('takes the market’s access away between approval and provisioning: the order fails, and nobody is charged', async () => {
    await acme.agree({ levels });
    const { id, subscriptionId } = (await acme.place()).body;
    await sql`delete from simulated_cloud.credential`.execute(acme.store.db);
    await call(max, `POST /approvals/${id}/approve`);
    const failed = await acme.until(`GET /orders/${id}`, ['failed']);
    expect(failed.body.fault).toBe('The application credential is not valid.');
    expect((await call(people.operator, 'POST /invoice-drafts', { subscriptionId })).status).toBe(409);
    expect(await acme.reserved()).toBe('0.00');
  });

  it('has the publisher vanish between approval and provisioning: the order fails, nobody waits and nobody is charged', async () => {
    await acme.agree({ levels });
    await shelf([scene.offeringId]);
    const silent = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const publishers = await startPublishers(call, scene.publisherId);
    const content = spaceContent(publishers.webhookEndpointId);
    const { offeringId, planId } = await sellContent(call, scene, content);
    const { id, subscriptionId } = (await acme.place({}, { offeringId, planId })).body;
    // It refuses what is new, and of what may be there it says nothing any more.
    publishers.answer = (type) => {
      if (type === 'subscription.provision') return { refused: 'We have closed.' };
      throw new Error('Nobody is here.');
    };
    await call(max, `POST /approvals/${id}/approve`);
    const failed = await acme.until(`GET /orders/${id}`, ['failed']);
    expect(failed.body.fault).toContain('We have closed.');
    expect((await call(emma, `GET /subscriptions/${subscriptionId}`)).body.state).toBe('failed');
    expect((await call(people.operator, 'POST /invoice-drafts', { subscriptionId })).status).toBe(409);
    expect(await acme.reserved()).toBe('0.00');
    // What may be left there is still asked for, and when that has been answered, nothing more is told.
    const asked = () => publishers.calls.filter(({ type }) => type === 'subscription.terminate').length;
    publishers.answer = undefined;
    const before = asked();
    await expect.poll(asked, { timeout: 30_000 }).toBeGreaterThan(before);
    await expect.poll(() => workflowState(id), { timeout: 30_000 }).toBe('undone');
    const facts = await acme.factsOf(id);
    expect(facts.filter((kind) => kind === 'market.order.failed')).toHaveLength(1);
    silent.mockRestore();
    await publishers.close();
  });
});
