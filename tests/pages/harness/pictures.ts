import { join } from 'node:path';
import type { Page } from 'playwright-core';

const folder = process.env.ANDROMEDE_PICTURES;

/**
 * Keeps what is on the screen as a picture, when `ANDROMEDE_PICTURES` names a folder: those of README and LISEZMOI are made
 * by `ANDROMEDE_PICTURES=docs/pictures npx vitest run --project pages`.
 */
export async function picture(page: Page, name: string): Promise<void> {
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}
