import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../harness/client.ts';
import { market } from '../harness/market.ts';
import { webPage } from '../harness/stacks.ts';
import { violations } from './harness/axe.ts';
import { type Browser, desktop, openBrowser, phone } from './harness/browser.ts';
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

/** On a phone, nothing of this page is cut off or makes it scroll sideways. */
async function fitsPhone(): Promise<void> {
  await page.setViewportSize(phone);
  await expect.poll(() => page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize(desktop);
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

  it('types on its serial console, and leaves it by the keyboard', async () => {
    await page.getByRole('link', { name: 'Serial console' }).click();
    await page.getByRole('heading', { name: 'Console of web-1', level: 1 }).waitFor();
    const terminal = page.getByRole('textbox', { name: 'Serial console of web-1. Ctrl+M leaves it.' });
    const said = page.locator('.terminal-frame');
    await said.filter({ hasText: 'is simulated' }).waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    await page.keyboard.type('uname');
    await said.filter({ hasText: 'uname' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Tab');
    expect(await terminal.evaluate((element) => element.ownerDocument.activeElement === element)).toBe(true);
    await page.keyboard.press('Control+m');
    await page.keyboard.press('Enter');
    await page.getByText('The console is closed').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('Connected', { exact: true }).waitFor();
    await fitsPhone();
    await page.getByRole('link', { name: 'Back to the server' }).click();
  });

  it('gives it a volume, keeps what it holds, and takes it away again', async () => {
    await open('volumes', 'Volumes');
    await page.getByRole('heading', { name: 'No volume' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Create a volume' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('data');
    await dialog.getByLabel('Size').fill('2');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Create a volume' }).click();
    await page.getByRole('cell', { name: 'Available' }).waitFor();
    await fitsPhone();
    await page.getByRole('link', { name: 'data' }).click();
    await page.getByRole('heading', { name: 'data', level: 1 }).waitFor();

    await page.getByRole('button', { name: 'Attach' }).click();
    await dialog.getByLabel('To server').selectOption({ label: 'web-1' });
    await dialog.getByRole('button', { name: 'Attach' }).click();
    await page.getByText('Attached', { exact: true }).waitFor();
    await page.getByText(/^web-1, as /).waitFor();
    await page.getByRole('button', { name: 'Take a snapshot' }).click();
    await dialog.getByLabel('Name').fill('before');
    await dialog.getByRole('button', { name: 'Take a snapshot' }).click();
    await page.getByRole('row', { name: /^before Available/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await fitsPhone();

    await page.getByRole('button', { name: 'Detach data' }).click();
    await dialog.getByRole('button', { name: 'Detach' }).click();
    await page.getByText('Available').first().waitFor();
    await page.getByRole('button', { name: 'Delete data' }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'snapshot' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Delete before' }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No snapshot').waitFor();
  });

  it('is told of what others do to a volume', async () => {
    await open('volumes', 'Volumes');
    const link = page.getByRole('link', { name: 'data' });
    const id = (await link.getAttribute('href'))?.split('/').at(-1);
    const { employee } = world;
    const session = await signIn(world.url, employee.user, employee.password, 'mercier', '/identity', {
      name: employee.domain,
    });
    const { status } = await session.call('DELETE', `/volume/v3/${session.projectId}/volumes/${id}`);
    expect(status).toBe(202);
    await page.getByRole('heading', { name: 'No volume' }).waitFor();
  });

  it('deletes it when told so twice', async () => {
    await open('servers', 'Servers');
    await page.getByRole('link', { name: 'web-1' }).click();
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

describe('what may enter and leave', () => {
  it('is a group of rules, each in words', async () => {
    page = await browser.visit({ url: world.url, language: 'fr', colorScheme: 'dark' });
    await enter(page, 'fr', world.employee);
    await page.getByRole('link', { name: 'Groupes de sécurité' }).click();
    await page.getByRole('link', { name: 'default' }).waitFor();
    await page.getByRole('button', { name: 'Créer un groupe' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Nom').fill('web');
    await dialog.getByLabel('Description').fill('Le site');
    await dialog.getByRole('button', { name: 'Créer un groupe' }).click();
    await page.getByRole('cell', { name: 'Le site' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await fitsPhone();
    await page.getByRole('link', { name: 'web' }).click();
    await page.getByRole('row', { name: /^Sortant Tout Tout le monde, en IPv4/ }).waitFor();
    await page.getByRole('button', { name: 'Ajouter une règle' }).click();
    await dialog.getByRole('button', { name: 'Ajouter une règle' }).click();
    await page.getByRole('row', { name: /^Entrant SSH \(TCP 22\) Tout le monde, en IPv4/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await fitsPhone();
  });

  it('says at the field what is wrong with a rule', async () => {
    const dialog = page.getByRole('dialog');
    const add = async () => dialog.getByRole('button', { name: 'Ajouter une règle' }).click();
    await page.getByRole('button', { name: 'Ajouter une règle' }).click();
    await add();
    await dialog.getByText('Ce groupe a déjà cette règle.').waitFor();
    await dialog.getByLabel('Trafic').selectOption('tcp');
    await dialog.getByLabel('Ports').fill('9000-8000');
    await dialog.getByLabel('Avec qui').selectOption('range');
    await dialog.getByLabel('Plage d’adresses').fill('10.0.0.0/33');
    await add();
    await dialog.getByText('le plus petit d’abord').waitFor();
    await dialog.getByLabel('Ports').fill('8000-9000');
    await add();
    await dialog.getByText('Ce n’est ni une adresse ni une plage').waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByLabel('Plage d’adresses').fill('10.0.0.0/8');
    await add();
    await page.getByRole('row', { name: /^Entrant TCP 8000–9000 10\.0\.0\.0\/8/ }).waitFor();
  });

  it('goes when told so twice: a rule, then the group', async () => {
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Supprimer Entrant, SSH (TCP 22), Tout le monde, en IPv4' }).click();
    await dialog.getByRole('button', { name: 'Supprimer' }).click();
    await page.getByRole('cell', { name: 'SSH (TCP 22)', exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Supprimer web' }).click();
    await dialog.getByRole('button', { name: 'Supprimer' }).click();
    await page.getByRole('link', { name: 'default' }).waitFor();
    await page.getByRole('link', { name: 'web', exact: true }).waitFor({ state: 'detached' });
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

  it('the publisher writes another one, and is told where its template is wrong', async () => {
    await page.getByRole('link', { name: 'Écrire une offre' }).click();
    await page.getByRole('heading', { name: 'Écrire une offre', level: 1 }).waitFor();
    await fitsPhone();
    const labels = ['Titre en français', 'Titre en anglais', 'Description en français', 'Description en anglais'];
    for (const label of labels) await page.getByLabel(label).fill('Vitrine');
    await page.getByLabel('Nom en français').fill('Mensuel');
    await page.getByLabel('Nom en anglais').fill('Monthly');
    const template = page.getByRole('textbox', { name: 'Modèle Heat' });
    const save = page.getByRole('button', { name: 'Enregistrer le brouillon' });
    await template.fill(webPage.replace('{get_param: size}', '{get_param: siez}'));
    await page.getByLabel('Abonnement par mois').fill('9,999');
    await save.click();
    await page.getByText('Un montant positif, à 2 décimales au plus').waitFor();
    await page.getByLabel('Abonnement par mois').fill('9,90');
    await save.click();
    await page.getByText(/line \d+: resources\.server\.properties\.flavor.*siez/).waitFor();
    expect(await page.evaluate('getSelection().toString()')).toContain('flavor: {get_param: siez}');
    expect(await violations(page)).toEqual([]);
    await template.fill(webPage);
    await save.click();
    await page.getByRole('heading', { name: 'Vitrine' }).waitFor();
    await page.getByText('Mensuel : ').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('the publisher adds a plan to it', async () => {
    await page.getByRole('button', { name: 'Ajouter une formule Vitrine' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Nom en français').fill('À l’heure');
    await dialog.getByLabel('Nom en anglais').fill('By the hour');
    await dialog.getByRole('button', { name: 'Ajouter une formule' }).click();
    await dialog.getByText('Dites un abonnement, un prix par unité, ou les deux.').waitFor();
    await dialog.getByLabel('Prix du serveur').fill('0,02');
    await dialog.getByLabel('Unité', { exact: true }).selectOption({ label: 'l’heure' });
    await dialog.getByLabel('Au plus par mois').fill('10');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Ajouter une formule' }).click();
    await page.getByText('À l’heure : Serveur : 0,02 € HT par heure entamée').waitFor();
    await fitsPhone();
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

  it('the operator sees its sales as bars, with the figures in a table', async () => {
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Sales' }).click();
    await page.getByRole('heading', { name: 'Sales', level: 1 }).waitFor();
    await page.getByRole('img', { name: 'What was earned, month by month' }).waitFor();
    await page.getByRole('columnheader', { name: 'Margin' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(13);
    await fitsPhone();
    await page.setViewportSize(phone);
    await page.getByLabel('Organisation').selectOption({ label: 'Éditions du Phare' });
    await page.getByRole('columnheader', { name: 'Margin' }).waitFor({ state: 'detached' });
  });

  it('nobody is shown what is for others', async () => {
    page = await browser.visit({ url: world.url, language: 'en' });
    await enter(page, 'en', world.employee);
    await page.getByRole('link', { name: 'Servers' }).waitFor();
    expect(await page.getByRole('link', { name: /Overview|My offerings|My stores|Sales/ }).count()).toBe(0);
    await open('overview', 'Overview');
    await page.getByRole('alert').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await open('nowhere', 'There is no such page');
    expect(await violations(page)).toEqual([]);
  });
});
