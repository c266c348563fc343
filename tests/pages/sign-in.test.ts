import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './harness/axe.ts';
import { type Browser, openBrowser } from './harness/browser.ts';
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

describe('signing in', () => {
  it('begins at the bare address, in the language of the browser', async () => {
    const page = await browser.visit({ url: world.url, language: 'fr' });
    await page.getByRole('heading', { name: 'Se connecter' }).waitFor();
    expect(page.url()).toBe(`${world.url}/console/`);
    expect(await violations(page)).toEqual([]);
  });

  it('says what is wrong in words, and keeps what was typed', async () => {
    const page = await browser.visit({ url: world.url, language: 'en' });
    await enter(page, 'en', { ...world.employee, password: 'guessed' });
    await page.getByRole('alert').filter({ hasText: 'Organisation, name or password does not match.' }).waitFor();
    expect(await page.getByLabel('User name').inputValue()).toBe('camille');
  });

  it('keeps the token from scripts, and ends it when signing out', async () => {
    const page = await browser.visit({ url: world.url, language: 'fr' });
    await enter(page, 'fr', world.employee);
    await page.getByRole('heading', { name: 'Boutiques', level: 1 }).waitFor();
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    const seen = await page.evaluate<string>(
      'JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])',
    );
    expect(seen).not.toContain(cookie?.value);

    await page.getByRole('button', { name: 'Compte de camille' }).click();
    await page.getByRole('menuitem', { name: 'Se déconnecter' }).click();
    await page.getByRole('heading', { name: 'Se connecter' }).waitFor();
    const headers = { 'X-Auth-Token': cookie?.value ?? '' };
    expect((await fetch(`${world.url}/identity/v3/auth/projects`, { headers })).status).toBe(401);
  });

  it('is remembered, and so is a choice of language', async () => {
    const page = await browser.visit({ url: world.url, language: 'fr' });
    await enter(page, 'fr', world.employee);
    await page.getByRole('heading', { name: 'Boutiques', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Langue' }).click();
    await page.getByRole('menuitem', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Stores', level: 1 }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Stores', level: 1 }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });

  it('works by keyboard alone', async () => {
    const page = await browser.visit({ url: world.url, language: 'en' });
    await page.getByLabel('User name').waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(world.employee.domain);
    await page.keyboard.press('Tab');
    await page.keyboard.type(world.employee.user);
    await page.keyboard.press('Tab');
    await page.keyboard.type(world.employee.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Stores', level: 1 }).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

it('asks nobody but the cloud', () => {
  expect(browser.foreign).toEqual([]);
});
