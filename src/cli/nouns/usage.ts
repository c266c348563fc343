import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { readDocument } from '../market/document.ts';
import { record } from '../output.ts';
import { type Noun, required } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'l’usage mesuré',
    report: 'remet des événements d’usage (CloudEvents 1.0) ; chacun ne compte qu’une fois, même remis deux fois',
    file: 'fichier JSON : un tableau d’événements',
    accepted: 'acceptés',
    duplicates: 'déjà connus',
    conflicting: 'contradictoires',
  },
  en: {
    noun: 'measured usage',
    report: 'hands in usage events (CloudEvents 1.0); each counts once, even when it is handed in twice',
    file: 'JSON file: an array of events',
    accepted: 'accepted',
    duplicates: 'known already',
    conflicting: 'conflicting',
  },
});

interface Ingested {
  readonly accepted: number;
  readonly duplicates: number;
  readonly conflicting: readonly { readonly id: string }[];
}

/** Usage, for whoever measures it himself. */
export function usageNoun(language: Language): Noun {
  const t = texts(language);
  return {
    name: 'usage',
    text: t.noun,
    verbs: [
      {
        usage: 'report',
        text: t.report,
        example: 'report --file usage-of-march.json --cloud admin',
        flags: [{ flags: '--file <file>', text: t.file, required: true }],
        async run(call) {
          const events = readDocument(required(call, 'file'));
          const body = await call.market().post<Ingested>('/usage-events', events, call);
          const lines = record([
            [t.accepted, body.accepted],
            [t.duplicates, body.duplicates],
            [t.conflicting, body.conflicting.map(({ id }) => id)],
          ]);
          return { body, lines };
        },
      },
    ],
  };
}
