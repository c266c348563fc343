import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../kernel/store/index.ts';
import { type Company, company, levels, openCompany } from '../testing/company.ts';
import type { Call } from '../testing/market.ts';
import { people, quoteIn, type Scene, sell } from '../testing/scene.ts';

const { emma, max } = company;
let acme: Company;
let call: Call;
let scene: Scene;

beforeAll(async () => {
  acme = await openCompany();
  ({ call, scene } = acme);
});
afterAll(() => acme.close());

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
});
