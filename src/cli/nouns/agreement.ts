import type { Agreement, AgreementSimulation } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { usageFailure } from '../failures.ts';
import { readDocument } from '../market/document.ts';
import { moneyText } from '../market/render.ts';
import { type Answer, record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { type Call, type Flag, type Noun, option, required, segment } from '../verbs.ts';

type Total = AgreementSimulation['totals'][number];

const texts = defineCatalogue({
  fr: {
    noun: 'ce que l’opérateur et un éditeur se partagent',
    create: 'propose la part d’un éditeur et la signe pour son côté ; la marge du revendeur passe avant',
    sign: 'signe un accord ; il est en vigueur quand l’opérateur et l’éditeur l’ont signé',
    simulate: 'ce que chacun recevrait d’une vente, avant de signer',
    side: 'pour qui l’on signe : operator ou publisher',
    file: 'fichier JSON ou YAML : les règles, dans leur ordre, au lieu de --publisher-percent',
    amount: 'la vente, en euros hors taxes',
    base: 'la même au prix de base ; ce qui est au-dessus va à la boutique',
    percentOrRules: 'dites --publisher-percent, ou --rules avec un fichier',
    state: 'état',
    proposed: 'proposé',
    signed: 'signé des deux côtés',
    who: 'bénéficiaire',
    gets: 'montant',
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
    create: 'proposes a publisher’s share and signs it for one’s own side; the reseller’s margin comes first',
    sign: 'signs an agreement; it is in force when operator and publisher have signed it',
    simulate: 'what each would get of a sale, before signing',
    side: 'for whom one signs: operator or publisher',
    file: 'JSON or YAML file: the rules in their order, instead of --publisher-percent',
    amount: 'the sale, in euros without VAT',
    base: 'the same at the base price; what is above goes to the store',
    percentOrRules: 'say --publisher-percent, or --rules with a file',
    state: 'state',
    proposed: 'proposed',
    signed: 'signed by both sides',
    who: 'who',
    gets: 'amount',
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
  const one = (body: Agreement): Answer<Agreement> => ({
    body,
    lines: record([
      [t.id, body.id],
      [t.version, body.version],
      [t.rules, rulesText(body)],
      [t.state, t[body.state]],
    ]),
  });
  const rulesOf = (call: Call): object => {
    const file = option(call, 'rules');
    if (file !== undefined) return readDocument(file);
    const percent = option(call, 'publisherPercent');
    if (percent === undefined) throw usageFailure(t.percentOrRules);
    return [{ kind: 'percentOfRemainder', percent }];
  };
  const ruleFlags: readonly Flag[] = [
    { flags: '--publisher <organisation>', text: t.publisher, required: true },
    { flags: '--publisher-percent <percent>', text: t.percent },
    { flags: '--rules <file>', text: t.file },
  ];
  return {
    name: 'agreement',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example: 'create --publisher 0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07 --publisher-percent 70 --cloud admin',
        flags: ruleFlags,
        async run(call) {
          const body = { publisherId: required(call, 'publisher'), rules: rulesOf(call) };
          return one(await call.market().post<Agreement>('/agreements', body, call));
        },
      },
      {
        usage: 'sign <agreement>',
        text: t.sign,
        example: 'sign 0199f2c4-6a40-7f1d-8a3e-1b2c3d4e5f60 --cloud publisher',
        flags: [{ flags: '--side <side>', text: t.side, preset: 'publisher' }],
        async run(call) {
          const body = { side: required(call, 'side') };
          return one(await call.market().post<Agreement>(`/agreements/${segment(call)}/sign`, body, call));
        },
      },
      {
        usage: 'simulate',
        text: t.simulate,
        example: `simulate --publisher 0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07 --publisher-percent 70 \\
    --amount 120.00 --base-amount 100.00 --cloud publisher`,
        flags: [
          ...ruleFlags,
          { flags: '--amount <amount>', text: t.amount, required: true },
          { flags: '--base-amount <amount>', text: t.base },
        ],
        async run(call) {
          const euros = (amount: string) => ({ amount, currency: 'EUR' });
          const base = option(call, 'baseAmount');
          const sale = { amount: euros(required(call, 'amount')), ...(base && { baseAmount: euros(base) }) };
          const asked = { publisherId: required(call, 'publisher'), rules: rulesOf(call), sales: [sale] };
          const body = await call.market().post<AgreementSimulation>('/agreement-simulations', asked, call);
          const columns = [
            [t.who, ({ party }: Total) => party],
            [t.gets, ({ amount }: Total) => moneyText(amount, language)],
          ] as const;
          return { body, lines: table(body.totals, columns, cliTexts(language).none) };
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
              [t.state, ({ state }) => t[state]],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
    ],
  };
}
