import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../harness/client.ts';
import { market } from '../harness/market.ts';
import { violations } from './harness/axe.ts';
import { type Browser, openBrowser, phone } from './harness/browser.ts';
import { picture } from './harness/pictures.ts';
import { enter } from './harness/words.ts';
import { colleague, type Person, startWorld, type World } from './harness/world.ts';

let world: World;
let browser: Browser;
let manager: Person;
let ordering: Page;
let managing: Page;

beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), openBrowser()]);
  const { admin, employee, customerId, url } = world;
  manager = await colleague(admin, employee, 'denis');
  await market(admin, 'POST', `/organisations/${customerId}/members`, { userId: manager.userId, role: 'member' });
  const domain = { name: employee.domain };
  const owner = await signIn(url, employee.user, employee.password, 'mercier', '/identity', domain);
  await market(owner, 'PUT', `/organisations/${customerId}/purchasing-policy`, {
    ...{
      version: 0,
      costCentreRequired: true,
      levels: [{ above: { amount: '10.00', currency: 'EUR' }, by: 'manager' }],
    },
    costCentres: [{ code: 'R-42', name: 'Recherche', managerIds: [manager.userId] }],
  });
});

afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** So many minutes of the subscription's server, all at once. */
async function useMinutes(subscriptionId: string, minutes: number): Promise<void> {
  const { outputs, activatedAt: at, projectId } = await market(world.admin, 'GET', `/subscriptions/${subscriptionId}`);
  const event = {
    ...{ specversion: '1.0', id: `test-${subscriptionId}`, source: 'test', type: 'andromede.compute.server.usage.v1' },
    ...{ subject: outputs.server_id, time: at },
    data: { projectId, start: at, end: at, quantity: minutes * 60, unit: 'second' },
  };
  await market(world.admin, 'POST', '/usage-events', [event] as unknown as object);
}

describe('an order that somebody has to agree to', () => {
  it('is placed on a cost centre, and says whom it waits for', async () => {
    ordering = await browser.visit({ url: `${world.storeUrl}/console/`, language: 'fr' });
    await enter(ordering, 'fr', world.employee);
    await ordering.getByRole('link', { name: /^Voir l’offre/ }).click();
    await ordering.getByLabel('Centre de coûts').selectOption('R-42');
    await ordering.getByLabel('Plafond de dépense').fill('12,34x');
    await ordering.getByText('Un montant en euros').waitFor();
    await ordering.getByLabel('Plafond de dépense').fill('25,00');
    const order = ordering.getByRole('button', { name: 'Commander', exact: true });
    await expect.poll(() => order.isEnabled(), { timeout: 15_000 }).toBe(true);
    expect(await violations(ordering)).toEqual([]);
    await order.click();
    await ordering.getByText('Cette commande coûte au plus 25,00 € HT par mois.').waitFor();
    await ordering.getByText('Un responsable du centre de coûts doit être d’accord').waitFor();
    await ordering.getByText('Centre de coûts R-42 · Recherche').waitFor();
    await picture(ordering, 'awaiting-fr');
    expect(await violations(ordering)).toEqual([]);
  });

  it('waits in its manager’s list, also on a phone', async () => {
    managing = await browser.visit({ url: `${world.url}/console/approvals`, language: 'en', colorScheme: 'dark' });
    await enter(managing, 'en', manager);
    await managing.getByRole('heading', { name: 'Waiting for you' }).waitFor();
    await managing.getByRole('table', { name: 'Waiting for you' }).getByText('€25.00').waitFor();
    await picture(managing, 'approvals-en');
    expect(await violations(managing)).toEqual([]);
    await managing.setViewportSize(phone);
    expect(await managing.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    await managing.setViewportSize({ width: 1280, height: 860 });
  });

  it('becomes a service when it is approved, told to whoever ordered as it happens', { timeout: 120_000 }, async () => {
    await managing.getByRole('button', { name: 'Approve Web page' }).click();
    const dialog = managing.getByRole('dialog');
    await dialog.getByLabel('A word').fill('Bon projet.');
    expect(await violations(managing)).toEqual([]);
    await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
    await managing.getByText('Nothing waits for you').waitFor();
    await ordering.getByText('Accord de denis · Bon projet.').waitFor();
    await ordering.getByText('C’est prêt').waitFor({ timeout: 60_000 });
  });

  it('stops at its ceiling, which only those raise who could have approved it', { timeout: 120_000 }, async () => {
    await ordering.getByRole('link', { name: 'Ouvrir l’abonnement' }).click();
    await ordering.getByRole('heading', { name: 'Plafond de dépense' }).waitFor();
    await useMinutes(ordering.url().split('/').at(-1) ?? '', 180);
    await ordering.getByText('25,92 € HT ce mois-ci, sur 25,00 €').waitFor({ timeout: 60_000 });
    await ordering.getByRole('alert').filter({ hasText: 'Plafond atteint' }).waitFor({ timeout: 60_000 });
    await ordering.getByRole('status').filter({ hasText: 'Suspendu' }).waitFor({ timeout: 60_000 });
    await picture(ordering, 'ceiling-fr');
    expect(await violations(ordering)).toEqual([]);
    await ordering.getByRole('button', { name: 'Reprendre' }).click();
    await ordering.getByText('relevez-le, ou attendez le mois prochain').waitFor();
    await ordering.getByRole('button', { name: 'Changer le plafond' }).click();
    const dialog = ordering.getByRole('dialog');
    await dialog.getByLabel('Au plus par mois').fill('28,00');
    await dialog.getByRole('button', { name: 'Changer le plafond' }).click();
    await dialog.getByText('Ce plafond demande l’accord de quelqu’un').waitFor();
    expect(await violations(ordering)).toEqual([]);
  });

  it('is refused with a reason, and both see it at once', async () => {
    await ordering.goto(`${world.storeUrl}/console/stores/hermine/offers/${world.offeringId}`);
    await ordering.getByLabel('Centre de coûts').selectOption('R-42');
    const order = ordering.getByRole('button', { name: 'Commander', exact: true });
    await expect.poll(() => order.isEnabled(), { timeout: 15_000 }).toBe(true);
    await order.click();
    await managing.getByRole('button', { name: 'Refuse Web page' }).click();
    await managing.getByLabel('Why').fill('Nous en avons déjà un.');
    await managing.getByRole('dialog').getByRole('button', { name: 'Refuse', exact: true }).click();
    await managing.getByText('Nothing waits for you').waitFor();
    const told = ordering.getByRole('alert').filter({ hasText: 'La commande n’a pas été acceptée' });
    await told.getByText('Nous en avons déjà un.').waitFor();
    await picture(managing, 'approvals-refused-en');
    expect(await violations(ordering)).toEqual([]);
    expect(await violations(managing)).toEqual([]);
  });
});
