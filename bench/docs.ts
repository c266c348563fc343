import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { defineCatalogue, type Language } from '../src/kernel/base/i18n.ts';

/** The pages of figures in `docs/`: each bench writes a section of its own, in both languages. */
const files: Readonly<Record<Language, string>> = { en: 'en/figures.md', fr: 'fr/chiffres.md' };

const texts = defineCatalogue({
  en: { head: '# Figures\n\n*[En français](../fr/chiffres.md)*\n' },
  fr: { head: '# Chiffres\n\n*[In English](../en/figures.md)*\n' },
});

/** A number as a person of that language reads it. */
export function numberText(language: Language, value: number): string {
  return value.toLocaleString(language === 'fr' ? 'fr-FR' : 'en-GB', { maximumSignificantDigits: 4 });
}

/** When and on what it was measured, for the text around a table. */
export function measuredOn(): { readonly date: string; readonly processors: string } {
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  };
}

/** Puts a bench's section in its place on the page, or at the end; the others stay. */
export function writeSection(language: Language, name: string, lines: readonly string[]): void {
  const file = new URL(`../docs/${files[language]}`, import.meta.url);
  const page = existsSync(file) ? readFileSync(file, 'utf8') : texts(language).head;
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->\n`];
  const section = `${begin}\n${lines.join('\n')}\n\n${end}`;
  const [before = '', rest] = page.split(begin);
  const after = rest?.split(end)[1];
  writeFileSync(file, after === undefined ? `${page.trimEnd()}\n\n${section}` : before + section + after);
}
