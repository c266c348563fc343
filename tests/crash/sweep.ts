import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestStore } from '../../src/kernel/testing/index.ts';
import { type Session, signIn, until } from '../harness/client.ts';
import { market, openShop, type Shop, uploadTinyImage } from '../harness/market.ts';
import { adminPassword, demoPassword, prepareCloud, simulatedDirOf } from '../harness/simulated-cloud.ts';
import { nothing, thingsOf } from '../harness/stacks.ts';
import { type CloudProcess, startCloudProcess } from './cloud-process.ts';
import { completed, order, type Purchase, quote, terminate, terminated } from './customer.ts';
import { type Counts, crashPointsOf, factsAbout, plus, stacksNamed, unfinished, usageOf, worldIn } from './world.ts';

/** Long enough for a crash at each moment of each step. */
const timeout = 300_000;

/**
 * Specifies that a cloud which is killed around every step of these workflows loses, leaks, makes and charges nothing twice.
 * A customer orders a web page and gives up the one before, in a process that dies on the way at the next crash point; the
 * process after it has to end both. The steps are those that an undisturbed purchase took: a new one is swept by itself.
 */
export function describeCrashes(title: string, workflows: readonly string[]): void {
  describe(title, () => {
    let sweep: Sweep;
    beforeAll(async () => {
      sweep = await openSweep();
    }, 120_000);
    afterAll(() => sweep?.close());

    it.each(workflows)('leaves one more web page, whichever moment of %s it is', { timeout }, async (workflow) => {
      const points = await crashPointsOf(sweep.store, workflow);
      // Two steps at least, three moments each.
      expect(points.length).toBeGreaterThanOrEqual(6);
      for (const point of points) await sweep.killAt(point);
    });

    it('leaves nothing at all when all is given up', { timeout: 60_000 }, () => sweep.giveUpAll());

    it(
      'has metered each server from its start to its end, and charged it up to its termination, once',
      {
        timeout: 60_000,
      },
      () => sweep.settleAccounts(),
    );
  });
}

interface Sweep {
  readonly store: TestStore;
  /** Kills the cloud at that point of a new purchase or of the end of the one before, and expects the next to end both. */
  killAt(point: string): Promise<void>;
  giveUpAll(): Promise<void>;
  settleAccounts(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a shop on a cloud of its own and has the customer buy a first web page. */
async function openSweep(): Promise<Sweep> {
  const { store, settings, remove } = await prepareCloud();
  let cloud: CloudProcess = await startCloudProcess(settings);
  const admin = await signIn(settings.publicUrl, 'admin', adminPassword, 'admin');
  const demo = await signIn(settings.publicUrl, 'demo', demoPassword, 'demo');
  await uploadTinyImage(admin);
  const shop = await openShop(admin, demo);
  const world = () => worldIn(simulatedDirOf(settings));

  /** The first is undisturbed and ended, so that the steps are known; what a project gets once is made by then. */
  const first = await buy(demo, shop);
  await terminate(demo, first);
  await terminated(demo, first);
  const purchases = [first];
  const before = await settledWorld(world, (seen) => seen.there.guest === undefined);
  let current = await buy(demo, shop);
  purchases.push(current);
  const page = plus(world().made, before.made, -1);
  const things = await thingsOf(demo);

  const expected = (running: number) => ({
    made: plus(before.made, page, purchases.length - 1),
    there: plus(before.there, page, running),
  });

  async function expectWorld(running: number, point: string): Promise<void> {
    const goal = JSON.stringify(expected(running));
    const seen = await settledWorld(world, (now) => JSON.stringify(now) === goal);
    expect.soft(seen, point).toEqual(expected(running));
    expect.soft(await thingsOf(demo), point).toEqual(running === 0 ? nothing : things);
  }

  return {
    store,
    async killAt(point) {
      const quoteId = await quote(demo, shop);
      await cloud.arm(point);
      const asked = await Promise.allSettled([order(demo, quoteId), terminate(demo, current), cloud.death()]);
      const [answer, , death] = asked;
      expect.soft(death, point).toEqual({ status: 'fulfilled', value: 'SIGKILL' });
      cloud = await startCloudProcess(settings);
      const orderId = await order(demo, quoteId);
      if (answer.status === 'fulfilled') expect.soft(orderId, point).toBe(answer.value);
      const next = await completed(demo, orderId);
      await terminate(demo, current);
      await terminated(demo, current);
      purchases.push(next);
      current = next;
      await expectWorld(1, point);
      expect.soft(await stacksNamed(store, `sub-${next.subscriptionId}`), point).toBe(1);
    },
    async giveUpAll() {
      await terminate(demo, current);
      await terminated(demo, current);
      await expectWorld(0, 'at the end');
      for (const { orderId, subscriptionId } of purchases) {
        expect.soft(await factsAbout(store, [orderId, subscriptionId])).toEqual(factsOfPurchase);
      }
      const subscriptions = await market(demo, 'GET', '/subscriptions?limit=100');
      expect(subscriptions.items.map(({ id }: { id: string }) => id).sort()).toEqual(
        purchases.map(({ subscriptionId }) => subscriptionId).sort(),
      );
      const path = `/identity/v3/users/${demo.userId}/application_credentials`;
      const { body } = await demo.call<{ application_credentials: unknown[] }>('GET', path);
      expect(body.application_credentials).toHaveLength(1);
    },
    async settleAccounts() {
      await until(
        () => unfinished(store),
        (count) => count === 0,
      );
      let owed = 0;
      for (const purchase of purchases) owed += await expectCharge(store, admin, purchase);
      expect(owed).toBeGreaterThan(0);
      const { items } = await market(admin, 'GET', '/ledger/balances');
      const balances: { name: string; cents: number }[] = items.map(
        ({ name, balance }: { name: string; balance: Money }) => ({ name, cents: centsOf(balance) }),
      );
      expect(sumOf(balances.map(({ cents }) => cents))).toBe(0);
      expect(sumOf(balances.filter(({ name }) => name === 'receivable').map(({ cents }) => cents))).toBe(owed);
    },
    async close() {
      await cloud.kill();
      await remove();
    },
  };
}

async function buy(demo: Session, shop: Shop): Promise<Purchase> {
  return completed(demo, await order(demo, await quote(demo, shop)));
}

const factsOfPurchase = {
  'market.order.accepted': 1,
  'market.order.completed': 1,
  'market.order.provisioning': 1,
  'market.subscription.activated': 1,
  'market.subscription.terminated': 1,
  'market.subscription.termination-asked': 1,
};

interface World {
  readonly made: Counts;
  readonly there: Counts;
}

/** The world once it is as wanted, or as it is after 10 s: the engines follow what the APIs have decided. */
async function settledWorld(world: () => World, wanted: (seen: World) => boolean): Promise<World> {
  await until(async () => world(), wanted, 10).catch(() => undefined);
  return world();
}

interface Money {
  readonly amount: string;
}

const centsOf = ({ amount }: Money): number => Number(amount.replace('.', ''));
const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

/** Expects the usage and the cost of a purchase to be those of its interval; invoices it, twice; answers its total, in cents. */
async function expectCharge(store: TestStore, admin: Session, purchase: Purchase): Promise<number> {
  const { subscriptionId, serverId, launched } = purchase;
  const { slices, deleted } = await usageOf(store, serverId);
  let reached = launched;
  for (const { start, end } of slices) {
    expect.soft(start, `usage of ${serverId}`).toBe(reached);
    reached = end;
  }
  expect.soft(reached, `usage of ${serverId}`).toBe(deleted);

  const { endsAt } = await market(admin, 'GET', `/subscriptions/${subscriptionId}`);
  const seconds = Math.max(0, Math.floor(Math.min(deleted, Date.parse(endsAt) / 1000) - launched));
  const cost = await market(admin, 'GET', `/subscriptions/${subscriptionId}/cost`);
  // 0.01 € a second, 15 % for the reseller, rounded half-up.
  expect.soft(centsOf(cost.totalWithoutVat)).toBe(Math.floor((seconds * 115 + 50) / 100));

  const invoice = async () => {
    const draft = await market(admin, 'POST', '/invoice-drafts', { subscriptionId }, `draft-${subscriptionId}`);
    return market(admin, 'POST', `/invoice-drafts/${draft.id}/finalise`, {}, `final-${subscriptionId}`);
  };
  const { id, total } = await invoice();
  expect.soft(await invoice()).toMatchObject({ id, total });
  expect.soft(total).toEqual(cost.total);
  return centsOf(total);
}
