import type { Page } from 'playwright-core';

/** Signs in on the page that is open; the labels are the reader's. */
export async function enter(
  page: Page,
  language: 'fr' | 'en',
  { domain, user, password }: { readonly domain: string; readonly user: string; readonly password: string },
): Promise<void> {
  const words =
    language === 'fr'
      ? { user: 'Nom d’utilisateur', password: /^Mot de passe/, submit: 'Se connecter' }
      : { user: 'User name', password: /^Password/, submit: 'Sign in' };
  await page.getByLabel('Organisation').fill(domain);
  await page.getByLabel(words.user).fill(user);
  await page.getByLabel(words.password).fill(password);
  await page.getByRole('button', { name: words.submit }).click();
}
