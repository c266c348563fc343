import { defineCatalogue } from '../../kernel/base/i18n.ts';

/** What the market tells people about quotes and orders. */
export const orderTexts = defineCatalogue({
  fr: {
    quoteNotFound: (id: string) => `Le devis ${id} est introuvable.`,
    orderNotFound: (id: string) => `La commande ${id} est introuvable.`,
    quoteExpired: (until: string) => `Le devis n’est plus valable depuis le ${until} : demandez-en un autre.`,
    alreadyOrdered: (id: string) => `Ce devis a déjà été commandé (commande ${id}).`,
    needsProject: 'Commandez avec un jeton du projet dans lequel le service doit tourner.',
    projectOfAnother: 'Ce projet n’est pas dans le domaine de l’organisation cliente.',
    needsStore:
      'Dites dans quelle boutique (storeId) ; un éditeur qui essaie sa propre offre dit quelle version (trialVersion).',
    otherOffering: 'Une formule ne se change que pour une autre de la même offre.',
    notActive: (state: string) => `L’abonnement est « ${state} » : sa formule ne se change que lorsqu’il est actif.`,
    negativeCeiling: 'Le plafond de dépense ne peut pas être négatif.',
    withdrawn: (title: string) =>
      `« ${title} » n’est plus en vente telle que le devis la décrit : demandez-en un autre.`,
    refused: 'La commande a été refusée.',
    expired: 'Personne n’a donné son accord à temps.',
    requesterWithdrew: 'La personne qui a commandé a retiré sa commande.',
  },
  en: {
    quoteNotFound: (id: string) => `Quote ${id} could not be found.`,
    orderNotFound: (id: string) => `Order ${id} could not be found.`,
    quoteExpired: (until: string) => `The quote expired on ${until}: ask for another.`,
    alreadyOrdered: (id: string) => `This quote was ordered already (order ${id}).`,
    needsProject: 'Order with a token of the project in which the service is to run.',
    projectOfAnother: 'This project is not in the domain of the customer’s organisation.',
    needsStore:
      'Say in which store (storeId); a publisher that tries its own offering says which version (trialVersion).',
    otherOffering: 'A plan only changes to another one of the same offering.',
    notActive: (state: string) => `The subscription is “${state}”: its plan only changes while it is active.`,
    negativeCeiling: 'The spending ceiling cannot be negative.',
    withdrawn: (title: string) => `“${title}” is no longer on sale as the quote describes it: ask for another quote.`,
    refused: 'The order was refused.',
    expired: 'Nobody approved the order in time.',
    requesterWithdrew: 'Whoever placed the order has withdrawn it.',
  },
});
