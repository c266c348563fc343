import { defineCatalogue, type Language, preferredLanguage } from '../../kernel/base/i18n.ts';

const catalogue = defineCatalogue({
  fr: {
    network: 'réseau : espace de noms et plage externe',
    postgres: 'PostgreSQL',
    engines: 'moteurs : Open vSwitch, OVN, QEMU',
    api: 'API',
    guests: 'serveurs',
    processes: 'PostgreSQL et réseau',
    remove: 'nettoyage de la machine',
    starting: (dataDir: string) => `Andromède démarre (${dataDir})`,
    stopping: (dataDir: string) => `Andromède s'arrête (${dataDir})`,
    ready: (url: string, seconds: string) => `Prêt en ${seconds} s : ${url}`,
    already: (url: string) => `Déjà en marche : ${url}`,
    signIn: (dataDir: string) =>
      `Pour se connecter : . ${dataDir}/openrc && openstack server list\n` +
      `  ou OS_CLIENT_CONFIG_FILE=${dataDir}/clouds.yaml openstack --os-cloud demo server list`,
    marketAlone: (cloud: string) => `La place de marché seule, devant l’OpenStack « ${cloud} ».`,
    externalRange: (cidr: string) => `Adresses flottantes : ${cidr}`,
    interrupt: 'Ctrl-C arrête tout.',
    stopped: 'Arrêté ; la machine est comme avant.',
    notRunning: (dataDir: string) => `Rien ne tourne dans ${dataDir}.`,
    externalDatabase: (url: string) => `PostgreSQL : ${url}`,
    accelerator: (kind: string, reason: string) => `Accélération : ${kind} (${reason})`,
    ceilings: (kind: string, reason: string) =>
      `Plafonds des serveurs : ${kind === 'none' ? `aucun (${reason})` : `${kind}, processeur et mémoire`}`,
    guestCount: (counts: readonly string[]) => `Serveurs : ${counts.join(', ') || 'aucun'}`,
    restarted: (url: string, seconds: string) => `Plan de contrôle remplacé en ${seconds} s : ${url}`,
    hostDied: (log: string) =>
      `Le processus hôte est mort ; le reste tourne toujours. Relancer la même commande le reprend. Voir ${log}`,
  },
  en: {
    network: 'network: namespace and external range',
    postgres: 'PostgreSQL',
    engines: 'engines: Open vSwitch, OVN, QEMU',
    api: 'API',
    guests: 'servers',
    processes: 'PostgreSQL and network',
    remove: 'cleaning the machine',
    starting: (dataDir: string) => `Andromède starts (${dataDir})`,
    stopping: (dataDir: string) => `Andromède stops (${dataDir})`,
    ready: (url: string, seconds: string) => `Ready in ${seconds} s: ${url}`,
    already: (url: string) => `Already running: ${url}`,
    signIn: (dataDir: string) =>
      `To sign in: . ${dataDir}/openrc && openstack server list\n` +
      `  or OS_CLIENT_CONFIG_FILE=${dataDir}/clouds.yaml openstack --os-cloud demo server list`,
    marketAlone: (cloud: string) => `The market alone, in front of the OpenStack “${cloud}”.`,
    externalRange: (cidr: string) => `Floating IPs: ${cidr}`,
    interrupt: 'Ctrl-C stops everything.',
    stopped: 'Stopped; the machine is as it was.',
    notRunning: (dataDir: string) => `Nothing runs in ${dataDir}.`,
    externalDatabase: (url: string) => `PostgreSQL: ${url}`,
    accelerator: (kind: string, reason: string) => `Acceleration: ${kind} (${reason})`,
    ceilings: (kind: string, reason: string) =>
      `Servers' ceilings: ${kind === 'none' ? `none (${reason})` : `${kind}, processor and memory`}`,
    guestCount: (counts: readonly string[]) => `Servers: ${counts.join(', ') || 'none'}`,
    restarted: (url: string, seconds: string) => `Control plane replaced in ${seconds} s: ${url}`,
    hostDied: (log: string) =>
      `The host process died; everything else still runs. The same command takes it over again. See ${log}`,
  },
});

export type HostMessages = ReturnType<typeof catalogue>;

/** The language of a terminal, from `LC_ALL`, `LC_MESSAGES` and `LANG` (POSIX); English when they name neither. */
export function terminalLanguage(environment: NodeJS.ProcessEnv): Language {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || 'en';
  return locale.startsWith('fr') ? preferredLanguage('fr') : 'en';
}

export const messagesIn = catalogue;
