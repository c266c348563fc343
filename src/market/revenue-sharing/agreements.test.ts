import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/base/clock.ts';
import { sql } from '../../kernel/store/index.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { marketMigrations } from '../index.ts';
import { type Call, caller, type RunningMarket, startMarket } from '../testing/market.ts';
import { openStore, people, quoteIn, type Scene } from '../testing/scene.ts';

let store: TestStore;
let market: RunningMarket;
let call: Call;
let scene: Scene;

beforeAll(async () => {
  store = await createTestStore(marketMigrations);
  const { notifications, log } = store;
  market = await startMarket({ store, notifications, log, clock: systemClock, instant: true });
  call = caller(market.url);
  scene = await openStore(call);
});
afterAll(async () => {
  await market.close();
  await store.close();
});

const euros = (amount: string) => ({ amount, currency: 'EUR' });
const share = (percent: string) => [{ kind: 'percentOfRemainder', percent }];
const propose = (token: string, rules: object) =>
  call(token, 'POST /agreements', { publisherId: scene.publisherId, rules });
const sign = (token: string, id: string, side: string) => call(token, `POST /agreements/${id}/sign`, { side });

/** The publisher's share of a new quote's terms, by the agreement that they name. */
async function inForce(): Promise<string> {
  const quote = await call(people.customer, 'POST /quotes', quoteIn(scene));
  const { rows } = await sql<{ id: string }>`select terms->>'agreementId' as id from market_orders.quote
    where id = ${quote.body.id}`.execute(store.db);
  return String(rows[0]?.id);
}

describe('an agreement', () => {
  it('holds when both sides have signed it, and not before; what was quoted before keeps its own', async () => {
    const before = await inForce();
    const proposed = await propose(people.publisher, share('75'));
    expect(proposed.body).toMatchObject({ version: 2, state: 'proposed', signatures: [{ side: 'publisher' }] });
    expect(await inForce()).toBe(before);
    const signed = await sign(people.operator, proposed.body.id, 'operator');
    expect(signed.body).toMatchObject({ state: 'signed' });
    expect(await inForce()).toBe(proposed.body.id);
  });

  it('is signed by nobody for another side, and once it is replaced not any more', async () => {
    const old = await propose(people.operator, share('60'));
    for (const [token, side] of [
      [people.publisher, 'operator'],
      [people.operator, 'publisher'],
    ] as const) {
      expect([side, (await sign(token, old.body.id, side)).status]).toEqual([side, 403]);
    }
    expect((await sign(people.reseller, old.body.id, 'publisher')).status).toBe(404);
    const next = await propose(people.operator, share('65'));
    expect((await sign(people.publisher, next.body.id, 'publisher')).body.state).toBe('signed');
    expect((await sign(people.publisher, next.body.id, 'publisher')).body.signatures).toHaveLength(2);
    expect((await sign(people.publisher, old.body.id, 'publisher')).status).toBe(409);
  });

  it('can be tried before: each party’s part, to the cent, and nothing is kept', async () => {
    const tiers = [
      { upTo: euros('1000'), percent: '80' },
      { upTo: null, percent: '60' },
    ];
    const rules = [
      { kind: 'amountPerUnit', amount: '0.01', partyId: scene.resellerId },
      { kind: 'tieredPercent', tiers },
    ];
    const sales = [{ amount: euros('131072.01'), baseAmount: euros('113975.66'), quantity: '62' }];
    const before = await call(people.publisher, 'GET /agreements');
    const tried = await call(people.operator, 'POST /agreement-simulations', {
      publisherId: scene.publisherId,
      rules,
      sales,
    });
    const totals = tried.body.totals.map((one: { party: string; amount: { amount: string } }) => [
      one.party,
      one.amount.amount,
    ]);
    expect(totals).toEqual([
      ['reseller', '17096.35'],
      [scene.resellerId, '0.62'],
      [scene.publisherId, '68585.02'],
      ['operator', '45390.02'],
    ]);
    expect((await call(people.publisher, 'GET /agreements')).body).toEqual(before.body);
  });

  it('is refused when its tiers go down or its rules name somebody unknown', async () => {
    const tiers = [{ upTo: euros('5'), percent: '1' }];
    expect((await propose(people.operator, [{ kind: 'tieredPercent', tiers }])).body.detail).toContain('upTo null');
    const unknown = { kind: 'percentOfGross', percent: '1', partyId: '01900000-0000-7000-8000-000000000000' };
    expect((await propose(people.operator, [unknown])).status).toBe(404);
  });
});
