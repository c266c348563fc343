import { defineCatalogue } from '../../app/language.tsx';

export const orderTexts = defineCatalogue({
  fr: {
    title: 'Votre commande',
    lead: 'Cette page suit la commande d’elle-même : inutile d’actualiser.',
    'awaiting-approval': 'Attend un accord',
    rejected: 'Refusée',
    accepted: 'Acceptée',
    provisioning: 'En préparation',
    completed: 'Terminée',
    failed: 'Échouée',
    placed: (date: string) => `Passée le ${date}`,
    progress: 'Avancement',
    ready: 'C’est prêt',
    readyAdvice: 'Votre service fonctionne. Sa page donne son adresse et son coût.',
    open: 'Ouvrir l’abonnement',
    failedTitle: 'La commande n’a pas abouti',
    failedAdvice: 'Rien ne vous sera facturé, et rien n’est resté.',
  },
  en: {
    title: 'Your order',
    lead: 'This page follows the order by itself: no need to refresh.',
    'awaiting-approval': 'Awaiting approval',
    rejected: 'Rejected',
    accepted: 'Accepted',
    provisioning: 'Being prepared',
    completed: 'Completed',
    failed: 'Failed',
    placed: (date: string) => `Placed on ${date}`,
    progress: 'Progress',
    ready: 'It is ready',
    readyAdvice: 'Your service is running. Its page gives its address and its cost.',
    open: 'Open the subscription',
    failedTitle: 'The order did not succeed',
    failedAdvice: 'You will not be charged, and nothing was left behind.',
  },
});

/** What a step does. */
export const stepTexts = defineCatalogue({
  fr: {
    reserve: 'Réservation',
    provision: 'Création des ressources',
    activate: 'Mise en service',
    'change-plan': 'Changement de formule',
    close: 'Confirmation',
  },
  en: {
    reserve: 'Reservation',
    provision: 'Creating the resources',
    activate: 'Going into service',
    'change-plan': 'Changing the plan',
    close: 'Confirmation',
  },
});

/** How far a step is. */
export const stepStateTexts = defineCatalogue({
  fr: { waiting: 'à venir', trying: 'en cours', done: 'fait', undone: 'annulé' },
  en: { waiting: 'to come', trying: 'under way', done: 'done', undone: 'undone' },
});

/** Whom a step waits for. */
export const waitsForTexts = defineCatalogue({
  fr: {
    cloud: 'le nuage y travaille',
    publisher: 'l’éditeur y travaille',
    broker: 'le courtier y travaille',
    person: 'attend une personne',
  },
  en: {
    cloud: 'the cloud is working on it',
    publisher: 'the publisher is working on it',
    broker: 'the broker is working on it',
    person: 'waits for a person',
  },
});
