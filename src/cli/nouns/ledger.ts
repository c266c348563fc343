import type { Amount } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { moneyText } from '../market/render.ts';
import { table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import type { Noun } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'le grand livre, en partie double',
    balances: 'le solde de chaque compte (réservé à l’opérateur) ; leur somme est nulle',
    account: 'compte',
    organisation: 'organisation',
    balance: 'solde',
  },
  en: {
    noun: 'the double-entry ledger',
    balances: 'the balance of each account (the operator only); they sum to zero',
    account: 'account',
    organisation: 'organisation',
    balance: 'balance',
  },
});

interface Balance {
  readonly name: string;
  readonly organisationId: string | null;
  readonly balance: Amount;
}

/** What the operator is owed and owes. */
export function ledgerNoun(language: Language): Noun {
  const t = texts(language);
  return {
    name: 'ledger',
    text: t.noun,
    verbs: [
      {
        usage: 'balances',
        text: t.balances,
        example: 'balances --cloud admin',
        async run(call) {
          const { items } = await call.market().get<{ items: Balance[] }>('/ledger/balances');
          const lines = table(
            items,
            [
              [t.account, ({ name }) => name],
              [t.organisation, ({ organisationId }) => organisationId],
              [t.balance, ({ balance }) => moneyText(balance, language)],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
    ],
  };
}
