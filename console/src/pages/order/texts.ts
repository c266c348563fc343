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
    costCentre: (name: string) => `Centre de coûts ${name}`,
    failedTitle: 'La commande n’a pas abouti',
    rejectedTitle: 'La commande n’a pas été acceptée',
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
    costCentre: (name: string) => `Cost centre ${name}`,
    failedTitle: 'The order did not succeed',
    rejectedTitle: 'The order was not approved',
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

/** What a stack is made of, for people; what is not here goes by its name in the template. */
export const partTexts = defineCatalogue({
  fr: {
    'OS::Neutron::Net': 'Réseau',
    'OS::Neutron::Subnet': 'Plage d’adresses',
    'OS::Neutron::Router': 'Routeur',
    'OS::Neutron::RouterInterface': 'Raccord au routeur',
    'OS::Neutron::SecurityGroup': 'Règles d’accès',
    'OS::Neutron::Port': 'Carte réseau',
    'OS::Neutron::FloatingIP': 'Adresse publique',
    'OS::Nova::Server': 'Serveur',
    'OS::Nova::KeyPair': 'Clé SSH',
    'OS::Cinder::Volume': 'Volume',
  },
  en: {
    'OS::Neutron::Net': 'Network',
    'OS::Neutron::Subnet': 'Address range',
    'OS::Neutron::Router': 'Router',
    'OS::Neutron::RouterInterface': 'Link to the router',
    'OS::Neutron::SecurityGroup': 'Access rules',
    'OS::Neutron::Port': 'Network card',
    'OS::Neutron::FloatingIP': 'Public address',
    'OS::Nova::Server': 'Server',
    'OS::Nova::KeyPair': 'SSH key',
    'OS::Cinder::Volume': 'Volume',
  },
});

/** How far one of them is. */
export const partStateTexts = defineCatalogue({
  fr: { waiting: 'à venir', working: 'en cours', done: 'fait', failed: 'échoué' },
  en: { waiting: 'to come', working: 'under way', done: 'done', failed: 'failed' },
});
