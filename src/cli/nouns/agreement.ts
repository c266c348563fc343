import type { Agreement } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { type Noun, required } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'ce que l’opérateur et un éditeur se partagent',
    create: 'convient de la part d’un éditeur (réservé à l’opérateur) ; la marge du revendeur passe avant',
    list: 'les accords avec un éditeur, le dernier est en vigueur',
    publisher: 'identifiant de l’éditeur',
    percent: 'sa part de ce qui reste après la marge du revendeur, en %',
    id: 'identifiant',
    version: 'version',
    rules: 'règles',
    share: (percent: string) => `${percent} % du reste à l’éditeur`,
  },
  en: {
    noun: 'what the operator and a publisher share',
    create: 'agrees on a publisher’s share (the operator only); the reseller’s margin comes first',
    list: 'the agreements with a publisher; the last one is in force',
    publisher: 'id of the publisher',
    percent: 'its share of what remains after the reseller’s margin, in %',
    id: 'id',
    version: 'version',
    rules: 'rules',
    share: (percent: string) => `${percent}% of the remainder to the publisher`,
  },
});

/** Revenue-sharing agreements. */
export function agreementNoun(language: Language): Noun {
  const t = texts(language);
  const rulesText = ({ rules }: Agreement) =>
    rules.map(({ kind, percent, amount }) =>
      kind === 'percentOfRemainder' ? t.share(percent ?? '') : `${kind} ${percent ?? amount}`,
    );
  return {
    name: 'agreement',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example: 'create --publisher 0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07 --publisher-percent 70 --cloud admin',
        flags: [
          { flags: '--publisher <organisation>', text: t.publisher, required: true },
          { flags: '--publisher-percent <percent>', text: t.percent, required: true },
        ],
        async run(call) {
          const rules = [{ kind: 'percentOfRemainder', percent: required(call, 'publisherPercent') }];
          const body = { publisherId: required(call, 'publisher'), rules };
          const made = await call.market().post<Agreement>('/agreements', body, call);
          const lines = record([
            [t.id, made.id],
            [t.version, made.version],
            [t.rules, rulesText(made)],
          ]);
          return { body: made, lines };
        },
      },
      {
        usage: 'list',
        text: t.list,
        example: 'list --publisher 0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07 --cloud admin',
        flags: [{ flags: '--publisher <organisation>', text: t.publisher, required: true }],
        async run(call) {
          const query = { publisherId: required(call, 'publisher') };
          const items = await call.market().all<Agreement>('/agreements', query);
          const lines = table(
            items,
            [
              [t.id, ({ id }) => id],
              [t.version, ({ version }) => version],
              [t.rules, rulesText],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
    ],
  };
}
