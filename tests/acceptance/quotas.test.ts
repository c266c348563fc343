import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, signIn } from '../harness/client.ts';
import { uploadTinyImage } from '../harness/market.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';

let cloud: TestCloud;
let admin: Session;
let demo: Session;
let networkId: string;
let externalId: string;
let imageRef: string;
let flavorRef: string;

type Things = Record<string, { id: string; name: string }[]>;
type Thing = Record<string, { id: string }>;

beforeAll(async () => {
  cloud = await startCloud();
  admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
  demo = await signIn(cloud.url, 'demo', demoPassword, 'demo');
  await uploadTinyImage(admin);
  const first = async (path: string, key: string, name?: string) =>
    (await demo.call<Things>('GET', path)).body[key]?.find((thing) => name === undefined || thing.name === name)?.id ??
    '';
  externalId = await first('/network/v2.0/networks?router:external=true', 'networks');
  imageRef = await first('/image/v2/images', 'images', 'andromede-tiny');
  flavorRef = await first('/compute/v2.1/flavors', 'flavors', 'm1.tiny');
  const network = await demo.call<Thing>('POST', '/network/v2.0/networks', { network: { name: 'n' } });
  networkId = network.body.network?.id ?? '';
  const subnet = { network_id: networkId, cidr: '10.50.0.0/16', ip_version: 4 };
  await demo.call('POST', '/network/v2.0/subnets', { subnet });
});
afterAll(() => cloud?.close());

const quota = {
  /** With ports enough, so that only the servers' own quota stands in the way. */
  compute: async (value: object) => {
    await quota.network({ port: 1000 });
    return admin.call('PUT', `/compute/v2.1/os-quota-sets/${demo.projectId}`, { quota_set: value });
  },
  network: (value: object) => admin.call('PUT', `/network/v2.0/quotas/${demo.projectId}`, { quota: value }),
  volume: (value: object) =>
    admin.call('PUT', `/volume/v3/${admin.projectId}/os-quota-sets/${demo.projectId}`, { quota_set: value }),
};

interface Kind {
  readonly limit: () => Promise<{ status: number }>;
  readonly path: () => string;
  readonly body: () => object;
  /** What the API says to one more. */
  readonly refusal: number;
}

const allowed = 7;
const atOnce = 100;

/** Servers last: their ports go with them, a little later. */
const kinds: Record<string, Kind> = {
  ports: {
    limit: () => quota.network({ port: allowed }),
    path: () => '/network/v2.0/ports',
    body: () => ({ port: { network_id: networkId } }),
    refusal: 409,
  },
  floatingips: {
    limit: () => quota.network({ floatingip: allowed }),
    path: () => '/network/v2.0/floatingips',
    body: () => ({ floatingip: { floating_network_id: externalId } }),
    refusal: 409,
  },
  volumes: {
    limit: () => quota.volume({ volumes: allowed, gigabytes: 1000 }),
    path: () => `/volume/v3/${demo.projectId}/volumes`,
    body: () => ({ volume: { size: 1 } }),
    refusal: 413,
  },
  'volumes, by their size': {
    limit: () => quota.volume({ volumes: 1000, gigabytes: allowed }),
    path: () => `/volume/v3/${demo.projectId}/volumes`,
    body: () => ({ volume: { size: 1 } }),
    refusal: 413,
  },
  servers: {
    limit: () => quota.compute({ instances: allowed, cores: 1000, ram: 1_000_000 }),
    path: () => '/compute/v2.1/servers',
    body: () => ({ server: { name: 's', flavorRef, imageRef, networks: [{ uuid: networkId }] } }),
    refusal: 403,
  },
  'servers, by their processors': {
    limit: () => quota.compute({ instances: 1000, cores: allowed, ram: 1_000_000 }),
    path: () => '/compute/v2.1/servers',
    body: () => ({ server: { name: 's', flavorRef, imageRef, networks: [{ uuid: networkId }] } }),
    refusal: 403,
  },
};

describe(`of ${atOnce} that are asked for at once, the quota lets ${allowed} through`, () => {
  it.each(Object.entries(kinds))('%s', { timeout: 60_000 }, async (_, { limit, path, body, refusal }) => {
    const list = async () => Object.values((await demo.call<Things>('GET', path())).body)[0] ?? [];
    for (const { id } of await list()) await demo.call('DELETE', `${path()}/${id}`);
    await expect.poll(async () => (await list()).length, { timeout: 15_000 }).toBe(0);
    expect((await limit()).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: atOnce }, () => demo.call('POST', path(), body())));
    const counts: Record<number, number> = {};
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(atOnce);
    expect(counts[refusal]).toBe(atOnce - allowed);
    expect(await list()).toHaveLength(allowed);
  });
});
