import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Company, company, euros, levels, most, openCompany } from '../testing/company.ts';
import type { Call } from '../testing/market.ts';
import { people, type Scene, usageEvent } from '../testing/scene.ts';
import { simulatedServerId } from '../testing/simulated-cloud.ts';

const { emma, max, mia, odile, owner } = company;
let acme: Company;
let call: Call;
let scene: Scene;

beforeAll(async () => {
  acme = await openCompany();
  ({ call, scene } = acme);
});
afterAll(() => acme.close());

describe('an employee’s order (B2B2E)', { timeout: 60_000 }, () => {
  it('waits for its manager, then becomes a service whose invoice draft says the cost centre', async () => {
    await acme.agree({ levels }, { monthlyBudget: euros('40.00') });
    const order = await acme.place();
    expect(order.status).toBe(202);
    const { id, subscriptionId } = order.body;
    expect(order.body).toMatchObject({
      ...{ state: 'awaiting-approval', costCentre: { code: 'R-42', name: 'Recherche' } },
      approval: {
        ...{ state: 'waiting', amount: euros(most), requesterId: 'emma', title: { en: 'Web site' } },
        waitsFor: [{ by: 'manager', reason: 'amount', above: euros('10.00'), managerIds: ['max', 'mia'] }],
      },
    });
    expect(await acme.market.cloud.stacks()).toEqual([]);
    expect(await acme.reserved()).toBe(most);
    const waiting = await call(max, 'GET /approvals?waitingFor=me');
    expect(waiting.body.items).toMatchObject([{ id, text: [expect.stringContaining('€17.25')] }]);
    expect((await call(emma, 'GET /approvals?waitingFor=me')).body.items).toEqual([]);

    const approved = await call(max, `POST /approvals/${id}/approve`, { note: 'Bon projet.' });
    expect(approved.body).toMatchObject({ state: 'granted', waitsFor: [], decisions: [{ userId: 'max', level: 0 }] });
    await acme.until(`GET /orders/${id}`, ['completed']);
    expect(await acme.factsOf(id)).toEqual([
      ...['market.approval.asked', 'market.approval.approved', 'market.order.accepted'],
      ...['market.order.provisioning', 'market.order.completed'],
    ]);

    const server = simulatedServerId(`sub-${subscriptionId}`);
    await call(people.operator, 'POST /usage-events', [usageEvent('b2b2e', server, '2026-06-15T10:00:00Z', 3600)]);
    const draft = await call(people.operator, 'POST /invoice-drafts', { subscriptionId });
    expect(draft.body).toMatchObject({
      ...{ costCentre: { code: 'R-42', name: 'Recherche' }, totalWithoutVat: euros('1.38') },
    });

    await call(emma, `POST /subscriptions/${subscriptionId}/terminate`);
    await acme.until(`GET /subscriptions/${subscriptionId}`, ['terminated']);
    expect(await acme.reserved()).toBe('0.00');
  });

  it('goes through at once up to the first level', async () => {
    await acme.agree({ levels });
    const order = await acme.place({ spendingCeiling: euros('10.00') });
    expect(order.body).toMatchObject({ state: 'accepted', approval: null, costCentre: { code: 'R-42' } });
    await acme.until(`GET /orders/${order.body.id}`, ['completed']);
    expect(await acme.reserved()).toBe('10.00');
  });

  it('takes two people where it passes two levels', async () => {
    await acme.agree({ levels: [...levels, { above: euros('15.00'), by: 'owner' }] });
    const { id } = (await acme.place()).body;
    const first = await call(max, `POST /approvals/${id}/approve`);
    expect(first.body).toMatchObject({ state: 'waiting', waitsFor: [{ by: 'owner', above: euros('15.00') }] });
    const again = await call(max, `POST /approvals/${id}/approve`);
    expect(again).toMatchObject({ status: 409, body: { detail: expect.stringContaining('somebody else') } });
    expect((await call(mia, `POST /approvals/${id}/approve`)).status).toBe(403);
    expect((await call(mia, 'GET /approvals?waitingFor=me')).body.items).toEqual([]);
    expect((await call(odile, `POST /approvals/${id}/approve`)).body.state).toBe('granted');
  });

  it('is approved once when two managers do it at the same time: the other is told who was first', async () => {
    await acme.agree({ levels });
    const { id } = (await acme.place()).body;
    const both = await Promise.all([max, mia].map((who) => call(who, `POST /approvals/${id}/approve`)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const late = both.find(({ status }) => status === 409);
    expect(late?.body.detail).toMatch(/^The order was approved already by (max|mia) on 15 June 2026/);
    await acme.until(`GET /orders/${id}`, ['completed']);
    const facts = await acme.factsOf(id);
    expect(facts.filter((kind) => kind === 'market.approval.approved')).toHaveLength(1);
    expect(facts.filter((kind) => kind === 'market.order.accepted')).toHaveLength(1);
    const refused = await call(mia, `POST /approvals/${id}/refuse`, { reason: 'too late' }, { language: 'fr' });
    expect(refused.body.detail).toMatch(/^La commande a déjà été acceptée par (max|mia) le 15 juin 2026/);
  });

  it('is not for whoever ordered to approve, unless the policy says so', async () => {
    await acme.agree({ levels });
    const own = (await acme.place({}, {}, max)).body;
    const refused = await call(max, `POST /approvals/${own.id}/approve`);
    expect(refused).toMatchObject({ status: 403, body: { detail: 'You cannot approve your own order.' } });
    expect((await call(max, 'GET /approvals?waitingFor=me')).body.items).toEqual([]);
    await acme.agree({ levels, ownApproval: true });
    // What waits already keeps the rules under which it was placed.
    expect((await call(max, `POST /approvals/${own.id}/approve`)).status).toBe(403);
    const later = (await acme.place({}, {}, max)).body;
    expect((await call(max, `POST /approvals/${later.id}/approve`)).body.state).toBe('granted');
  });

  it('is not for colleagues, the operator or a former manager to approve', async () => {
    await acme.agree({ levels });
    const { id } = (await acme.place()).body;
    expect((await call(emma, `POST /approvals/${id}/approve`)).status).toBe(403);
    expect((await call(people.operator, `POST /approvals/${id}/approve`)).status).toBe(403);
    await call(people.operator, `DELETE /organisations/${scene.customerId}/members/mia`);
    expect((await call(mia, `POST /approvals/${id}/approve`)).status).toBe(404);
    await call(people.operator, `POST /organisations/${scene.customerId}/members`, { userId: 'mia', role: 'member' });
    expect((await call(owner, `POST /approvals/${id}/approve`)).body.state).toBe('granted');
  });

  it('is refused with a reason, costs nothing and frees what it reserved', async () => {
    await acme.agree({ levels });
    const { id, subscriptionId } = (await acme.place()).body;
    expect(await acme.reserved()).toBe(most);
    const reason = 'Trop cher.';
    expect((await call(max, `POST /approvals/${id}/refuse`, {})).status).toBe(400);
    expect((await call(max, `POST /approvals/${id}/refuse`, { reason })).body).toMatchObject({
      state: 'refused',
      reason,
    });
    expect((await call(emma, `GET /orders/${id}`)).body).toMatchObject({ state: 'rejected', fault: reason });
    expect((await call(emma, `GET /subscriptions/${subscriptionId}`)).body.state).toBe('failed');
    expect(await acme.reserved()).toBe('0.00');
    expect(await acme.factsOf(id)).toEqual([
      'market.approval.asked',
      'market.approval.refused',
      'market.order.rejected',
    ]);
    expect((await call(mia, `POST /approvals/${id}/approve`)).status).toBe(409);
  });

  it('is withdrawn by whoever ordered, and by nobody else', async () => {
    await acme.agree({ levels });
    const { id } = (await acme.place()).body;
    expect((await call(max, `POST /approvals/${id}/withdraw`)).status).toBe(403);
    expect((await call(emma, `POST /approvals/${id}/withdraw`)).body.state).toBe('withdrawn');
    expect((await call(emma, `GET /orders/${id}`)).body.state).toBe('rejected');
    expect(await acme.reserved()).toBe('0.00');
  });

  it('expires when nobody decides in time', async () => {
    await acme.agree({ levels, expiresAfterDays: 3 });
    const { id } = (await acme.place()).body;
    acme.goOn(3 * 86_400_000);
    const late = await call(max, `POST /approvals/${id}/approve`);
    expect(late).toMatchObject({ status: 409, body: { detail: expect.stringContaining('has expired') } });
    await acme.market.work.wakeNow('market.approvals.expiry', id);
    const rejected = await acme.until(`GET /orders/${id}`, ['rejected']);
    acme.goOn(0);
    expect(rejected.body).toMatchObject({
      fault: 'Nobody approved the order in time.',
      approval: { state: 'expired' },
    });
    expect(await acme.reserved()).toBe('0.00');
  });
});
