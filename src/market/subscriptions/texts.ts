import { defineCatalogue } from '../../kernel/base/i18n.ts';

/** What the market tells people about subscriptions. */
export const subscriptionTexts = defineCatalogue({
  fr: {
    subscriptionNotFound: (id: string) => `L’abonnement ${id} est introuvable.`,
    stillPending: 'L’abonnement est en cours de mise en service : résiliez-le quand il sera actif.',
    busy: (state: string) => `L’abonnement est « ${state} » : attendez qu’il ne change plus.`,
    neverActive: 'L’abonnement n’a jamais été actif : il n’y a rien à résilier.',
  },
  en: {
    subscriptionNotFound: (id: string) => `Subscription ${id} could not be found.`,
    stillPending: 'The subscription is being provisioned: terminate it once it is active.',
    busy: (state: string) => `The subscription is “${state}”: wait until it no longer changes.`,
    neverActive: 'The subscription was never active: there is nothing to terminate.',
  },
});
