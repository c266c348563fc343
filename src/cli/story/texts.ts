import { defineCatalogue } from '../../kernel/base/i18n.ts';

export const storyTexts = defineCatalogue({
  fr: {
    about:
      'joue l’histoire d’une vente, du modèle Heat au partage de la facture, avec de vraies pièces ; peut être rejouée',
    keep: 'laisse l’abonnement en vie à la fin',
    people: 'où garder les identifiants des personnages (sinon DIR/story/clouds.yaml)',
    foreign:
      'le nuage est celui d’un autre : ses projets sont importés, leur mois évalué à blanc ; aucune page n’est ouverte',
    import: 'La place de marché importe les projets que le nuage avait déjà',
    shadow: 'Leur mois, évalué à blanc d’après les notifications du nuage et rapproché de ce que Nova en dit',
    behind: (seconds: number) =>
      `les écarts sont ceux des dernières secondes : l’usage est rapporté jusqu’à ${seconds} s après`,
    noShadow: 'aucun usage des projets importés n’est arrivé : ont-ils un serveur, et le nuage notifie-t-il ?',
    fake: 'Les serveurs étaient ceux du faux hyperviseur de Nova : enregistrés, placés, mesurés, mais sans invité ni page.',
    opening: (file: string) =>
      `Chaque commande montrée peut être tapée ; les personnages sont dans :\n   export OS_CLIENT_CONFIG_FILE=${file}`,
    signIn: 'L’opérateur se connecte',
    people_: 'Les organisations arrivent, chacune avec son domaine Keystone, un projet et une personne',
    offering:
      'L’éditeur écrit une offre à partir d’un modèle Heat, avec un plan à la minute plafonné au mois, et la publie',
    store: 'Le revendeur ouvre sa boutique : sa marque, sa marge',
    price: 'Une employée du client voit d’abord le prix',
    order: 'Elle commande ; la pile naît, ressource après ressource',
    page: 'La page s’ouvre à l’adresse flottante, depuis l’hôte',
    usage: 'L’usage s’écoule et se chiffre',
    invoice: 'Le brouillon de facture, et son partage entre opérateur, éditeur et revendeur',
    end: 'Elle résilie : tout est libéré',
    final: 'La facture du mois est arrêtée et écrite au grand livre',
    found: (what: string) => `${what} : déjà là`,
    actor: (domain: string, project: string, user: string) =>
      `domaine « ${domain} », projet ${project}, utilisateur ${user}`,
    pageSeen: (title: string, seconds: string) =>
      `la page dit « ${title} », ${seconds} plus tard : le serveur démarrait`,
    wrongPage: (url: string, title: string) => `${url} répond, mais sans « ${title} »`,
    noPage: (url: string, last: string) => `${url} ne répond pas : ${last}`,
    downloaded: (seconds: string, rate: string) => `100 Mio reçus entiers en ${seconds} : ${rate} Mio/s`,
    noFile: (url: string, last: string) => `${url} n’arrive pas entier : ${last}`,
    noUsage: 'aucun usage chiffré n’est arrivé à la place de marché',
    addsUp: (net: string, vat: string, total: string) => `compte juste au centime : ${net} + TVA ${vat} = ${total}`,
    doesNotAddUp: (what: string) => `ÇA NE TOMBE PAS JUSTE : ${what}`,
    freed: (count: number) => `libéré : les ${count} ressources du projet créées par la commande ont disparu`,
    notFreed: (left: string) => `reste dans le projet après la résiliation : ${left}`,
    noUrl: 'l’abonnement ne donne pas d’URL',
    done: (elapsed: string) => `Fini en ${elapsed}. Le nuage continue de tourner.`,
    where: (api: string, dataDir: string, store: string) => `Pour se connecter :
  API        ${api}
  OpenStack  . ${dataDir}/openrc && openstack server list
  console    ${api}/console/
  boutique   ${store}
  arrêter    bin/andromede down --data ${dataDir}`,
    stillRuns: (url: string) => `L’abonnement vit toujours : ${url}`,
    pageTitle: 'Bonjour de Bretagne',
  },
  en: {
    about: 'plays the story of a sale, from Heat template to split invoice, with real parts; can be played again',
    keep: 'leaves the subscription alive at the end',
    people: 'where the characters’ credentials are kept (DIR/story/clouds.yaml otherwise)',
    foreign:
      'the cloud is somebody else’s: its projects are imported, their month is rated without charging; no page is opened',
    import: 'The market imports the projects that the cloud had already',
    shadow: 'Their month, rated without charging by the cloud’s notifications, beside what Nova says of it',
    behind: (seconds: number) =>
      `the differences are those of the last seconds: usage is reported up to ${seconds} s later`,
    noShadow: 'no usage of the imported projects has come: do they have a server, and does the cloud notify?',
    fake: 'The servers were those of Nova’s fake hypervisor: recorded, placed, metered, but with no guest and no page.',
    opening: (file: string) =>
      `Every command shown can be typed; the characters are in:\n   export OS_CLIENT_CONFIG_FILE=${file}`,
    signIn: 'The operator signs in',
    people_: 'The organisations arrive, each with its Keystone domain, a project and a person',
    offering:
      'The publisher writes an offering from a Heat template, with a plan by the minute capped by the month, and publishes it',
    store: 'The reseller opens its store: its brand, its margin',
    price: 'An employee of the customer sees the price first',
    order: 'She orders; the stack is born, resource by resource',
    page: 'The page opens at the floating IP, from the host',
    usage: 'Usage flows and is priced',
    invoice: 'The invoice draft, and its split between operator, publisher and reseller',
    end: 'She terminates: everything is freed',
    final: 'The month’s invoice is made final and posted to the ledger',
    found: (what: string) => `${what}: there already`,
    actor: (domain: string, project: string, user: string) => `domain “${domain}”, project ${project}, user ${user}`,
    pageSeen: (title: string, seconds: string) => `the page says “${title}”, ${seconds} later: the server was booting`,
    wrongPage: (url: string, title: string) => `${url} answers, but without “${title}”`,
    noPage: (url: string, last: string) => `${url} does not answer: ${last}`,
    downloaded: (seconds: string, rate: string) => `100 MiB received whole in ${seconds}: ${rate} MiB/s`,
    noFile: (url: string, last: string) => `${url} does not arrive whole: ${last}`,
    noUsage: 'no priced usage has reached the marketplace',
    addsUp: (net: string, vat: string, total: string) => `adds up to the cent: ${net} + VAT ${vat} = ${total}`,
    doesNotAddUp: (what: string) => `DOES NOT ADD UP: ${what}`,
    freed: (count: number) => `freed: the ${count} resources that the order made in the project are gone`,
    notFreed: (left: string) => `left in the project after the termination: ${left}`,
    noUrl: 'the subscription gives no URL',
    done: (elapsed: string) => `Done in ${elapsed}. The cloud keeps running.`,
    where: (api: string, dataDir: string, store: string) => `To sign in:
  API        ${api}
  OpenStack  . ${dataDir}/openrc && openstack server list
  console    ${api}/console/
  store      ${store}
  stop       bin/andromede down --data ${dataDir}`,
    stillRuns: (url: string) => `The subscription is still alive: ${url}`,
    pageTitle: 'Hello from Brittany',
  },
});
