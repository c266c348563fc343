import { defineCatalogue } from '../../kernel/base/i18n.ts';

/** What the market tells people about subscriptions. */
export const subscriptionTexts = defineCatalogue({
  fr: {
    subscriptionNotFound: (id: string) => `L’abonnement ${id} est introuvable.`,
    stillPending: 'L’abonnement est en cours de mise en service : résiliez-le quand il sera actif.',
    neverActive: 'L’abonnement n’a jamais été actif : il n’y a rien à résilier.',
  },
  en: {
    subscriptionNotFound: (id: string) => `Subscription ${id} could not be found.`,
    stillPending: 'The subscription is being provisioned: terminate it once it is active.',
    neverActive: 'The subscription was never active: there is nothing to terminate.',
  },
});
