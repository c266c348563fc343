import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './harness/axe.ts';
import { type Browser, desktop, openBrowser, phone } from './harness/browser.ts';
import { enter } from './harness/words.ts';
import { operator, startWorld, type World } from './harness/world.ts';

let world: World;
let browser: Browser;
let owner: Page;
let guest: Page;
/** What the owner sends to whoever is invited. */
let link: string;

beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 }).waitFor();
const sound = async (page: Page) => expect(await violations(page)).toEqual([]);

describe('an owner of an organisation', () => {
  it('invites somebody, and is given a link once', async () => {
    owner = await browser.visit({ url: `${world.url}/console/organisations`, language: 'en' });
    await enter(owner, 'en', world.employee);
    await heading(owner, 'Organisations');
    await sound(owner);
    await owner.getByRole('link', { name: world.employee.domain }).click();
    await heading(owner, world.employee.domain);
    await owner.getByText('No invitation yet.').waitFor();
    await owner.getByRole('button', { name: 'Invite somebody' }).click();
    await owner.getByRole('dialog').getByLabel('For whom').fill('Léa, accounts');
    await sound(owner);
    await owner.getByRole('dialog').getByRole('button', { name: 'Invite somebody' }).click();
    const shown = owner.getByRole('dialog').getByRole('textbox', { name: 'Invitation link' });
    await shown.waitFor();
    link = await shown.inputValue();
    expect(link).toMatch(/\/console\/invitation#ami_[\w-]{43}$/);
    await sound(owner);
    await owner.keyboard.press('Escape');
    await owner.getByRole('row', { name: 'Léa, accounts' }).getByText('open').waitFor();
  });
});

describe('whoever is invited', () => {
  it('signs in at the link, accepts, and belongs to the organisation', async () => {
    guest = await browser.visit({ url: link, language: 'fr' });
    await enter(guest, 'fr', world.publisher);
    await heading(guest, 'Invitation');
    await sound(guest);
    await guest.getByRole('button', { name: 'Accepter' }).click();
    await guest.getByText(`Vous faites partie de ${world.employee.domain}`).waitFor();
    await guest.getByRole('link', { name: 'Voir l’organisation' }).click();
    await heading(guest, world.employee.domain);
    await guest.getByRole('cell', { name: `${world.publisher.userId} (vous)` }).waitFor();
    // A member sees who belongs to it, and manages nobody.
    expect(await guest.getByRole('button', { name: /Retirer|Inviter/ }).count()).toBe(0);
    await sound(guest);
  });

  it('is told what is wrong with a link that is not whole, or was used by somebody else', async () => {
    await guest.goto(`${world.url}/console/invitation#ami_short`);
    await guest.getByRole('heading', { name: 'Ce lien n’est pas entier' }).waitFor();
    await sound(guest);
    const other = await browser.visit({ url: link, language: 'en' });
    await enter(other, 'en', world.reseller);
    await other.getByRole('button', { name: 'Accept' }).click();
    await other.getByRole('alert').filter({ hasText: 'has been used' }).waitFor();
    await other.close();
  });

  it('is taken out again by an owner, who is asked twice', async () => {
    await owner.reload();
    const row = owner.getByRole('row', { name: world.publisher.userId });
    await row.getByRole('button', { name: /Remove/ }).click();
    await sound(owner);
    await owner.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await row.waitFor({ state: 'detached' });
  });
});

describe('an organisation', () => {
  it('is proposed with numbers that are right', async () => {
    await guest.goto(`${world.url}/console/organisations`);
    await heading(guest, 'Organisations');
    await guest.getByRole('button', { name: 'Proposer une organisation' }).click();
    const form = guest.getByRole('dialog');
    await form.getByLabel('Raison sociale').fill('Atelier du Nord');
    await form.getByLabel('SIREN').fill('732 829 321');
    await form.getByRole('button', { name: 'Proposer une organisation' }).click();
    await form.getByText('Choisissez au moins un rôle.').waitFor();
    await form.getByLabel('intégrateur').check();
    await form.getByRole('button', { name: 'Proposer une organisation' }).click();
    await form.getByRole('alert').filter({ hasText: 'chiffres de contrôle' }).waitFor();
    await sound(guest);
    await form.getByLabel('SIREN').fill('732 829 320');
    await form.getByRole('button', { name: 'Proposer une organisation' }).click();
    await guest.getByRole('row', { name: 'Atelier du Nord' }).getByText('en attente').waitFor();
    await sound(guest);
  });

  it('is admitted by the operator, and then is its applicant’s', async () => {
    const admin = await browser.visit({ url: `${world.url}/console/organisations`, language: 'en' });
    await enter(admin, 'en', operator);
    await admin.getByRole('button', { name: 'Admit Atelier du Nord' }).click();
    await admin.getByRole('dialog').getByLabel('I want to approve each version').check();
    await sound(admin);
    await admin.getByRole('dialog').getByRole('button', { name: 'Admit' }).click();
    await admin.getByRole('row', { name: 'Atelier du Nord' }).getByText('admitted').waitFor();
    await admin.getByRole('link', { name: 'Atelier du Nord' }).waitFor();
    await sound(admin);
    await admin.close();
    await guest.reload();
    await guest.getByRole('link', { name: 'Atelier du Nord' }).click();
    await heading(guest, 'Atelier du Nord');
    await guest.getByText('732829320').waitFor();
    await guest.setViewportSize(phone);
    await expect.poll(() => guest.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await sound(guest);
    await guest.setViewportSize(desktop);
  });
});
