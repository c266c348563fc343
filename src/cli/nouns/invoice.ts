import type { Amount, InvoiceDraft, Split } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { billLines } from '../market/bill.ts';
import { moneyText, words } from '../market/render.ts';
import { type Answer, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { argument, type Noun, option, segment } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'les brouillons de facture et leur partage',
    draft: 'établit, ou rétablit, le brouillon du mois d’un abonnement (réservé à l’opérateur)',
    finalise: 'arrête un brouillon et l’écrit au grand livre (réservé à l’opérateur)',
    split: 'qui reçoit quoi : tout pour l’opérateur, sa part pour un partenaire',
    list: 'les brouillons de vos organisations',
    show: 'un brouillon',
    month: 'un autre mois que celui-ci : AAAA-MM',
    id: 'identifiant',
    state: 'état',
    monthColumn: 'mois',
    total: 'total TTC',
    what: 'offre',
    whoGets: 'bénéficiaire',
    roles: 'rôles',
    amount: 'montant',
    vat: 'TVA, à reverser par l’opérateur',
    sum: 'total',
    rule: 'règle',
    markup: () => 'ce que la boutique ajoute, d’abord',
    margin: (percent: string) => `marge de ${percent} %, d’abord`,
    percentOfGross: (percent: string) => `${percent} % du total`,
    percentOfRemainder: (percent: string) => `${percent} % du reste`,
    amountPerUnit: (amount: string) => `${amount} par unité`,
    rest: () => 'ce qui reste',
  },
  en: {
    noun: 'invoice drafts and their split',
    draft: 'makes, or makes again, a subscription’s draft of the month (the operator only)',
    finalise: 'makes a draft final and posts it to the ledger (the operator only)',
    split: 'who gets what: the whole for the operator, its own share for a partner',
    list: 'the drafts of your organisations',
    show: 'one draft',
    month: 'another month than this one: YYYY-MM',
    id: 'id',
    state: 'state',
    monthColumn: 'month',
    total: 'total incl. VAT',
    what: 'offering',
    whoGets: 'who',
    roles: 'roles',
    amount: 'amount',
    vat: 'VAT, owed by the operator',
    sum: 'total',
    rule: 'rule',
    markup: () => 'what the store adds, first',
    margin: (percent: string) => `margin of ${percent}%, first`,
    percentOfGross: (percent: string) => `${percent}% of the total`,
    percentOfRemainder: (percent: string) => `${percent}% of the remainder`,
    amountPerUnit: (amount: string) => `${amount} a unit`,
    rest: () => 'what is left',
  },
});

const sample = '0199f2c6-91d4-7a20-b8e5-7c3d2f1a0b96';

/** Invoice drafts. */
export function invoiceNoun(language: Language): Noun {
  const t = texts(language);
  const one = (body: InvoiceDraft): Answer<InvoiceDraft> => ({
    body,
    lines: billLines(body, language, [
      [t.id, body.id],
      [t.state, body.state],
    ]),
  });
  return {
    name: 'invoice',
    text: t.noun,
    verbs: [
      {
        usage: 'draft <subscription>',
        text: t.draft,
        example: 'draft 0199f2c5-2f61-7c02-8e44-0b7a9d6c5f31 --cloud admin',
        flags: [{ flags: '--month <month>', text: t.month }],
        async run(call) {
          const body = { subscriptionId: argument(call), month: option(call, 'month') };
          return one(await call.market().post('/invoice-drafts', body, call));
        },
      },
      {
        usage: 'finalise <draft>',
        text: t.finalise,
        example: `finalise ${sample} --cloud admin`,
        run: async (call) => one(await call.market().post(`/invoice-drafts/${segment(call)}/finalise`, {}, call)),
      },
      {
        usage: 'split <draft>',
        text: t.split,
        example: `split ${sample} --cloud admin`,
        async run(call) {
          const body = await call.market().get<Split>(`/invoice-drafts/${segment(call)}/split`);
          return { body, lines: splitLines(body) };
        },
      },
      {
        usage: 'list',
        text: t.list,
        example: 'list --cloud employee',
        async run(call) {
          const items = await call.market().all<InvoiceDraft>('/invoice-drafts');
          const lines = table(
            items,
            [
              [t.id, ({ id }) => id],
              [t.what, ({ title }) => words(title, language)],
              [t.monthColumn, ({ month }) => month],
              [t.state, ({ state }) => state],
              [t.total, ({ total }) => moneyText(total, language)],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
      {
        usage: 'show <draft>',
        text: t.show,
        example: `show ${sample} --cloud employee`,
        run: async (call) => one(await call.market().get(`/invoice-drafts/${segment(call)}`)),
      },
    ],
  };

  function splitLines({ shares, lines, totalVat, total }: Split): string[] {
    const ruleOf = (id: string) => {
      const rule = lines.flatMap((line) => line.shares).find(({ organisationId }) => organisationId === id)?.rule;
      return rule === undefined ? '' : t[rule.kind](rule.percent ?? rule.amount ?? '');
    };
    const rows = shares.map(({ organisationId, name, roles, amount }) => ({
      ...{ name, roles: roles.join(', '), rule: ruleOf(organisationId), amount },
    }));
    const sum = (name: string, amount: Amount) => rows.push({ name, roles: '', rule: '', amount });
    if (totalVat !== undefined) sum(t.vat, totalVat);
    if (total !== undefined) sum(t.sum, total);
    return table(
      rows,
      [
        [t.whoGets, ({ name }) => name],
        [t.roles, ({ roles }) => roles],
        [t.rule, ({ rule }) => rule],
        [t.amount, ({ amount }) => moneyText(amount, language)],
      ],
      cliTexts(language).none,
    );
  }
}
