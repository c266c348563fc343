import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { market } from '../harness/market.ts';
import { violations } from './harness/axe.ts';
import { type Browser, openBrowser, phone } from './harness/browser.ts';
import { picture } from './harness/pictures.ts';
import { enter } from './harness/words.ts';
import { operator, startWorld, type World } from './harness/world.ts';

let world: World;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** Opens a page of the console and waits for its title. */
async function open(path: string, title: string): Promise<void> {
  await page.goto(`${world.url}/console/${path}`);
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
}

describe('the raw cloud', () => {
  it('says what to do where there is nothing yet', async () => {
    page = await browser.visit({ url: world.url, language: 'en' });
    await enter(page, 'en', world.employee);
    await page.getByRole('heading', { name: 'Stores', level: 1 }).waitFor();
    await open('servers', 'Servers');
    await page.getByRole('heading', { name: 'No server' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Create a server' }).click();
    await page.getByRole('heading', { name: 'Create a network first' }).waitFor();
  });

  it('makes a network, and refuses one in the words of the API', async () => {
    await open('networks', 'Networks');
    await page.getByRole('button', { name: 'Create a network' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('private');
    await dialog.getByLabel('Address range').fill('10.20.0.0/33');
    await dialog.getByRole('button', { name: 'Create a network' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByLabel('Address range').fill('10.20.0.0/24');
    await dialog.getByRole('button', { name: 'Create a network' }).click();
    await page.getByRole('cell', { name: '10.20.0.0/24' }).waitFor();
    await page.getByRole('button', { name: 'Allocate an address' }).click();
    await page.getByRole('cell', { name: 'Free' }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('starts a server and shows how it goes, without being asked again and again', async () => {
    await open('servers/new', 'Create a server');
    await page.getByLabel('Name').fill('web-1');
    await page.getByLabel('Network').selectOption({ label: 'private' });
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Create a server' }).click();
    await page.getByRole('heading', { name: 'web-1', level: 1 }).waitFor();
    await page.getByText('Running').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped').waitFor();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('Running').waitFor();
  });

  it('opens its screen in a page of its own, by a link that works once', async () => {
    const [screen] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('button', { name: 'Screen' }).click(),
    ]);
    await screen.getByRole('heading', { name: 'Screen of the server' }).waitFor();
    expect(await violations(screen)).toEqual([]);
    await screen.reload();
    await screen.getByRole('alert').filter({ hasText: 'The screen is gone' }).waitFor();
    await screen.close();
  });

  it('deletes it when told so twice', async () => {
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'No server' }).waitFor();
  });

  it('keeps keys and images', async () => {
    await open('key-pairs', 'SSH keys');
    await page.getByRole('button', { name: 'Add a key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('laptop');
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGAxvXVJ4PMgeXbXyqYMTkgNCxwoExwTdw7pUEWFj1Cn camille';
    await dialog.getByLabel('Public key').fill(key);
    await dialog.getByRole('button', { name: 'Add a key' }).click();
    await page.getByRole('cell', { name: 'laptop', exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    await open('images', 'Images');
    await page.getByRole('cell', { name: 'andromede-tiny' }).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

describe('those who sell', () => {
  it('the publisher sees its offerings', async () => {
    page = await browser.visit({ url: world.url, language: 'fr', colorScheme: 'dark' });
    await enter(page, 'fr', world.publisher);
    await page.getByRole('link', { name: 'Mes offres' }).click();
    await page.getByRole('heading', { name: 'Page web' }).waitFor();
    await page.getByText('0,12 € HT par minute entamée, au plus 30,00 € HT par mois').waitFor();
    await picture(page, 'offerings-fr');
    expect(await violations(page)).toEqual([]);
  });

  it('the reseller changes its margin, and the price in its store follows', async () => {
    page = await browser.visit({ url: world.url, language: 'fr', colorScheme: 'dark' });
    await enter(page, 'fr', world.reseller);
    await page.getByRole('link', { name: 'Mes boutiques' }).click();
    await page.getByLabel('Marge sur le prix de base (%)').fill('25');
    await page.getByRole('button', { name: 'Enregistrer' }).click();
    await page.getByRole('status').filter({ hasText: 'Enregistré' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Voir la boutique' }).click();
    await page.getByText('0,15 € HT par minute').waitFor();
    const store = await market(world.admin, 'GET', `/stores/${world.storeId}`);
    expect(store.marginPercent).toBe('25');
  });

  it('the operator sees what there is, on a phone too', async () => {
    page = await browser.visit({ url: world.url, language: 'en', viewport: phone });
    await enter(page, 'en', operator);
    await page.getByRole('heading', { name: 'Stores', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('cell', { name: 'Ateliers Mercier' }).waitFor();
    await page.getByText('0 of 100,000').waitFor();
    await picture(page, 'phone-overview-en');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    expect(await violations(page)).toEqual([]);
  });

  it('nobody is shown what is for others', async () => {
    page = await browser.visit({ url: world.url, language: 'en' });
    await enter(page, 'en', world.employee);
    await page.getByRole('link', { name: 'Servers' }).waitFor();
    expect(await page.getByRole('link', { name: /Overview|My offerings|My stores/ }).count()).toBe(0);
    await open('overview', 'Overview');
    await page.getByRole('alert').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await open('nowhere', 'There is no such page');
    expect(await violations(page)).toEqual([]);
  });
});
