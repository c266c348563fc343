import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Company, company, euros, levels, openCompany, research } from '../testing/company.ts';
import type { Call } from '../testing/market.ts';
import { people, publish, type Scene, sell, webPlan } from '../testing/scene.ts';

const { emma, max, odile, owner } = company;
let acme: Company;
let call: Call;
let scene: Scene;

beforeAll(async () => {
  acme = await openCompany();
  ({ call, scene } = acme);
});
afterAll(() => acme.close());

describe('a budget', { timeout: 60_000 }, () => {
  it('is never exceeded, however many order at once', async () => {
    await acme.agree({}, { monthlyBudget: euros('40.00') });
    const orders = await Promise.all([1, 2, 3, 4].map(() => acme.place()));
    expect(orders.map(({ status }) => status).sort()).toEqual([202, 202, 409, 409]);
    const refused = orders.find(({ status }) => status === 409);
    expect(refused?.body.detail).toBe(
      'This order may cost up to €17.25 a month without VAT; €5.50 of the €40.00 of cost centre R-42 (Recherche) are left.',
    );
    expect(await acme.reserved()).toBe('34.50');
  });

  it('of the whole organisation counts for orders without a cost centre, too', async () => {
    await acme.agree({ monthlyBudget: euros('20.00') });
    expect((await acme.place({ costCentre: undefined })).status).toBe(202);
    const { status, body } = await acme.place({}, {}, max);
    expect([status, body.detail]).toEqual([409, expect.stringContaining('€2.75 of the €20.00 of the organisation')]);
  });

  it('may be exceeded where an owner agrees to that', async () => {
    await acme.agree({ overBudget: 'approve' }, { monthlyBudget: euros('5.00') });
    const { id, approval } = (await acme.place()).body;
    expect(approval.waitsFor).toMatchObject([{ by: 'owner', reason: 'over-budget', above: null }]);
    expect((await call(max, `POST /approvals/${id}/approve`)).status).toBe(403);
    expect((await call(odile, `POST /approvals/${id}/approve`)).body.state).toBe('granted');
  });

  it('takes a ceiling for what may cost any amount', async () => {
    await acme.agree({}, { monthlyBudget: euros('40.00') });
    const [component] = webPlan.price.components;
    const { monthlyCap: _, ...endless } = component ?? { monthlyCap: null };
    const price = { currency: 'EUR', components: [endless] };
    const plan = await call(people.publisher, `POST /offerings/${scene.offeringId}/plans`, { ...webPlan, price });
    const wanted = { planId: plan.body.id };
    const refused = await acme.place({}, wanted);
    expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining('spendingCeiling') } });
    expect((await acme.place({ spendingCeiling: euros('12.00') }, wanted)).status).toBe(202);
    expect(await acme.reserved()).toBe('12.00');
  });

  it('is given back when provisioning fails', async () => {
    await acme.agree({ levels });
    const failing = await sell(call, scene, 'fail');
    const { id } = (await acme.place({}, failing)).body;
    expect((await call(max, `POST /approvals/${id}/approve`)).status).toBe(200);
    await acme.until(`GET /orders/${id}`, ['failed']);
    expect(await acme.reserved()).toBe('0.00');
  });
});

describe('a purchasing policy', () => {
  const write = (rules: object, token: string = owner, costCentres: object[] = [research]) =>
    call(owner, `GET ${acme.policyPath}`).then(({ body }) =>
      call(token, `PUT ${acme.policyPath}`, { version: body.version, costCentres, ...rules }),
    );

  it('is written by owners, read by members, and unknown to strangers', async () => {
    expect((await write({}, emma)).status).toBe(403);
    expect((await write({}, people.operator)).status).toBe(403);
    expect((await call(emma, `GET ${acme.policyPath}`)).body.costCentres[0]).toMatchObject(research);
    expect((await call(people.stranger, `GET ${acme.policyPath}`)).status).toBe(404);
    expect((await call(people.reseller, `GET ${acme.policyPath}`)).status).toBe(404);
  });

  it('is not overwritten by somebody who has not seen the last one', async () => {
    const { version } = (await call(owner, `GET ${acme.policyPath}`)).body;
    const both = await Promise.all(
      [owner, odile].map((who) => call(who, `PUT ${acme.policyPath}`, { version, costCentres: [research] })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('refuses what makes no sense', async () => {
    const twice = await write({}, owner, [research, research]);
    expect(twice).toMatchObject({ status: 400, body: { detail: 'Two cost centres have the code R-42.' } });
    expect((await write({ monthlyBudget: euros('-1') })).status).toBe(400);
    expect((await write({}, owner, [{ ...research, managerIds: ['mallory'] }])).status).toBe(400);
    expect((await write({ levels: [{ above: euros('-1'), by: 'owner' }] })).status).toBe(400);
  });

  it('names the cost centres that there are when none, or another one, is given', async () => {
    await acme.agree({ costCentreRequired: true });
    const none = await acme.place({ costCentre: undefined });
    expect(none.body.detail).toBe('Say on which cost centre (costCentre): R-42, ALONE.');
    expect((await acme.place({ costCentre: 'X' })).body.detail).toBe('Your organisation has no cost centre X.');
  });

  it('that nobody could satisfy refuses the order rather than have it wait for ever', async () => {
    const owners = Array.from({ length: 3 }, () => ({ above: euros('1.00'), by: 'owner' }));
    await acme.agree({ levels: owners });
    const { status, body } = await acme.place({ costCentre: 'ALONE' });
    expect([status, body.detail]).toEqual([409, expect.stringMatching(/^Nobody could give the approvals/)]);
    await acme.agree({});
  });

  it('leaves a publisher’s trial of its own offering alone', async () => {
    const { offeringId, planId } = await publish(call, scene.publisherId);
    const wanted = { organisationId: scene.publisherId, offeringId, planId, trialVersion: 1 };
    const quote = await call(people.publisher, 'POST /quotes', wanted);
    expect((await call(people.publisher, 'POST /orders', { quoteId: quote.body.id })).status).toBe(202);
  });
});
