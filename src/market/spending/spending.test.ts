import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Company, company, euros, levels, openCompany } from '../testing/company.ts';
import type { Answer, Call } from '../testing/market.ts';
import { people, type Scene, usageEvent, webPlan } from '../testing/scene.ts';
import { simulatedServerId } from '../testing/simulated-cloud.ts';

const { emma, max, owner } = company;
let acme: Company;
let call: Call;
let scene: Scene;

beforeAll(async () => {
  acme = await openCompany();
  ({ call, scene } = acme);
  await acme.agree({});
});
afterAll(() => acme.close());

/** Orders with a ceiling and waits until it runs; a minute costs 0.023 €. */
async function subscribe(ceiling: string, wanted: object = {}): Promise<string> {
  const order = await acme.place({ spendingCeiling: euros(ceiling) }, wanted);
  expect(order.status).toBe(202);
  await acme.until(`GET /orders/${order.body.id}`, ['completed']);
  return order.body.subscriptionId;
}

let sent = 0;
/** So many minutes of its server, as telemetry would tell of them. */
function use(subscriptionId: string, minutes: number, start = '2026-06-15T10:00:00Z'): Promise<Answer> {
  sent += 1;
  const server = simulatedServerId(`sub-${subscriptionId}`);
  return call(people.operator, 'POST /usage-events', [usageEvent(`use-${sent}`, server, start, minutes * 60)]);
}

const alertsOf = async (subscriptionId: string): Promise<number[]> =>
  (await call(emma, `GET /subscriptions/${subscriptionId}/spending-alerts`)).body.items.map(
    ({ percent }: { percent: number }) => percent,
  );

/** Waits until so much was told of the ceiling. */
async function told(subscriptionId: string, percents: readonly number[]): Promise<void> {
  await expect.poll(() => alertsOf(subscriptionId), { timeout: 30_000 }).toEqual(percents);
}

const setCeiling = (subscriptionId: string, amount: string | null, token: string = emma) =>
  call(token, `PUT /subscriptions/${subscriptionId}/spending-ceiling`, {
    spendingCeiling: amount === null ? null : euros(amount),
  });

const state = async (id: string): Promise<string> => (await call(emma, `GET /subscriptions/${id}`)).body.state;

describe('a spending ceiling', { timeout: 60_000 }, () => {
  it('is told of at four fifths and at the whole, once each, and then the service is suspended', async () => {
    const id = await subscribe('1.00');
    await use(id, 30);
    await use(id, 5);
    await told(id, [80]);
    expect(await state(id)).toBe('active');
    await Promise.all([use(id, 10), use(id, 1), use(id, 1)]);
    await acme.until(`GET /subscriptions/${id}`, ['suspended']);
    for (let again = 0; again < 3; again += 1) await acme.market.work.wakeNow('market.spending.watch', id);
    await use(id, 1);
    await told(id, [100, 80]);
    const facts = (await acme.factsOf(id)).filter((kind) => /alert|suspen/.test(kind));
    expect(facts).toEqual([
      ...['market.spending.alert', 'market.spending.alert'],
      ...['market.subscription.suspension-asked', 'market.subscription.suspended'],
    ]);
    // What ran before it was suspended is charged, and nothing else: 48 minutes.
    const { body } = await call(emma, `GET /subscriptions/${id}/cost`);
    expect(body).toMatchObject({ totalWithoutVat: euros('1.10'), spendingCeiling: euros('1.00'), overCeiling: true });

    const resumed = await call(emma, `POST /subscriptions/${id}/resume`);
    const detail =
      'This month has cost €1.10 without VAT and the ceiling is €1.00: raise it, or wait for the next month.';
    expect(resumed).toMatchObject({ status: 409, body: { detail } });
    expect((await setCeiling(id, '2.00')).body.spendingCeiling).toEqual(euros('2.00'));
    expect((await call(emma, `POST /subscriptions/${id}/resume`)).status).toBe(202);
    await acme.until(`GET /subscriptions/${id}`, ['active']);
    await use(id, 30);
    await told(id, [80, 100, 80]);
  });

  it('lets it run again in the next month', async () => {
    const id = await subscribe('1.00');
    await use(id, 60);
    await acme.until(`GET /subscriptions/${id}`, ['suspended']);
    expect((await call(emma, `POST /subscriptions/${id}/resume`)).status).toBe(409);
    acme.goOn(20 * 86_400_000);
    expect((await call(emma, `POST /subscriptions/${id}/resume`)).status).toBe(202);
    await acme.until(`GET /subscriptions/${id}`, ['active']);
    acme.goOn(0);
  });

  it('stops nothing that its price already limits to it, nor for what a past month cost', async () => {
    const capped = await subscribe('17.25');
    await use(capped, 20 * 1440, '2026-06-01T00:00:00Z');
    await told(capped, [100, 80]);
    const past = await subscribe('1.00');
    await use(past, 600, '2026-05-10T00:00:00Z');
    await use(past, 36);
    await told(past, [80]);
    expect([await state(capped), await state(past)]).toEqual(['active', 'active']);
  });

  it('holds for fees, which fall due without any usage', async () => {
    const fee = { kind: 'recurring', id: 'fee', name: webPlan.name, amount: euros('5.00'), anchor: 'calendar' };
    const price = { currency: 'EUR', components: [{ ...fee, everyMonths: 1, proRata: false }] };
    const plan = await call(people.publisher, `POST /offerings/${scene.offeringId}/plans`, { ...webPlan, price });
    expect(plan.status).toBe(201);
    const id = await subscribe('4.00', { planId: plan.body.id });
    await acme.until(`GET /subscriptions/${id}`, ['suspended']);
    await told(id, [100, 80]);
  });

  it('that is lowered below what was spent stops it at once; that is taken away never does', async () => {
    const id = await subscribe('5.00');
    await use(id, 100);
    await setCeiling(id, '2.00');
    await acme.until(`GET /subscriptions/${id}`, ['suspended']);
    await setCeiling(id, null);
    expect((await call(emma, `POST /subscriptions/${id}/resume`)).status).toBe(202);
    await acme.until(`GET /subscriptions/${id}`, ['active']);
    await use(id, 10_000);
    expect((await setCeiling(id, '-1.00')).status).toBe(400);
    expect(
      (await call(people.stranger, `PUT /subscriptions/${id}/spending-ceiling`, { spendingCeiling: null })).status,
    ).toBe(404);
  });
});

describe('a ceiling under a purchasing policy', { timeout: 60_000 }, () => {
  it('is raised by those who could have approved the order, within the budget, and counts against it', async () => {
    await acme.agree({ levels }, { monthlyBudget: euros('15.00') });
    const id = await subscribe('5.00');
    expect(await acme.reserved()).toBe('5.00');
    expect((await setCeiling(id, '9.00')).status).toBe(200);
    expect(await acme.reserved()).toBe('9.00');
    const beyond = await setCeiling(id, '12.00');
    expect(beyond).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('a manager of the cost centre') },
    });
    expect((await setCeiling(id, '12.00', max)).status).toBe(200);
    expect(await acme.reserved()).toBe('12.00');
    const overBudget = await setCeiling(id, '16.00', owner);
    expect(overBudget.body.detail).toContain('€3.00 of the €15.00 of cost centre R-42');
    expect((await setCeiling(id, null, owner)).status).toBe(409);
    expect((await setCeiling(id, '3.00')).status).toBe(200);
    expect(await acme.reserved()).toBe('3.00');
  });
});
