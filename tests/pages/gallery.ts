/**
 * Pictures of every page, to be looked at: in both languages, light and dark, at a desk and on a phone. What axe says of each is
 * printed.
 *
 *     node tests/pages/gallery.ts FOLDER [PAGE…]
 */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { completed, order, quote } from '../crash/customer.ts';
import { signIn } from '../harness/client.ts';
import { market } from '../harness/market.ts';
import { startRealCloud } from '../harness/real-cloud.ts';
import { violations } from './harness/axe.ts';
import { desktop, openBrowser, phone } from './harness/browser.ts';
import { enter } from './harness/words.ts';
import { furnish, type People, type Person } from './harness/world.ts';

const [folder, ...only] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node tests/pages/gallery.ts FOLDER [PAGE…]');

const looks = [
  { language: 'en', colorScheme: 'light', viewport: desktop },
  { language: 'fr', colorScheme: 'dark', viewport: desktop },
  { language: 'fr', colorScheme: 'light', viewport: phone },
  { language: 'en', colorScheme: 'dark', viewport: phone },
] as const;

interface Shown {
  readonly name: string;
  readonly who: Pick<Person, 'domain' | 'user' | 'password'> | undefined;
  readonly path: string;
}

/** A project with something of everything, and every page that shows it. */
async function arrange(world: People, operator: Shown['who']): Promise<Shown[]> {
  const { employee, publisher, reseller, customerId, storeId, offeringId } = world;
  const session = await signIn(world.url, employee.user, employee.password, 'mercier', undefined, {
    name: employee.domain,
  });
  const { items } = await market(session, 'GET', `/stores/${storeId}/offers`);
  const planId = items[0].plans[0].id;
  const bought = await completed(
    session,
    await order(session, await quote(session, { customerId, storeId, offeringId, planId })),
  );
  await session.call('POST', '/network/v2.0/floatingips', { floatingip: {} });
  const groups = '/network/v2.0/security-groups';
  const { body: group } = await session.call<{ security_group: { id: string } }>('POST', groups, {
    security_group: { name: 'web', description: 'What the site lets in' },
  });
  const volumes = `/volume/v3/${session.projectId}/volumes`;
  const { body: disk } = await session.call<{ volume: { id: string } }>('POST', volumes, {
    volume: { name: 'data', size: 2 },
  });
  for (let count = 1; count <= 7; count += 1) {
    await session.call('POST', volumes, { volume: { name: `archive-${count}`, size: count } });
  }
  const as = (who: Shown['who'], pages: Readonly<Record<string, string>>) =>
    Object.entries(pages).map(([name, path]) => ({ name, who, path }));
  return [
    ...as(undefined, { 'sign-in': '' }),
    ...as(publisher, {
      'new-offering': 'offerings/new',
      offerings: 'offerings',
      'no-subscriptions': 'subscriptions',
      'no-servers': 'servers',
    }),
    ...as(publisher, { 'no-networks': 'networks', 'no-key-pairs': 'key-pairs', 'no-volumes': 'volumes' }),
    ...as(reseller, { 'my-stores': 'my-stores', 'reseller-sales': 'sales' }),
    ...as(operator, { overview: 'overview', sales: 'sales' }),
    ...as(employee, {
      ...{ home: '', store: 'stores/hermine', offer: `stores/hermine/offers/${offeringId}` },
      ...{ order: `orders/${bought.orderId}`, subscriptions: 'subscriptions' },
      ...{ subscription: `subscriptions/${bought.subscriptionId}`, servers: 'servers', 'new-server': 'servers/new' },
      ...{ server: `servers/${bought.serverId}`, networks: 'networks', images: 'images', 'key-pairs': 'key-pairs' },
      ...{ volumes: 'volumes', volume: `volumes/${disk.volume.id}`, console: `servers/${bought.serverId}/console` },
      ...{ 'security-groups': 'security-groups', 'security-group': `security-groups/${group.security_group.id}` },
      ...{ missing: 'nowhere', 'missing-server': `servers/${customerId}` },
    }),
  ];
}

async function show(page: Page, { name, path }: Shown, world: People, look: (typeof looks)[number]): Promise<void> {
  await page.goto(`${world.url}/console/${path}`);
  await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
  await page.waitForTimeout(300);
  const kind = `${look.language}-${look.colorScheme}-${look.viewport === phone ? 'phone' : 'desk'}`;
  await page.screenshot({ path: join(folder ?? '', `${name}-${kind}.png`), fullPage: true });
  const wide = Number(await page.evaluate('document.documentElement.scrollWidth')) - look.viewport.width;
  if (wide > 0) console.log(`${name} ${kind}: ${wide} pixels too wide`);
  for (const violation of await violations(page)) console.log(`${name} ${kind}: ${violation}`);
}

await mkdir(folder, { recursive: true });
const [cloud, browser] = await Promise.all([startRealCloud({ engine: 'simulated' }), openBrowser()]);
try {
  const password = readFileSync(join(cloud.dataDir, 'secrets/admin-password'), 'utf8').trim();
  const world = await furnish(cloud.url, password);
  const arranged = await arrange(world, { domain: 'Default', user: 'admin', password });
  const shown = arranged.filter(({ name }) => only.length === 0 || only.includes(name));
  for (const look of looks) {
    for (const who of new Set(shown.map((one) => one.who))) {
      const page = await browser.visit({ url: `${world.url}/console/`, ...look });
      if (who !== undefined) {
        await enter(page, look.language, who);
        await page.getByLabel('Organisation').waitFor({ state: 'hidden' });
      }
      for (const one of shown.filter((candidate) => candidate.who === who)) await show(page, one, world, look);
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  await cloud.destroy();
}
