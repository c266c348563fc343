import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/base/clock.ts';
import { newId } from '../../kernel/base/ids.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { marketMigrations } from '../index.ts';
import { type Call, caller, type RunningMarket, startMarket } from '../testing/market.ts';
import { offeringOf, openStore, people, type Scene, sellContent, webPlan } from '../testing/scene.ts';

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

/** Publishes an offering, and opens a store that sells nothing else. */
async function sellAlone(content: object): Promise<{ offeringId: string; store: string }> {
  const { body: offering } = await call(people.publisher, 'POST /offerings', content);
  await call(people.publisher, `POST /offerings/${offering.id}/plans`, webPlan);
  await call(people.publisher, `POST /offerings/${offering.id}/versions/1/publish`, {});
  const brand = { name: 'Alone', logoText: 'A', colours: {} };
  const selling = { brand, languages: ['fr'], marginPercent: '0', offeringIds: [offering.id] };
  const { resellerId } = scene;
  const { body: store } = await call(people.reseller, 'POST /stores', { resellerId, slug: 'alone', ...selling });
  return { offeringId: offering.id, store: store.id };
}

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

  it('is found by words of its newest version, in either language, without accents, and by category', async () => {
    const both = (fr: string, en: string) => ({ fr, en });
    const words = {
      ...{ title: both('Base de données', 'Database'), description: both('Pour vos réseaux.', 'For your networks.') },
    };
    const content = { ...offeringOf(scene.publisherId), ...words, categories: ['database', 'network'] };
    const { offeringId, store: shop } = await sellAlone(content);
    const found = async (query: string): Promise<string[]> => {
      const { status, body } = await call(people.customer, `GET /stores/${shop}/offers?${query}`);
      expect([query, status]).toEqual([query, 200]);
      return body.items.map((item: { offeringId: string }) => item.offeringId);
    };
    for (const query of ['donnees', 'DONN%C3%89E', 'databases', 'reseau', 'r%C3%A9seaux+base', 'networks']) {
      expect([query, await found(`q=${query}`)]).toEqual([query, [offeringId]]);
    }
    for (const query of ['q=nothing', 'q=base+nothing', 'q=%27%22%28%26%3A%2A', 'category=education']) {
      expect([query, await found(query)]).toEqual([query, []]);
    }
    expect(await found('category=network')).toEqual([offeringId]);
    expect(await found('category=network&q=base')).toEqual([offeringId]);
    expect(await found(`category=network&after=${offeringId}`)).toEqual([]);

    const fulfilment = { kind: 'heat', template: 'heat_template_version: 2021-04-16' };
    const next = { ...words, title: both('Carte', 'Map'), fulfilment };
    await call(people.publisher, `POST /offerings/${offeringId}/versions`, next);
    expect(await found('q=donnees')).toEqual([offeringId]);
    await call(people.publisher, `POST /offerings/${offeringId}/versions/2/publish`, {});
    expect(await found('q=donnees')).toEqual([]);
    expect(await found('q=map')).toEqual([offeringId]);
  });

  it.each([
    'q=',
    `q=${'x'.repeat(201)}`,
    'q=%00',
    'category=nothing',
    'limit=0',
    'limit=1001',
    'after=nothing',
    'page=2',
  ])('is not told for “%s”', async (query) => {
    expect((await call(people.customer, `GET /stores/${scene.storeId}/offers?${query}`)).status).toBe(400);
  });
});
