import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, signIn, until } from '../harness/client.ts';
import { uploadTinyImage } from '../harness/market.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';

let cloud: TestCloud;
let admin: Session;
let demo: Session;
let networkId: string;
let externalId: string;
let imageRef: string;
let flavorRef: string;
let groupId: string;
let volumeId: string;

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
  groupId = await first('/network/v2.0/security-groups', 'security_groups', 'default');
  const volumes = `/volume/v3/${demo.projectId}/volumes`;
  const volume = await demo.call<Thing>('POST', volumes, { volume: { size: 1 } });
  volumeId = volume.body.volume?.id ?? '';
  await until(
    () => demo.call<{ volume: { status: string } }>('GET', `${volumes}/${volumeId}`),
    ({ body }) => body.volume.status === 'available',
  );
  await quota.network({ port: 1000 });
});
afterAll(() => cloud?.close());

const quota = {
  compute: (value: object) =>
    admin.call('PUT', `/compute/v2.1/os-quota-sets/${demo.projectId}`, { quota_set: { ...ample, ...value } }),
  network: (value: object) => admin.call('PUT', `/network/v2.0/quotas/${demo.projectId}`, { quota: value }),
  volume: (value: object) =>
    admin.call('PUT', `/volume/v3/${admin.projectId}/os-quota-sets/${demo.projectId}`, {
      quota_set: { volumes: 1000, gigabytes: 1000, snapshots: 1000, ...value },
    }),
};
/** Only one quota is to stand in the way. */
const ample = { instances: 1000, cores: 1000, ram: 1_000_000 };

interface Kind {
  /** Lets the project have so many. */
  readonly limit: (most: number) => Promise<{ status: number }>;
  readonly path: () => string;
  readonly body: (n: number) => object;
  /** What the API says to one more. */
  readonly refusal: number;
}

const allowed = 7;
const atOnce = 100;

/** Of Neutron's. */
function ofNetwork(collection: string, resource: string, body: Kind['body']): [string, Kind] {
  const limit: Kind['limit'] = (most) => quota.network({ [resource]: most });
  const path = () => `/network/v2.0/${collection}`;
  return [collection, { limit, path, body: (n) => ({ [resource]: body(n) }), refusal: 409 }];
}

/** Of Cinder's, which says that what is asked for is too much. */
function ofVolumes(what: string, limited: string, collection: string, body: Kind['body']): [string, Kind] {
  const limit: Kind['limit'] = (most) => quota.volume({ [limited]: most });
  const path = () => `/volume/v3/${demo.projectId}/${collection}`;
  return [what, { limit, path, body, refusal: 413 }];
}

/** Of Nova's. */
function ofCompute(what: string, limited: string, collection: string, body: Kind['body']): [string, Kind] {
  const limit: Kind['limit'] = (most) => quota.compute({ [limited]: most });
  return [what, { limit, path: () => `/compute/v2.1/${collection}`, body, refusal: 403 }];
}

const server = () => ({ server: { name: 's', flavorRef, imageRef, networks: [{ uuid: networkId }] } });

const kinds = [
  ofNetwork('ports', 'port', () => ({ network_id: networkId })),
  ofNetwork('floatingips', 'floatingip', () => ({ floating_network_id: externalId })),
  ofNetwork('networks', 'network', () => ({})),
  ofNetwork('subnets', 'subnet', (n) => ({ network_id: networkId, cidr: `10.51.${n}.0/24`, ip_version: 4 })),
  ofNetwork('routers', 'router', () => ({})),
  ofNetwork('security-groups', 'security_group', (n) => ({ name: `g${n}` })),
  ofNetwork('security-group-rules', 'security_group_rule', (n) => ({
    ...{ security_group_id: groupId, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp' },
    ...{ port_range_min: 1000 + n, port_range_max: 1000 + n },
  })),
  ofVolumes('volumes', 'volumes', 'volumes', () => ({ volume: { size: 1 } })),
  ofVolumes('volumes, by their size', 'gigabytes', 'volumes', () => ({ volume: { size: 1 } })),
  ofVolumes('snapshots', 'snapshots', 'snapshots', () => ({ snapshot: { volume_id: volumeId } })),
  ofCompute('key pairs', 'key_pairs', 'os-keypairs', (n) => ({ keypair: { name: `k${n}` } })),
  ofCompute('server groups', 'server_groups', 'os-server-groups', (n) => ({
    server_group: { name: `g${n}`, policies: ['affinity'] },
  })),
  ofCompute('servers', 'instances', 'servers', server),
  ofCompute('servers, by their processors', 'cores', 'servers', server),
];

describe(`of ${atOnce} that are asked for at once, the quota lets ${allowed} through`, () => {
  it.each(kinds)('%s', { timeout: 60_000 }, async (_, { limit, path, body, refusal }) => {
    // The external network is nobody's own.
    const own = path().startsWith('/network/') ? `?project_id=${demo.projectId}` : '';
    const count = async () => Object.values((await demo.call<Things>('GET', `${path()}${own}`)).body)[0]?.length ?? 0;
    const before = await count();
    expect((await limit(before + allowed)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: atOnce }, (_, n) => demo.call('POST', path(), body(n))));
    const counts: Record<number, number> = {};
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
    expect(counts[refusal], JSON.stringify(counts)).toBe(atOnce - allowed);
    expect(await count()).toBe(before + allowed);
  });
});
