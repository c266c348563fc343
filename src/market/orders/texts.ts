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
    negativeCeiling: 'Le plafond de dépense ne peut pas être négatif.',
  },
  en: {
    quoteNotFound: (id: string) => `Quote ${id} could not be found.`,
    orderNotFound: (id: string) => `Order ${id} could not be found.`,
    quoteExpired: (until: string) => `The quote expired on ${until}: ask for another.`,
    alreadyOrdered: (id: string) => `This quote was ordered already (order ${id}).`,
    needsProject: 'Order with a token of the project in which the service is to run.',
    projectOfAnother: 'This project is not in the domain of the customer’s organisation.',
    negativeCeiling: 'The spending ceiling cannot be negative.',
  },
});
