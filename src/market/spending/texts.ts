import { defineCatalogue } from '../../kernel/base/i18n.ts';

/** What the market tells people about spending ceilings. */
export const spendingTexts = defineCatalogue({
  fr: {
    negative: 'Le plafond de dépense ne peut pas être négatif.',
    over: 'L’abonnement a pris fin : son plafond ne change plus.',
    reached: (cost: string, ceiling: string) =>
      `Ce mois-ci coûte déjà ${cost} HT et le plafond est de ${ceiling} : relevez-le, ou attendez le mois prochain.`,
  },
  en: {
    negative: 'The spending ceiling cannot be negative.',
    over: 'The subscription is over: its ceiling no longer changes.',
    reached: (cost: string, ceiling: string) =>
      `This month has cost ${cost} without VAT and the ceiling is ${ceiling}: raise it, or wait for the next month.`,
  },
});
