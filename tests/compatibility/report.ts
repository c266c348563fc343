import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { knownReason } from './known-reasons.ts';
import { bareName, type Counts, className, count, type Result } from './results.ts';

/** A whole run, as it is committed; everything in the tables comes from it. */
export interface Run {
  readonly list: string;
  readonly accounts: string;
  readonly command: string;
  /** Day on which it ended, ISO 8601. */
  readonly date: string;
  /** Git's names of what was run: one, unless results of several were wanted. */
  readonly version: string;
  /** Version of Debian's package. */
  readonly tempest: string;
  readonly tests: Readonly<Record<string, Result>>;
}

const root = new URL('../../', import.meta.url);

/** Keeps the run in `results/` and puts its tables into the pages of both languages. */
export function publish(run: Run): void {
  const name = `${run.list}-${run.accounts}`;
  mkdirSync(new URL('results/', import.meta.url), { recursive: true });
  writeFileSync(new URL(`results/${name}.json`, import.meta.url), `${JSON.stringify(run, undefined, 2)}\n`);
  for (const [language, words] of Object.entries(languages)) {
    const page = new URL(`docs/${language}/interop.md`, root);
    writeFileSync(page, withBlock(readFileSync(page, 'utf8'), name, tables(run, words)));
  }
}

/** What of this tree is run: its commit, marked when files have been changed since. */
export function versionOfTree(): string {
  return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).trim();
}

interface Words {
  readonly language: 'en' | 'fr';
  readonly group: string;
  readonly counts: Readonly<Record<keyof Counts, string>>;
  readonly total: string;
  readonly test: string;
  readonly why: string;
  readonly notExplained: string;
  readonly nothing: string;
  readonly caption: (run: Run) => string;
}

const languages: Readonly<Record<'en' | 'fr', Words>> = {
  en: {
    language: 'en',
    group: 'capability',
    counts: { passed: 'passed', failed: 'failed', skipped: 'skipped' },
    total: '**total**',
    test: 'not passed',
    why: 'why',
    notExplained: '**not explained**',
    nothing: 'Everything passed.',
    caption: ({ command, date, version, tempest }) => `${date}, version ${version}, Tempest ${tempest}: \`${command}\``,
  },
  fr: {
    language: 'fr',
    group: 'capacité',
    counts: { passed: 'réussis', failed: 'échoués', skipped: 'sautés' },
    total: '**total**',
    test: 'non réussi',
    why: 'pourquoi',
    notExplained: '**non expliqué**',
    nothing: 'Tout a réussi.',
    caption: ({ command, date, version, tempest }) =>
      `${date}, version ${version}, Tempest ${tempest} : \`${command}\``,
  },
};

function withBlock(page: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  if (!page.includes(start) || !page.includes(end)) throw new Error(`interop.md has no place for ${name}`);
  return `${page.slice(0, page.indexOf(start) + start.length)}\n\n${text}\n\n${page.slice(page.indexOf(end))}`;
}

function tables(run: Run, words: Words): string {
  const capabilities = capabilitiesOf(run.list);
  const groups = Map.groupBy(
    Object.entries(run.tests),
    ([id]) => capabilities.get(bareName(id)) ?? bareName(id).split('.').slice(2, 4).join('.'),
  );
  const rows = [...groups].sort(([left], [right]) => (left < right ? -1 : 1));
  const line = (name: string, { passed, failed, skipped }: Counts) =>
    `| ${name} | ${passed} | ${failed} | ${skipped} |`;
  const { passed, failed, skipped } = words.counts;
  return [
    words.caption(run),
    '',
    `| ${words.group} | ${passed} | ${failed} | ${skipped} |`,
    '|---|---:|---:|---:|',
    ...rows.map(([name, tests]) => line(name, count(tests.map(([, result]) => result)))),
    line(words.total, count(Object.values(run.tests))),
    '',
    ...reasons(run, words),
  ].join('\n');
}

/** Each reason once, with the tests that it keeps from passing: all of a class's in one line. */
function reasons({ tests }: Run, words: Words): string[] {
  const others = Object.entries(tests).filter(([, { status }]) => status !== 'passed');
  if (others.length === 0) return [words.nothing];
  const kinds = Map.groupBy(others, ([id, { status, reason }]) => {
    const known = knownReason(bareName(id), reason)?.[words.language];
    return known ?? `${words.notExplained} (${words.counts[status]}): ${kindOf(reason)}`;
  });
  const rows = [...kinds].sort(([, left], [, right]) => right.length - left.length);
  return [
    `| ${words.why} | | ${words.test} |`,
    '|---|---:|---|',
    ...rows.map(
      ([kind, affected]) => `| ${kind} | ${affected.length} | ${byClass(affected.map(([id]) => id)).join('<br>')} |`,
    ),
  ];
}

function byClass(ids: readonly string[]): string[] {
  const nameOf = (id: string) => shortName(id).slice(shortName(className(id)).length + 1);
  return [...Map.groupBy(ids, className)].map(([name, ofClass]) =>
    ofClass.length > 3
      ? `${shortName(name)} (${ofClass.length})`
      : `${shortName(name)}: ${ofClass.map(nameOf).join(', ')}`,
  );
}

/** A reason without what differs from one test to the next: ids, addresses, names made up for one run. */
function kindOf(reason: string): string {
  return reason
    .replace(/tempest-[\w-]+/g, '…')
    .replace(/[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/g, '…')
    .replace(/0x[0-9a-f]+|https?:\/\/[^\s'"]+|\b\d+(\.\d+){1,3}\b/g, '…')
    .replace(/[|\n<>]/g, ' ')
    .slice(0, 220);
}

function shortName(id: string): string {
  return bareName(id).replace(/^tempest\.api\./, '');
}

/** The capability of each test of a list that names them. */
function capabilitiesOf(list: string): ReadonlyMap<string, string> {
  if (list !== 'platform') return new Map();
  const lines = readFileSync(new URL('lists/platform-capabilities.tsv', import.meta.url), 'utf8').split('\n');
  return new Map(lines.filter(Boolean).map((line) => line.split('\t') as [string, string]));
}
