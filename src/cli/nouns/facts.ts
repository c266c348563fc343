import type { Fact } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { timeText } from '../market/render.ts';
import { table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { type Noun, option } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'ce qui s’est passé, dans un registre où rien ne s’efface',
    list: 'les faits que vous pouvez lire, du plus ancien au plus récent',
    subject: 'seulement ceux d’une commande, d’un abonnement, d’une offre…',
    at: 'quand',
    kind: 'fait',
    subjectColumn: 'sujet',
    leaf: 'empreinte',
  },
  en: {
    noun: 'what happened, in a record from which nothing is erased',
    list: 'the facts that you may read, from the oldest to the newest',
    subject: 'only those of an order, a subscription, an offering…',
    at: 'when',
    kind: 'fact',
    subjectColumn: 'subject',
    leaf: 'leaf hash',
  },
});

/** The append-only record. */
export function factNoun(language: Language): Noun {
  const t = texts(language);
  return {
    name: 'facts',
    text: t.noun,
    verbs: [
      {
        usage: 'list',
        text: t.list,
        example: 'list --subject 0199f2c5-2f60-7b19-9a7d-84c1d3e5f602 --cloud employee',
        flags: [{ flags: '--subject <id>', text: t.subject }],
        async run(call) {
          const query = { subject: option(call, 'subject') };
          const items = await call.market().all<Fact>('/facts', query);
          const lines = table(
            items,
            [
              [t.at, ({ at }) => timeText(at)],
              [t.kind, ({ kind }) => kind],
              [t.subjectColumn, (fact) => fact.subject],
              [t.leaf, ({ leafHash }) => leafHash.slice(0, 16)],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
    ],
  };
}
