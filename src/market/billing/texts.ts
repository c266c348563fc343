import { defineCatalogue } from '../../kernel/base/i18n.ts';

/** What the market tells people about costs and invoice drafts. */
export const billingTexts = defineCatalogue({
  fr: {
    draftNotFound: (id: string) => `Le projet de facture ${id} est introuvable.`,
    neverActive: 'L’abonnement n’a pas été actif : il ne coûte rien.',
    neverCharged: 'L’abonnement est un essai de son éditeur : il n’est jamais facturé.',
    monthRuns: 'Le mois n’est pas fini et l’abonnement court encore : le projet de facture ne peut pas être arrêté.',
    nothingUsed: 'Aucun usage ce mois-ci.',
    vat: (rate: string) => `TVA ${rate} %`,
    already: (amount: string) => `Déjà facturé pour ce mois : ${amount}`,
  },
  en: {
    draftNotFound: (id: string) => `Invoice draft ${id} could not be found.`,
    neverActive: 'The subscription was never active: it costs nothing.',
    neverCharged: 'The subscription is a trial by its publisher: it is never charged.',
    monthRuns: 'The month is not over and the subscription still runs: the invoice draft cannot be made final.',
    nothingUsed: 'No usage this month.',
    vat: (rate: string) => `VAT ${rate} %`,
    already: (amount: string) => `Already invoiced for this month: ${amount}`,
  },
});
