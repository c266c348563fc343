import type { Amount } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { readDocument } from '../market/document.ts';
import { moneyText } from '../market/render.ts';
import { record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { type Noun, required } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'ce qu’un mois aurait coûté : rien n’en est facturé',
    create:
      'évalue un mois des projets importés, à blanc, et le rapproche de ce que dit le nuage (réservé à l’opérateur)',
    list: 'le mois, projet par projet',
    month: 'mois du vendeur : 2026-03',
    price: 'fichier JSON ou YAML : le tarif à essayer, comme pour un plan',
    projects: 'projets',
    total: 'total HT',
    differing: 'serveurs qui diffèrent',
    charged: 'facturé',
    nothing: 'rien : à blanc',
    project: 'projet',
    metered: 'mesuré (s)',
    cloud: 'selon le nuage (s)',
    difference: 'écart (s)',
  },
  en: {
    noun: 'what a month would have cost: nobody is charged for it',
    create:
      'rates a month of the imported projects without charging, beside what the cloud says itself (the operator only)',
    list: 'the month, project by project',
    month: 'month of the seller: 2026-03',
    price: 'JSON or YAML file: the tariff to try, as for a plan',
    projects: 'projects',
    total: 'total excl. VAT',
    differing: 'servers that differ',
    charged: 'charged',
    nothing: 'nothing: a shadow bill',
    project: 'project',
    metered: 'metered (s)',
    cloud: 'cloud (s)',
    difference: 'difference (s)',
  },
});

interface Reckoned {
  readonly month: string;
  readonly projects: number;
  readonly totalWithoutVat: Amount;
  readonly differing: number;
}

interface Bill {
  readonly projectName: string;
  readonly totalWithoutVat: Amount;
  readonly reconciliation: { readonly metered: number; readonly cloud: number; readonly difference: number };
}

/** Shadow bills of a cloud whose store is not open yet. */
export function shadowBillNoun(language: Language): Noun {
  const t = texts(language);
  return {
    name: 'shadow-bill',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example: 'create --month 2026-03 --price examples/shadow-tariff.yaml --cloud admin',
        flags: [
          { flags: '--month <month>', text: t.month, required: true },
          { flags: '--price <file>', text: t.price, required: true },
        ],
        async run(call) {
          const wanted = { month: required(call, 'month'), price: readDocument(required(call, 'price')) };
          const body = await call.market().post<Reckoned>('/shadow-bills', wanted, call);
          const lines = record([
            [t.projects, body.projects],
            [t.total, moneyText(body.totalWithoutVat, language)],
            [t.differing, body.differing],
            [t.charged, t.nothing],
          ]);
          return { body, lines };
        },
      },
      {
        usage: 'list',
        text: t.list,
        example: 'list --month 2026-03 --cloud admin',
        flags: [{ flags: '--month <month>', text: t.month, required: true }],
        async run(call) {
          const body = await call.market().all<Bill>('/shadow-bills', { month: required(call, 'month') });
          const lines = table(
            body,
            [
              [t.project, ({ projectName }) => projectName],
              [t.total, ({ totalWithoutVat }) => moneyText(totalWithoutVat, language)],
              [t.metered, ({ reconciliation }) => reconciliation.metered],
              [t.cloud, ({ reconciliation }) => reconciliation.cloud],
              [t.difference, ({ reconciliation }) => reconciliation.difference],
            ],
            cliTexts(language).none,
          );
          return { body, lines };
        },
      },
    ],
  };
}
