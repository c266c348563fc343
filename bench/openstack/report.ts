import { defineCatalogue } from '../../src/kernel/base/i18n.ts';
import { measuredOn, numberText, writeSection } from '../docs.ts';
import type { Measure } from './measures.ts';

/** A measure of both clouds: medians of all rounds. */
export interface Figure extends Pick<Measure, 'name' | 'title' | 'unit' | 'goal'> {
  readonly ours: number;
  readonly peer: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** How many times better ours is. */
export function ratioOf({ unit, ours, peer }: Pick<Figure, 'unit' | 'ours' | 'peer'>): number {
  return unit === 's' ? peer / ours : ours / peer;
}

const texts = defineCatalogue({
  en: {
    title: '## Andromède beside OpenStack',
    how: (date: string, processors: string, rounds: number) =>
      `Measured ${date} on ${processors}: medians of ${rounds} rounds in which both clouds took turns. The peer is OpenStack Zed from Debian 12's\npackages (MariaDB, RabbitMQ, memcached, two workers a service, Nova's fake driver); ours runs its one \`api\` process on the simulated engine.`,
    again: 'To measure again (the command’s head says what it needs):',
    head: '| | Andromède | OpenStack | ratio | goal |',
  },
  fr: {
    title: '## Andromède à côté d’OpenStack',
    how: (date: string, processors: string, rounds: number) =>
      `Mesuré le ${date} sur ${processors} : médianes de ${rounds} tours où les deux nuages alternent. L’autre est OpenStack Zed des paquets de Debian 12\n(MariaDB, RabbitMQ, memcached, deux processus par service, pilote fictif de Nova) ; le nôtre tient dans son seul processus \`api\`, sur le moteur simulé.`,
    again: 'Pour mesurer à nouveau (l’en-tête de la commande dit ce qu’il faut) :',
    head: '| | Andromède | OpenStack | rapport | but |',
  },
});

/** Writes the dated tables of `docs/`, in both languages. */
export function writeDocs(figures: readonly Figure[], rounds: number): void {
  const { date, processors } = measuredOn();
  for (const language of ['en', 'fr'] as const) {
    const t = texts(language);
    const number = (value: number) => numberText(language, value);
    const rows = figures.map((figure) => {
      const [ours, peer] = [figure.ours, figure.peer].map((value) => `${number(value)} ${figure.unit}`);
      const goal = figure.goal === undefined ? '' : `× ${figure.goal}`;
      return `| ${figure.title[language]} | ${ours} | ${peer} | × ${number(ratioOf(figure))} | ${goal} |`;
    });
    writeSection(language, 'openstack', [
      ...[t.title, '', t.how(date, processors, rounds), ''],
      ...[t.head, '|---|---|---|---|---|', ...rows, ''],
      ...[t.again, '', '```', 'node bench/openstack/compare.ts --ours DIR/openrc --peer OPENRC --docs', '```'],
    ]);
  }
}
