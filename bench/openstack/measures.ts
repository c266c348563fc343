import { claimsPerSecond, makeHosts } from './claims.ts';
import {
  allActive,
  countServers,
  createServer,
  deletePorts,
  deleteServers,
  inParallel,
  prefix,
  type Target,
  urlOf,
} from './target.ts';
import { requestsPerSecond } from './wrk.ts';

/** What is measured of both clouds, in turn. */
export interface Measure {
  readonly name: string;
  readonly title: { readonly en: string; readonly fr: string };
  /** More is better of requests a second, less of seconds. */
  readonly unit: 'req/s' | 's';
  /** How many times better than the peer we mean to be; absent where no figure was promised. */
  readonly goal?: number;
  /** At most so many rounds, where one takes the peer minutes. */
  readonly rounds?: number;
  /** What must be there, made once before all rounds; answers how it is taken away. */
  prepare?(target: Target): Promise<() => Promise<void>>;
  run(target: Target): Promise<number>;
}

const clients = 16;
const seconds = 4;

async function tokenOf({ cloud }: Target): Promise<string> {
  return (await cloud.session.current()).token;
}

/** GET a path of a service, over and over. */
function reading(type: string, path: string): Measure['run'] {
  return async (target) => {
    const headers = { 'X-Auth-Token': await tokenOf(target), Accept: 'application/json' };
    return requestsPerSecond({ method: 'GET', url: `${await urlOf(target, type)}${path}`, headers, clients, seconds });
  };
}

async function validate(target: Target): Promise<number> {
  const token = await tokenOf(target);
  const url = `${await target.cloud.session.identityUrl()}/auth/tokens`;
  const headers = { 'X-Auth-Token': token, 'X-Subject-Token': token };
  return requestsPerSecond({ method: 'GET', url, headers, clients, seconds });
}

async function signIn(target: Target): Promise<number> {
  const { credentials } = target;
  const domain = { name: credentials.OS_USER_DOMAIN_NAME ?? 'Default' };
  const user = { name: credentials.OS_USERNAME, domain, password: credentials.OS_PASSWORD };
  const scope = { project: { name: credentials.OS_PROJECT_NAME, domain } };
  const json = { auth: { identity: { methods: ['password'], password: { user } }, scope } };
  const url = `${await target.cloud.session.identityUrl()}/auth/tokens`;
  return requestsPerSecond({ method: 'POST', url, headers: {}, json, clients: 4, seconds });
}

async function createPorts(target: Target): Promise<number> {
  const json = { port: { network_id: target.networkId, name: prefix } };
  const headers = { 'X-Auth-Token': await tokenOf(target) };
  const url = `${await urlOf(target, 'network')}/ports`;
  const perSecond = await requestsPerSecond({ method: 'POST', url, headers, json, clients, seconds });
  await deletePorts(target.cloud);
  return perSecond;
}

/** So many servers that a list shows; the project must have no others. They stay for larger lists, until the target is closed. */
function servers(count: number): Required<Pick<Measure, 'prepare'>> {
  return {
    async prepare(target) {
      const begin = `${prefix}-list-`;
      const there = await countServers(target, begin, 'ACTIVE');
      const names = Array.from({ length: count - there }, (_, index) => `${begin}${there + index}`);
      await inParallel(names, 8, (name) => createServer(target, name, false));
      await allActive(target, begin, count);
      return async () => undefined;
    },
  };
}

/** Seconds until so many servers, asked for at once, are all ACTIVE. */
function together(count: number, withNetwork: boolean): Measure['run'] {
  return async (target) => {
    const begin = `${prefix}-together-`;
    const names = Array.from({ length: count }, (_, index) => `${begin}${index}`);
    const started = performance.now();
    await inParallel(names, count, (name) => createServer(target, name, withNetwork));
    await allActive(target, begin, count);
    const passed = (performance.now() - started) / 1000;
    await deleteServers(target, begin);
    return passed;
  };
}

export const measures: readonly Measure[] = [
  {
    name: 'validate',
    title: { en: 'token validation', fr: 'validation d’un jeton' },
    ...{ unit: 'req/s', goal: 50, run: validate },
  },
  {
    name: 'sign-in',
    title: {
      en: 'token by password (argon2id; the peer: bcrypt)',
      fr: 'jeton par mot de passe (argon2id ; l’autre : bcrypt)',
    },
    ...{ unit: 'req/s', run: signIn },
  },
  {
    name: 'images',
    title: { en: 'image list', fr: 'liste des images' },
    unit: 'req/s',
    run: reading('image', '/images'),
  },
  {
    name: 'networks',
    title: { en: 'network list', fr: 'liste des réseaux' },
    ...{ unit: 'req/s', run: reading('network', '/networks') },
  },
  { name: 'ports', title: { en: 'port creation', fr: 'création de port' }, unit: 'req/s', goal: 50, run: createPorts },
  {
    name: 'claims',
    title: {
      en: 'claims at 1,000 hosts, as Nova makes them (candidates, then allocations)',
      fr: 'réservations sur 1 000 hôtes, comme Nova les fait (candidats, puis allocations)',
    },
    ...{ unit: 'req/s', goal: 100, prepare: makeHosts, run: claimsPerSecond },
  },
  {
    name: 'together',
    title: {
      en: '100 servers asked for at once, all ACTIVE (no network)',
      fr: '100 serveurs demandés à la fois, tous ACTIVE (sans réseau)',
    },
    ...{ unit: 's', goal: 20, rounds: 2, run: together(100, false) },
  },
  {
    name: 'together-network',
    title: {
      en: '100 servers asked for at once, all ACTIVE (a port each)',
      fr: '100 serveurs demandés à la fois, tous ACTIVE (un port chacun)',
    },
    ...{ unit: 's', goal: 20, rounds: 2, run: together(100, true) },
  },
  {
    name: 'servers-100',
    title: { en: 'detailed list of 100 servers', fr: 'liste détaillée de 100 serveurs' },
    ...{ unit: 'req/s', goal: 50, ...servers(100), run: reading('compute', '/servers/detail') },
  },
  {
    name: 'servers-1000',
    title: { en: 'detailed list of 1,000 servers', fr: 'liste détaillée de 1 000 serveurs' },
    ...{ unit: 'req/s', goal: 50, ...servers(1000), run: reading('compute', '/servers/detail?limit=1000') },
  },
];
