import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/base/clock.ts';
import { newId } from '../../kernel/base/ids.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { marketMigrations } from '../index.ts';
import { type Call, caller, type RunningMarket, startMarket } from '../testing/market.ts';
import { openStore, people, type Scene, sellContent } from '../testing/scene.ts';

let store: TestStore;
let market: RunningMarket;
let call: Call;
let scene: Scene;

beforeAll(async () => {
  store = await createTestStore(marketMigrations);
  market = await startMarket({ store, notifications: store.notifications, log: store.log, clock: systemClock });
  call = caller(market.url);
  scene = await openStore(call);
});
afterAll(async () => {
  await market.close();
  await store.close();
});

describe('what a store sells', () => {
  it('is told page by page, of each its plans; a page is shorter by what was withdrawn', async () => {
    const content = { fulfilment: { kind: 'heat', template: 'heat_template_version: 2021-04-16' } };
    const codes = [['a', 'b'], ['c'], ['d'], ['e']];
    const sold = [];
    for (const own of codes) sold.push(await sellContent(call, scene, content, own));
    const [withdrawn] = sold.map(({ offeringId }) => offeringId).sort();
    const retired = await call(people.publisher, `POST /offerings/${withdrawn}/versions/1/retire`, {});
    expect(retired.status, JSON.stringify(retired.body)).toBeLessThan(300);

    const shown: { offeringId: string; plans: { id: string }[] }[] = [];
    const pages: number[] = [];
    for (let after = ''; after !== 'null'; ) {
      const query = after === '' ? 'limit=2' : `limit=2&after=${after}`;
      const { status, body } = await call(people.customer, `GET /stores/${scene.storeId}/offers?${query}`);
      expect(status).toBe(200);
      expect(body.store).toMatchObject({ id: scene.storeId, slug: 'shop' });
      pages.push(body.items.length);
      shown.push(...body.items);
      after = String(body.next);
    }
    const expected = [{ ...scene, planIds: [scene.planId] }, ...sold].filter((one) => one.offeringId !== withdrawn);
    const sorted = (ids: readonly string[]) => [...ids].sort();
    expect(shown.map(({ offeringId }) => offeringId)).toEqual(sorted(expected.map(({ offeringId }) => offeringId)));
    expect(sorted(shown.flatMap(({ plans }) => plans.map(({ id }) => id)))).toEqual(
      sorted(expected.flatMap(({ planIds }) => planIds)),
    );
    expect(pages.reduce((sum, length) => sum + length)).toBe(4);
    expect(pages).toHaveLength(3);

    const one = (id: string) => call(people.customer, `GET /stores/${scene.storeId}/offers/${id}`);
    for (const offer of shown) expect((await one(offer.offeringId)).body).toEqual(offer);
    for (const id of [withdrawn ?? '', newId()]) expect((await one(id)).status).toBe(404);
    expect((await one('web')).status).toBe(400);
  });

  it.each(['limit=0', 'limit=1001', 'after=nothing', 'page=2'])('is not told for “%s”', async (query) => {
    expect((await call(people.customer, `GET /stores/${scene.storeId}/offers?${query}`)).status).toBe(400);
  });
});
