import { defineCatalogue } from '../../src/kernel/base/i18n.ts';
import { measuredOn, numberText, writeSection } from '../docs.ts';

/** Medians in seconds. */
export interface FirstByte {
  readonly ordered: number;
  readonly byHand: number;
  readonly ratio: number;
  readonly goal: number;
  readonly runs: number;
}

const texts = defineCatalogue({
  en: {
    title: '## From an order to the first byte',
    how: (date: string, processors: string, runs: number) =>
      `Measured ${date} on ${processors}: medians of ${runs} runs in turn, no guest booted in advance. By hand is a tap, a config drive and\nQEMU with the arguments of the server that was ordered ([bench/first-byte](../../bench/first-byte/README.md)).`,
    head: '| ordered, through the floating IP | by hand, on the tap | ratio | goal |',
    most: (goal: string) => `${goal} at most`,
  },
  fr: {
    title: '## De la commande au premier octet',
    how: (date: string, processors: string, runs: number) =>
      `Mesuré le ${date} sur ${processors} : médianes de ${runs} essais en alternance, sans serveur démarré d’avance. À la main : un tap, un disque\nde configuration et QEMU avec les arguments du serveur commandé ([bench/first-byte](../../bench/first-byte/README.md)).`,
    head: '| commandé, par l’IP flottante | à la main, sur le tap | rapport | but |',
    most: (goal: string) => `${goal} au plus`,
  },
});

/** Writes the dated table into `docs/`, in both languages. */
export function writeDocs({ ordered, byHand, ratio, goal, runs }: FirstByte): void {
  const { date, processors } = measuredOn();
  for (const language of ['en', 'fr'] as const) {
    const t = texts(language);
    const number = (value: number) => numberText(language, Number(value.toFixed(2)));
    const row = `| ${number(ordered)} s | ${number(byHand)} s | ${number(ratio)} | ${t.most(number(goal))} |`;
    const command = ['```', 'node bench/first-byte/compare.ts --docs', '```'];
    writeSection(language, 'first-byte', [
      ...[t.title, '', t.how(date, processors, runs), '', t.head, '|---|---|---|---|', row, '', ...command],
    ]);
  }
}
