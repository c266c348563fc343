import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { market } from '../harness/market.ts';
import { violations } from './harness/axe.ts';
import { type Browser, openBrowser, phone } from './harness/browser.ts';
import { picture } from './harness/pictures.ts';
import { enter } from './harness/words.ts';
import { startWorld, type World } from './harness/world.ts';

let world: World;
let browser: Browser;

beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const stories = {
  fr: {
    ...{ see: /^Voir l’offre/, field: 'Titre de la page', required: 'À remplir', order: 'Commander' },
    ...{ price: '0,144 € HT par minute entamée', going: 'Votre commande', ready: 'C’est prêt' },
    ...{ open: 'Ouvrir l’abonnement', running: 'En service', cost: 'Coût du mois', due: '0,52 €' },
    ...{ terminate: 'Résilier', gone: 'Résilié', list: 'Abonnements' },
  },
  en: {
    ...{ see: /^See the offer/, field: 'Title of the page', required: 'Please fill in', order: 'Order' },
    ...{ price: '€0.144 excl. VAT per started minute', going: 'Your order', ready: 'It is ready' },
    ...{ open: 'Open the subscription', running: 'In service', cost: 'Cost this month', due: '€0.52' },
    ...{ terminate: 'Terminate', gone: 'Terminated', list: 'Subscriptions' },
  },
} as const;

/** Three started minutes of the subscription's server, as telemetry would tell of them. */
async function useThreeMinutes(subscriptionId: string): Promise<void> {
  const { outputs, activatedAt, projectId } = await market(world.admin, 'GET', `/subscriptions/${subscriptionId}`);
  const start = Date.parse(activatedAt);
  const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
  const event = {
    ...{ specversion: '1.0', id: `test-${subscriptionId}`, source: 'test', type: 'andromede.compute.server.usage.v1' },
    ...{ subject: outputs.server_id, time: at(150) },
    data: { projectId, start: at(0), end: at(150), quantity: 150, unit: 'second' },
  };
  await market(world.admin, 'POST', '/usage-events', [event] as unknown as object);
}

describe.each(['fr', 'en'] as const)('a sale (%s)', (language) => {
  const t = stories[language];
  const colorScheme = language === 'fr' ? 'light' : 'dark';
  let page: Page;
  const told: string[] = [];

  it('begins in the reseller’s store, under its brand', async () => {
    page = await browser.visit({ url: `${world.storeUrl}/console/`, language, colorScheme });
    await enter(page, language, world.employee);
    await page.getByRole('heading', { name: 'Hermine', level: 1 }).waitFor();
    await page.getByText(t.price).first().waitFor();
    await picture(page, `store-${language}`);
    expect(await violations(page)).toEqual([]);
  });

  it('shows the price before the order, and asks for what is missing', async () => {
    await page.getByRole('link', { name: t.see }).click();
    const field = page.getByLabel(t.field);
    const order = page.getByRole('button', { name: t.order, exact: true });
    await field.fill('');
    await page.getByText(t.required).waitFor();
    await expect.poll(() => order.isDisabled()).toBe(true);
    await field.fill('Bretagne');
    await expect.poll(() => order.isEnabled(), { timeout: 15_000 }).toBe(true);
    await page.locator('section').getByText(t.price).last().waitFor();
    await picture(page, `offer-${language}`);
    expect(await violations(page)).toEqual([]);
  });

  it('becomes a running service, told as it happens and never asked for twice', async () => {
    page.on('request', (request) => told.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.getByRole('button', { name: t.order, exact: true }).click();
    await page.getByRole('heading', { name: t.going }).waitFor();
    await page.getByText(t.ready).waitFor();
    await picture(page, `order-${language}`);
    expect(await violations(page)).toEqual([]);
    const asked = told.filter((request) => /^GET .*\/orders\/[^/]+$/.test(request));
    expect(asked.length).toBeLessThanOrEqual(2);
    expect(told.filter((request) => request.endsWith('/events'))).toHaveLength(1);
  });

  it('shows its address, its console and, as usage flows, its cost', async () => {
    await page.getByRole('link', { name: t.open }).click();
    await page.getByRole('status').filter({ hasText: t.running }).waitFor();
    await page.getByRole('link', { name: /^http:\/\/172\.24\.4\./ }).waitFor();
    await page.getByText('is simulated and on').waitFor();
    await useThreeMinutes(page.url().split('/').at(-1) ?? '');
    await page.getByText(t.due).first().waitFor();
    await picture(page, `subscription-${language}`);
    expect(await violations(page)).toEqual([]);
  });

  it('is never wider than a phone', async () => {
    await page.setViewportSize(phone);
    for (const path of ['', `stores/hermine/offers/${world.offeringId}`, 'subscriptions']) {
      await page.goto(`${world.storeUrl}/console/${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await picture(page, `phone-${path.split('/')[0] || 'store'}-${language}`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
      expect(await violations(page)).toEqual([]);
    }
  });

  it('ends when the customer says so, twice', async () => {
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.goto(`${world.storeUrl}/console/subscriptions`);
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('button', { name: t.terminate }).click();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: t.terminate }).click();
    await page.getByRole('status').getByText(t.gone, { exact: true }).waitFor();
  });
});

it('asks nobody but the cloud', () => {
  expect(browser.foreign).toEqual([]);
});
