import { readFileSync } from 'node:fs';

/** The commands that a guide has its reader type, as words; a word in capitals stands for an id. */
export function commandsOf(guide: string): string[][] {
  const text = readFileSync(new URL(`../../docs/${guide}`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```\n(bin\/andromede [\s\S]*?)^```/gm)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) => block.replaceAll(/\\\n/g, ' ').trim().split('\n'));
  const words = (line: string) =>
    [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  return lines.map((line) => words(line).slice(1));
}
