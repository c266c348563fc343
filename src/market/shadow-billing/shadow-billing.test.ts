import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/base/clock.ts';
import { sql } from '../../kernel/store/index.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { marketMigrations } from '../index.ts';
import { type Call, caller, type KnownProject, type RunningMarket, startMarket } from '../testing/market.ts';
import { people, usageEvent, webPlan } from '../testing/scene.ts';

const project = (id: string, domainId: string, servers: KnownProject['servers'] = []): KnownProject => ({
  ...{ id, name: `name of ${id}`, domainId, domainName: `name of ${domainId}`, servers },
  people: [
    { userId: `owner-of-${domainId}`, manages: true },
    { userId: `user-of-${id}`, manages: false },
  ],
});
const projects: KnownProject[] = [
  project('p1', 'd1', [{ serverId: 's1', name: 'web', seconds: 3600 }]),
  project('p2', 'd1'),
  project('p3', 'd2', [{ serverId: 's3', name: 'unheard of', seconds: 600 }]),
  { ...project('service', 'd3'), name: 'service' },
];
const month = '2026-03';
const euros = (amount: string) => ({ amount, currency: 'EUR' });

let store: TestStore;
let market: RunningMarket;
let call: Call;

beforeAll(async () => {
  store = await createTestStore(marketMigrations);
  const { notifications, log } = store;
  market = await startMarket({ store, notifications, log, clock: systemClock, projects });
  call = caller(market.url);
});
afterAll(async () => {
  await market.close();
  await store.close();
});

const asked = { by: 'domain', country: 'FR', except: ['service'] };

describe('an import of a cloud’s projects', () => {
  it('admits an organisation a domain, with its people', async () => {
    const { status, body } = await call(people.operator, 'POST /project-imports', asked);
    expect([status, body]).toEqual([201, { projects: 3, imported: 3, organisations: 2, members: 5 }]);
    const { body: organisations } = await call('owner-of-d1@p1', 'GET /organisations');
    expect(organisations.items).toMatchObject([{ name: 'name of d1', roles: ['customer'], domainId: 'd1' }]);
    const { body: members } = await call('owner-of-d1@p1', `GET /organisations/${organisations.items[0].id}/members`);
    expect(members.items).toHaveLength(3);
  });

  it('changes nothing when it is repeated, and takes in what is new', async () => {
    const again = await call(people.operator, 'POST /project-imports', asked);
    expect(again.body).toEqual({ projects: 3, imported: 0, organisations: 0, members: 0 });
    projects.push(project('p4', 'd2'));
    const later = await call(people.operator, 'POST /project-imports', asked);
    expect(later.body).toEqual({ projects: 4, imported: 1, organisations: 0, members: 1 });
    const { body } = await call(people.operator, 'GET /projects?limit=2&after=p2');
    expect(body.items.map(({ projectId }: { projectId: string }) => projectId)).toEqual(['p3', 'p4']);
  });

  it('is the operator’s', async () => {
    expect((await call(people.stranger, 'POST /project-imports', asked)).status).toBe(403);
    expect((await call('owner-of-d1@p1', 'GET /projects')).status).toBe(403);
  });
});

describe('a shadow bill', () => {
  it('rates everything that a project has used, names what the cloud says otherwise, and charges nobody', async () => {
    await call(people.operator, 'POST /project-imports', asked);
    await call(people.operator, 'POST /usage-events', [
      usageEvent('u1', 's1', '2026-03-10T10:00:00Z', 1800, 'p1'),
      usageEvent('u2', 's1', '2026-03-10T10:30:00Z', 1800, 'p1'),
      // The first hour of it is February's, by the seller's clock.
      usageEvent('u3', 's2', '2026-02-28T22:00:00Z', 7200, 'p2'),
    ]);
    const made = await call(people.operator, 'POST /shadow-bills', { month, price: webPlan.price });
    expect(made.body).toEqual({
      ...{ month, totalWithoutVat: euros('2.40'), differing: 2, charged: false },
      projects: projects.length - 1,
    });
    const { body } = await call(people.operator, `GET /shadow-bills?month=${month}`);
    const bills = new Map(body.items.map((bill: { projectId: string }) => [bill.projectId, bill]));
    expect(bills.get('p1')).toMatchObject({
      ...{
        charged: false,
        totalWithoutVat: euros('1.20'),
        lines: [{ componentId: 'server', usage: 3600, quantity: '60' }],
      },
      reconciliation: { metered: 3600, cloud: 3600, difference: 0, differing: [] },
    });
    expect(bills.get('p2')).toMatchObject({
      totalWithoutVat: euros('1.20'),
      reconciliation: { differing: [{ serverId: 's2', metered: 3600, cloud: 0 }] },
    });
    expect(bills.get('p3')).toMatchObject({
      totalWithoutVat: euros('0.00'),
      reconciliation: { differing: [{ serverId: 's3', metered: 0, cloud: 600, difference: -600 }] },
    });
    const { rows } =
      await sql`select 1 from market_ledger.entry union all select 1 from market_billing.invoice_draft`.execute(
        store.db,
      );
    expect(rows).toEqual([]);
  });

  it('is reckoned again with another tariff, in its own place', async () => {
    const dearer = structuredClone(webPlan.price);
    for (const component of dearer.components) component.rate = '0.2';
    await call(people.operator, 'POST /shadow-bills', { month, price: dearer });
    const { body } = await call(people.operator, `GET /shadow-bills?month=${month}&limit=1`);
    expect([body.items[0].totalWithoutVat.amount, body.next]).toEqual(['12.00', 'p1']);
  });

  it('is the operator’s, and wants a price that makes sense', async () => {
    expect((await call('owner-of-d1@p1', 'POST /shadow-bills', { month, price: webPlan.price })).status).toBe(403);
    expect((await call('owner-of-d1@p1', `GET /shadow-bills?month=${month}`)).status).toBe(403);
    const wrong = { currency: 'EUR', components: [{ kind: 'usage', id: 'x', name: { fr: 'x', en: 'x' } }] };
    expect((await call(people.operator, 'POST /shadow-bills', { month, price: wrong })).status).toBe(400);
    expect((await call(people.operator, 'POST /shadow-bills', { month: '2026-13', price: webPlan.price })).status).toBe(
      400,
    );
  });
});
