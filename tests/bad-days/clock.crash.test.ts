import { uptime } from 'node:os';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SteadyClock, steadyClock } from '../../src/kernel/base/clock.ts';
import { completed, order, type Purchase, quote, terminate, terminated } from '../crash/customer.ts';
import { type Session, until } from '../harness/client.ts';
import { openShop, type Shop, uploadTinyImage } from '../harness/market.ts';
import { type FragileCloud, startFragileCloud } from './cloud.ts';

const hour = 3_600_000;

/** By how much somebody has set the machine's clock. */
let set: number;
let cloud: FragileCloud;
let demo: Session;
let shop: Shop;

/** What a process makes of the machine's clock as it is now. */
function clockOfMachine(): SteadyClock {
  const wall = () => Date.now() + set;
  return steadyClock({ wall, monotonic: () => performance.now(), sinceBoot: () => uptime() * 1000 });
}

beforeEach(async () => {
  set = 0;
  cloud = await startFragileCloud({ clock: clockOfMachine() });
  const admin = await cloud.signIn('admin');
  demo = await cloud.signIn('demo');
  await uploadTinyImage(admin);
  shop = await openShop(admin, demo);
});
afterEach(() => cloud.close());

interface Slice {
  readonly seconds: number;
  readonly quantity: number;
}

/** The slices of a server's usage that the market has taken. */
async function slicesOf({ serverId }: Purchase): Promise<Slice[]> {
  const client = new pg.Client(cloud.database);
  await client.connect();
  try {
    const { rows } = await client.query<Slice>(
      `select extract(epoch from end_at - start_at)::float8 as seconds, quantity::float8 from market_metering.usage_event
      where resource_id = $1 and type = 'andromede.compute.server.usage.v1'`,
      [serverId],
    );
    return rows;
  } finally {
    await client.end();
  }
}

/** Lets whole seconds pass, for usage is counted in them. */
async function pass(seconds: number): Promise<void> {
  const begun = performance.now();
  await until(
    async () => performance.now() - begun,
    (passed) => passed >= seconds * 1000,
  );
}

/** Terminates; the server's seconds in the market, when the last of them has arrived, and what they must lie between. */
async function settle(bought: Purchase, ranSince: number): Promise<{ used: number; least: number; most: number }> {
  const least = (performance.now() - ranSince) / 1000 - 2;
  await terminate(demo, bought);
  await terminated(demo, bought);
  const most = (performance.now() - ranSince) / 1000 + 5;
  const total = (slices: readonly Slice[]) => slices.reduce((sum, { quantity }) => sum + quantity, 0);
  const slices = await until(
    () => slicesOf(bought),
    (seen) => total(seen) >= least,
  );
  for (const { seconds, quantity } of slices) expect([quantity, seconds > 0]).toEqual([seconds, true]);
  return { used: total(slices), least, most };
}

describe.each([3 * hour, -3 * hour])('the machine’s clock is set by %d ms', (jump) => {
  it('in the middle of an order: it is completed, its use is what has passed, and tokens hold', async () => {
    const placed = await order(demo, await quote(demo, shop));
    set += jump;
    const bought = await completed(demo, placed);
    const ran = performance.now();
    await pass(2);
    set -= 2 * jump;
    await pass(2);
    const { used, least, most } = await settle(bought, ran);
    expect(used).toBeGreaterThanOrEqual(least);
    expect(used).toBeLessThanOrEqual(most);
    expect((await demo.call('GET', '/compute/v2.1/servers')).status).toBe(200);
  });

  it('and api starts again by it: use goes on, people sign in, and work goes on', async () => {
    const bought = await completed(demo, await order(demo, await quote(demo, shop)));
    const ran = performance.now();
    await pass(2);
    set += jump;
    await cloud.restart(clockOfMachine());
    demo = await cloud.signIn('demo');
    await pass(2);
    const { used, least, most } = await settle(bought, ran);
    expect(used).toBeGreaterThanOrEqual(least);
    expect(used).toBeLessThanOrEqual(most);
  });
});
