import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const script = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const options = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
};

/** What of WCAG 2.2 AA (and of axe's best practices) the page breaks now, a line each; empty when nothing. */
export async function violations(page: Page): Promise<string[]> {
  // The page's policy runs no foreign script; what the debugger evaluates is not the page's.
  await page.evaluate(script);
  const results = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => {
      const summary = failureSummary.replaceAll(/\s+/g, ' ');
      return `${id} (${help}) at ${target.join(' ')}: ${summary}`;
    }),
  );
}
