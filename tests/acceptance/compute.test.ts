import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, signIn, until } from '../harness/client.ts';
import { uploadTinyImage } from '../harness/market.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape.
type Json = any;

let cloud: TestCloud;
let admin: Session;
let demo: Session;
let ingredients: { flavorRef: string; imageRef: string; networks: 'none' };

beforeAll(async () => {
  cloud = await startCloud();
  admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
  demo = await signIn(cloud.url, 'demo', demoPassword, 'demo');
  await uploadTinyImage(admin);
  const { images } = (await demo.call<Json>('GET', '/image/v2/images')).body;
  const { flavors } = (await nova(demo, 'GET', '/flavors')).body;
  const flavorRef = flavors.find(({ name }: { name: string }) => name === 'm1.tiny').id;
  ingredients = { flavorRef, imageRef: images[0].id, networks: 'none' };
}, 60_000);
afterAll(() => cloud?.close());

function nova(session: Session, method: string, path: string, body?: unknown, asked = '2.1') {
  const headers = { 'OpenStack-API-Version': `compute ${asked}` };
  return session.call<Json>(method, `/compute/v2.1${path}`, body, headers);
}

/** Asks for a server; answers it once it is there, or is not to be. */
async function server(hints: Json, more: object = {}): Promise<Json> {
  const body = { server: { name: 's', ...ingredients, ...more }, 'os:scheduler_hints': hints };
  const made = await nova(demo, 'POST', '/servers', body, '2.37');
  expect(made.status, JSON.stringify(made.body)).toBe(202);
  const show = () => nova(demo, 'GET', `/servers/${made.body.server.id}`);
  return (await until(show, ({ body: seen }) => seen.server.status !== 'BUILD')).body.server;
}

describe('a server group', () => {
  const group = async (policy: string, rules?: object) =>
    (await nova(demo, 'POST', '/os-server-groups', { server_group: { name: policy, policy, rules } }, '2.64')).body
      .server_group;

  it('keeps its members together or apart, says who they are, and lets go of them when it goes', async () => {
    const together = await group('affinity');
    const members = [await server({ group: together.id }), await server({ group: together.id })];
    expect(members.map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE']);
    const shown = async (asked: string) =>
      (await nova(demo, 'GET', `/os-server-groups/${together.id}`, undefined, asked)).body.server_group;
    const ids = members.map(({ id }) => id).sort();
    expect((await shown('2.64')).members.sort()).toEqual(ids);
    expect(await shown('2.1')).toMatchObject({ policies: ['affinity'], metadata: {} });
    expect(await shown('2.1')).not.toHaveProperty('project_id');
    expect(await shown('2.13')).toMatchObject({ project_id: demo.projectId, user_id: demo.userId });
    expect((await nova(demo, 'DELETE', `/os-server-groups/${together.id}`)).status).toBe(204);
    expect((await nova(demo, 'GET', `/os-server-groups/${together.id}`)).status).toBe(404);
    expect((await nova(demo, 'GET', `/servers/${ids[0]}`)).status).toBe(200);
  });

  it('of servers that are to be apart has one on the one host that there is', async () => {
    const apart = await group('anti-affinity');
    expect((await server({ group: apart.id })).status).toBe('ACTIVE');
    expect(await server({ group: apart.id })).toMatchObject({ status: 'ERROR', fault: { code: 500 } });
  });

  it('is its project’s own', async () => {
    const { id } = await group('soft-affinity');
    const foreign = { server: { name: 's', ...ingredients }, 'os:scheduler_hints': { group: id } };
    expect((await nova(admin, 'POST', '/servers', foreign, '2.37')).status).toBe(400);
    const ids = async (query: string) =>
      (await nova(admin, 'GET', `/os-server-groups${query}`)).body.server_groups.map((one: { id: string }) => one.id);
    expect(await ids('')).toEqual([]);
    expect(await ids('?all_projects=true')).toContain(id);
  });

  it.each([
    ['no policy', { name: 'x' }, '2.64'],
    ['an unknown policy', { name: 'x', policy: 'love' }, '2.64'],
    ['a soft policy before 2.15', { name: 'x', policies: ['soft-affinity'] }, '2.14'],
    ['two policies', { name: 'x', policies: ['affinity', 'anti-affinity'] }, '2.1'],
  ])('is refused with %s', async (_what, server_group, asked) => {
    expect((await nova(demo, 'POST', '/os-server-groups', { server_group }, asked)).status).toBe(400);
  });
});

describe('an aggregate', () => {
  const path = '/os-aggregates';

  it('makes a zone of its hosts, in which servers can be asked for', async () => {
    const { hypervisors } = (await nova(admin, 'GET', '/os-hypervisors')).body;
    const host = hypervisors[0].hypervisor_hostname;
    const body = { aggregate: { name: 'brest', availability_zone: 'bzh' } };
    const { aggregate } = (await nova(admin, 'POST', path, body)).body;
    expect((await nova(admin, 'POST', path, body)).status).toBe(409);
    const act = (what: object) => nova(admin, 'POST', `${path}/${aggregate.id}/action`, what);
    expect((await act({ add_host: { host: 'none' } })).status).toBe(404);
    expect((await act({ add_host: { host } })).body.aggregate.hosts).toEqual([host]);
    expect((await act({ add_host: { host } })).status).toBe(409);
    const zones = async () =>
      (await nova(demo, 'GET', '/os-availability-zone')).body.availabilityZoneInfo.map(
        ({ zoneName }: { zoneName: string }) => zoneName,
      );
    expect(await zones()).toContain('bzh');
    const there = await server({}, { availability_zone: 'bzh' });
    expect(there).toMatchObject({ status: 'ACTIVE', 'OS-EXT-AZ:availability_zone': 'bzh' });
    const metadata = { set_metadata: { metadata: { disk: 'ssd', availability_zone: null } } };
    expect((await act(metadata)).body.aggregate).toMatchObject({ metadata: { disk: 'ssd' }, availability_zone: null });
    expect(await zones()).not.toContain('bzh');
    expect((await nova(admin, 'DELETE', `${path}/${aggregate.id}`)).status, 'it has a host').toBe(400);
    expect((await act({ remove_host: { host } })).body.aggregate.hosts).toEqual([]);
    expect((await nova(admin, 'DELETE', `${path}/${aggregate.id}`)).status).toBe(200);
    expect((await nova(admin, 'GET', `${path}/${aggregate.id}`)).status).toBe(404);
  });

  it('is for administrators', async () => {
    expect((await nova(demo, 'GET', path)).status).toBe(403);
    expect((await nova(demo, 'POST', path, { aggregate: { name: 'x' } })).status).toBe(403);
  });
});

describe('a quota', () => {
  const path = () => `/os-quota-sets/${demo.projectId}`;
  const of = async (where = '') => (await nova(demo, 'GET', `${path()}${where}`)).body.quota_set;

  it('is a project’s own until it is taken back, and never below what is used, but by force', async () => {
    const { cores } = await of('/defaults');
    const set = (quota_set: object) => nova(admin, 'PUT', path(), { quota_set });
    expect((await set({ cores: cores + 5 })).body.quota_set).toMatchObject({ cores: cores + 5 });
    expect(await of()).toMatchObject({ id: demo.projectId, cores: cores + 5 });
    const { in_use: used } = (await of('/detail')).cores;
    expect(used).toBeGreaterThan(0);
    expect((await set({ cores: used - 1 })).status).toBe(400);
    expect((await set({ cores: used - 1, force: true })).status).toBe(200);
    expect((await nova(demo, 'PUT', path(), { quota_set: { cores: 1 } })).status).toBe(403);
    expect((await set({ cores: -2 })).status).toBe(400);
    expect((await set({ hearts: 1 })).status).toBe(400);
    expect((await nova(admin, 'DELETE', path())).status).toBe(202);
    expect(await of()).toMatchObject({ cores });
  });

  it('of the default class is that of every project without its own', async () => {
    const { instances } = await of();
    const set = (limit: number) =>
      nova(admin, 'PUT', '/os-quota-class-sets/default', { quota_class_set: { instances: limit } });
    expect((await set(instances + 3)).body.quota_class_set).toMatchObject({ instances: instances + 3 });
    expect((await of()).instances).toBe(instances + 3);
    await set(instances);
  });
});

describe('what Nova once passed on to other services', () => {
  it('are security groups, with their rules', async () => {
    const body = { security_group: { name: 'web', description: 'w' } };
    const { security_group: group } = (await nova(demo, 'POST', '/os-security-groups', body)).body;
    const rule = { parent_group_id: group.id, ip_protocol: 'tcp', from_port: 80, to_port: 80, cidr: '0.0.0.0/0' };
    const made = await nova(demo, 'POST', '/os-security-group-rules', { security_group_rule: rule });
    expect(made.body.security_group_rule).toMatchObject({ ip_protocol: 'tcp', from_port: 80, to_port: 80 });
    const shown = (await nova(demo, 'GET', `/os-security-groups/${group.id}`)).body.security_group;
    expect(shown).toMatchObject({ name: 'web', rules: [{ ip_range: { cidr: '0.0.0.0/0' } }] });
    const neutrons = await demo.call<Json>('GET', `/network/v2.0/security-groups/${group.id}`);
    expect(neutrons.body.security_group.name).toBe('web');
    const { id } = made.body.security_group_rule;
    expect((await nova(demo, 'DELETE', `/os-security-group-rules/${id}`)).status).toBe(202);
    expect((await nova(demo, 'DELETE', `/os-security-groups/${group.id}`)).status).toBe(202);
    expect((await nova(demo, 'GET', `/os-security-groups/${group.id}`)).status).toBe(404);
  });

  it('are floating IPs of a pool', async () => {
    const { floating_ip_pools: pools } = (await nova(demo, 'GET', '/os-floating-ip-pools')).body;
    const made = (await nova(demo, 'POST', '/os-floating-ips', { pool: pools[0].name })).body.floating_ip;
    expect(made).toMatchObject({ fixed_ip: null, instance_id: null, pool: pools[0].name });
    const list = (await nova(demo, 'GET', '/os-floating-ips')).body.floating_ips;
    expect(list.map(({ ip }: { ip: string }) => ip)).toEqual([made.ip]);
    expect((await nova(demo, 'DELETE', `/os-floating-ips/${made.id}`)).status).toBe(202);
    expect((await nova(demo, 'POST', '/os-floating-ips', { pool: 'none' })).status).toBe(404);
  });

  it('are images and networks', async () => {
    const image = (await nova(demo, 'GET', `/images/${ingredients.imageRef}`)).body.image;
    expect(image).toMatchObject({ id: ingredients.imageRef, status: 'ACTIVE', progress: 100 });
    const network = (await demo.call<Json>('POST', '/network/v2.0/networks', { network: { name: 'n' } })).body.network;
    expect((await nova(demo, 'GET', `/os-networks/${network.id}`)).body.network).toMatchObject({ label: 'n' });
  });

  it.each(['/os-security-groups', '/os-floating-ips', '/os-networks', '/images'])(
    'are gone since 2.36: %s',
    async (path) => {
      expect((await nova(demo, 'GET', path, undefined, '2.36')).status).toBe(404);
    },
  );
});
