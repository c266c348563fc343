import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, until } from './client.ts';
import { market, openShop } from './market.ts';
import type { MarketPlace } from './market-places.ts';
import { nothing, thingsOf } from './stacks.ts';

/** The story in a place where a market can be. One suite for all of them, for there is one market. */
export function describeSale(where: string, open: () => Promise<MarketPlace>): void {
  describe(`a sale ${where}`, () => sale(open));
}

function sale(open: () => Promise<MarketPlace>): void {
  let place: MarketPlace;
  let admin: Session;
  let demo: Session;

  beforeAll(async () => {
    place = await open();
    ({ admin, demo } = place);
  }, 60_000);
  afterAll(() => place?.close());

  it('becomes a metered server; ended, it leaves an invoice draft that adds up and nothing else', {
    timeout: 300_000,
  }, async () => {
    const { customerId: organisationId, ...choice } = await openShop(admin, demo);
    const quote = await market(demo, 'POST', '/quotes', { organisationId, ...choice });
    const order = await market(demo, 'POST', '/orders', { quoteId: quote.id });
    const settled = await until(
      () => market(demo, 'GET', `/orders/${order.id}`),
      ({ state }) => state === 'completed' || state === 'failed',
      120,
    );
    expect(settled).toMatchObject({ state: 'completed', fault: null });
    const made = settled.steps.find(({ name }: { name: string }) => name === 'provision').parts;
    expect(made).toContainEqual({ name: 'server', type: 'OS::Nova::Server', state: 'done' });
    const { subscriptionId } = order;
    const subscription = await market(demo, 'GET', `/subscriptions/${subscriptionId}`);
    expect(subscription.outputs.url).toMatch(/^http:\/\/\d+\.\d+\./);
    expect((await thingsOf(demo)).servers).toBe(1);

    // Usage is counted in whole seconds: a server that ends in the second in which it began costs nothing.
    const active = Date.now();
    await until(
      async () => Date.now(),
      (now) => now >= active + 1000,
    );
    await market(demo, 'POST', `/subscriptions/${subscriptionId}/terminate`);
    await until(
      () => market(demo, 'GET', `/subscriptions/${subscriptionId}`),
      ({ state }) => state === 'terminated',
      120,
    );
    expect(await thingsOf(demo)).toEqual(nothing);

    const cost = await until(
      () => market(demo, 'GET', `/subscriptions/${subscriptionId}/cost`),
      ({ totalWithoutVat }) => totalWithoutVat.amount !== '0.00',
      120,
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
}
