import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Debian's Chromium, which asks nobody but the cloud under test. */
export interface Browser {
  /** A page of a person who comes for the first time. */
  visit(options: Visitor): Promise<Page>;
  /** Requests that left this machine: none, ever. */
  readonly foreign: readonly string[];
  close(): Promise<void>;
}

export interface Visitor {
  readonly url: string;
  /** What the browser's `Accept-Language` says. */
  readonly language: 'fr' | 'en';
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

export const desktop = { width: 1280, height: 860 };
export const phone = { width: 390, height: 844 };

export async function openBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) throw new Error(`${executablePath} is missing: sh tools/setup.sh test`);
  const profile = await mkdtemp(join(tmpdir(), 'andromede-chromium-'));
  const browser = await chromium.launch({
    executablePath,
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      `--crash-dumps-dir=${profile}`,
    ],
  });
  const foreign: string[] = [];
  const contexts: BrowserContext[] = [];
  return {
    foreign,
    async visit({ url, language, colorScheme = 'light', viewport = desktop }) {
      const locale = language === 'fr' ? 'fr-FR' : 'en-GB';
      const context = await browser.newContext({
        ...{ locale, colorScheme, viewport, timezoneId: 'Europe/Paris', reducedMotion: 'reduce' },
      });
      contexts.push(context);
      context.setDefaultTimeout(20_000);
      context.on('request', (request) => {
        const { protocol, hostname } = new URL(request.url());
        const local = hostname === '127.0.0.1' || hostname === 'localhost' || hostname.endsWith('.localhost');
        if (protocol.startsWith('http') && !local) foreign.push(request.url());
      });
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
