import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { sql } from '../../kernel/store/index.ts';
import {
  type Answer,
  contextOf,
  createTestStore,
  type TestCloud,
  type TestStore,
  testCloud,
} from '../../kernel/testing/index.ts';
import { type ComputeApi, computeMigrations, createCompute } from './index.ts';
import {
  type FakeHypervisor,
  type FakeImages,
  type FakeNetworks,
  fakeHypervisor,
  fakeImages,
  fakeNetworks,
  groupWeb,
  imageId,
  netOne,
  netTwo,
  strangeImageId,
} from './testing.ts';

let store: TestStore;
let cloud: TestCloud;
let api: ComputeApi;
let hypervisor: FakeHypervisor;
let networks: FakeNetworks;
let images: FakeImages;

beforeAll(async () => {
  store = await createTestStore([computeMigrations]);
  cloud = testCloud(store);
  hypervisor = fakeHypervisor();
  networks = fakeNetworks();
  images = fakeImages();
  const module = createCompute({
    ...cloud.deps,
    hypervisor,
    network: networks,
    image: images,
    hostName: 'host-1',
    quota: { instances: 100, cores: 100, ram: 100_000, keyPairs: 100, metadataItems: 128 },
  });
  api = module.api;
  await cloud.serve([module]);
});
afterAll(async () => {
  await cloud.close();
  await store.close();
});

const servers = '/compute/v2.1/servers';
const microversion = (wanted: string) => ({ 'OpenStack-API-Version': `compute ${wanted}` });

function create(token: string, server: Record<string, unknown> = {}, asked?: string): Promise<Answer> {
  const json = { server: { name: 'web', flavorRef: '42', imageRef: imageId, ...server } };
  return cloud.call(token, 'POST', servers, { json, headers: asked === undefined ? {} : microversion(asked) });
}

async function get(token: string, id: string, asked = '2.1') {
  const answer = await cloud.call(token, 'GET', `${servers}/${id}`, { headers: microversion(asked) });
  expect(answer.status).toBe(200);
  return answer.body.server;
}

const until = (token: string, id: string, status: string) =>
  vi.waitFor(async () => {
    const server = await get(token, id);
    expect(server).toMatchObject({ status, 'OS-EXT-STS:task_state': null });
    return server;
  });

async function active(token: string, server: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await create(token, server);
  expect(status).toBe(202);
  await until(token, body.server.id, 'ACTIVE');
  return body.server.id;
}

const action = (token: string, id: string, json: unknown, asked = '2.1') =>
  cloud.call(token, 'POST', `${servers}/${id}/action`, { json, headers: microversion(asked) });

async function deleted(token: string, id: string): Promise<void> {
  expect((await cloud.call(token, 'DELETE', `${servers}/${id}`)).status).toBe(204);
  await vi.waitFor(async () => expect((await cloud.call(token, 'GET', `${servers}/${id}`)).status).toBe(404));
}

async function events(id: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const { rows } = await sql<{ type: string; data: Record<string, unknown> }>`
    select type, data from kernel.outbox where subject = ${id} order by seq`.execute(store.db);
  return rows.map(({ type, data }) => ({ type: type.split('.')[3] ?? '', data }));
}

describe('version documents', () => {
  it('are public and say which microversions are answered', async () => {
    const { body, status } = await cloud.call(null, 'GET', '/compute/');
    expect(status).toBe(200);
    expect(body.versions.at(-1)).toEqual({
      id: 'v2.1',
      status: 'CURRENT',
      version: '2.79',
      min_version: '2.1',
      updated: '2013-07-23T11:33:21Z',
      links: [{ rel: 'self', href: 'http://cloud.test/compute/v2.1/' }],
    });
    expect((await cloud.call(null, 'GET', '/compute/v2.1/')).body.version['media-types']).toHaveLength(1);
    expect((await cloud.call(null, 'GET', servers)).status).toBe(401);
  });
});

describe('the life of a server', () => {
  it('is created with a guest, a port and a hold on its image, and leaves nothing when deleted', async () => {
    const { status, body, headers } = await create('p1', {
      metadata: { role: 'front' },
      user_data: 'IyEvYmluL3NoCg==',
    });
    expect(status).toBe(202);
    const { id } = body.server;
    expect(headers.get('location')).toBe(`http://cloud.test/compute/v2.1/servers/${id}`);
    expect(body.server).toEqual({
      id,
      links: [
        { rel: 'self', href: `http://cloud.test/compute/v2.1/servers/${id}` },
        { rel: 'bookmark', href: `http://cloud.test/compute/servers/${id}` },
      ],
      'OS-DCF:diskConfig': 'MANUAL',
      security_groups: [{ name: 'default' }],
      adminPass: expect.stringMatching(/^[A-Za-z0-9]{12}$/),
    });
    const server = await until('p1', id, 'ACTIVE');
    const [port] = [...networks.ports.values()].filter(({ deviceId }) => deviceId === id);
    expect(server).toEqual({
      id,
      name: 'web',
      status: 'ACTIVE',
      tenant_id: 'p1',
      user_id: 'user-of-p1',
      metadata: { role: 'front' },
      hostId: expect.stringMatching(/^[0-9a-f]{56}$/),
      image: { id: imageId, links: [{ rel: 'bookmark', href: `http://cloud.test/compute/images/${imageId}` }] },
      flavor: { id: '42', links: [{ rel: 'bookmark', href: 'http://cloud.test/compute/flavors/42' }] },
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      updated: expect.stringMatching(/Z$/),
      addresses: {
        private: [
          {
            version: 4,
            addr: port?.fixedIps[0]?.ipAddress,
            'OS-EXT-IPS:type': 'fixed',
            'OS-EXT-IPS-MAC:mac_addr': port?.mac,
          },
        ],
      },
      accessIPv4: '',
      accessIPv6: '',
      links: body.server.links,
      'OS-DCF:diskConfig': 'MANUAL',
      progress: 0,
      'OS-EXT-AZ:availability_zone': 'nova',
      config_drive: '',
      key_name: null,
      'OS-SRV-USG:launched_at': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/),
      'OS-SRV-USG:terminated_at': null,
      security_groups: [{ name: 'default' }],
      'OS-EXT-STS:task_state': null,
      'OS-EXT-STS:vm_state': 'active',
      'OS-EXT-STS:power_state': 1,
      'os-extended-volumes:volumes_attached': [],
    });
    const spec = hypervisor.guests.get(id)?.spec;
    expect(spec).toMatchObject({
      vcpus: 1,
      memoryMiB: 128,
      disk: { baseImage: `/images/${imageId}`, baseFormat: 'qcow2', sizeBytes: 1024 ** 3 },
      nics: [{ portId: port?.id, mac: port?.mac, mtu: 1442 }],
      power: 'on',
    });
    expect(spec?.configDrive?.['openstack/latest/user_data']).toBe('#!/bin/sh\n');
    expect(JSON.parse(spec?.configDrive?.['openstack/latest/meta_data.json'] ?? '')).toMatchObject({
      uuid: id,
      hostname: 'web',
      meta: { role: 'front' },
      admin_pass: body.server.adminPass,
    });
    expect(port?.hostName).toBe('host-1');
    expect([...images.holds]).toContain(`${imageId} compute.server/${id}`);

    await deleted('p1', id);
    expect(hypervisor.guests.has(id)).toBe(false);
    expect([...networks.ports.values()].filter(({ deviceId }) => deviceId === id)).toEqual([]);
    expect([...images.holds]).not.toContain(`${imageId} compute.server/${id}`);
    const told = await events(id);
    expect(told.map(({ type }) => type)).toEqual(['created', 'started', 'deleted']);
    const [, started, ended] = told;
    expect(started?.data).toMatchObject({
      projectId: 'p1',
      flavorName: 'm1.nano',
      vcpus: 1,
      memoryMiB: 128,
      diskGiB: 1,
    });
    expect(started?.data.launchedAt).toBe(started?.data.at);
    expect(ended?.data.launchedAt).toBe(started?.data.at);
  });

  it('stops, starts and reboots', async () => {
    const id = await active('p1');
    expect((await action('p1', id, { 'os-start': null })).status).toBe(409);
    expect((await action('p1', id, { 'os-stop': null })).status).toBe(202);
    expect(await until('p1', id, 'SHUTOFF')).toMatchObject({ 'OS-EXT-STS:power_state': 4 });
    expect(hypervisor.guests.get(id)?.state.power).toBe('off');
    expect((await action('p1', id, { reboot: { type: 'SOFT' } })).status).toBe(409);
    expect((await action('p1', id, { 'os-start': null })).status).toBe(202);
    await until('p1', id, 'ACTIVE');
    expect((await action('p1', id, { reboot: { type: 'SOFT' } })).status).toBe(202);
    await until('p1', id, 'ACTIVE');
    expect((await action('p1', id, { reboot: { type: 'HARD' } })).status).toBe(202);
    await until('p1', id, 'ACTIVE');
    expect(hypervisor.guests.get(id)?.starts).toBe(4);
    expect((await events(id)).map(({ type }) => type)).toEqual(['created', 'started', 'stopped', 'started']);
    expect((await action('p1', id, { 'os-getConsoleOutput': { length: 2 } })).body).toEqual({ output: 'two\nthree' });
    expect((await action('p1', id, { 'os-getConsoleOutput': {} })).body).toEqual({ output: 'one\ntwo\nthree' });
    await deleted('p1', id);
  });

  it('created again with the same id is the same server', async () => {
    const context = contextOf('p1');
    const id = newId();
    const attributes = { name: 'again', flavorRef: '42', imageRef: imageId };
    const [first, second] = await Promise.all([
      api.createServer(context, attributes, { id }).catch(() => undefined),
      api.createServer(context, attributes, { id }).catch(() => undefined),
    ]);
    expect(first ?? second).toMatchObject({ id, status: 'BUILD' });
    expect((await api.createServer(context, attributes, { id })).id).toBe(id);
    expect((await events(id)).filter(({ type }) => type === 'created')).toHaveLength(1);
    await expect(api.createServer(contextOf('p9'), attributes, { id })).rejects.toThrow('exists already');
    await until('p1', id, 'ACTIVE');
    await deleted('p1', id);
    expect((await api.createServer(context, attributes, { id })).status).toBe('DELETED');
  });

  it('deleted while it is being built, leaves nothing and was never metered', async () => {
    let reached = (): void => undefined;
    const building = new Promise<void>((resolve) => {
      reached = resolve;
    });
    hypervisor.interrupt = (operation) => {
      if (operation !== 'ensure') return;
      reached();
      throw new Error('not yet');
    };
    const { body } = await create('p1');
    await building;
    expect((await cloud.call('p1', 'DELETE', `${servers}/${body.server.id}`)).status).toBe(204);
    hypervisor.interrupt = () => undefined;
    await vi.waitFor(async () =>
      expect((await cloud.call('p1', 'GET', `${servers}/${body.server.id}`)).status).toBe(404),
    );
    expect(hypervisor.guests.has(body.server.id)).toBe(false);
    const told = await events(body.server.id);
    expect(told.map(({ type }) => type)).toEqual(['created', 'deleted']);
    expect(told[1]?.data.launchedAt).toBeNull();
  });
});

describe('networks of a server', () => {
  it('are the one that the project has; several must be chosen from; none is possible', async () => {
    expect((await create('p2')).status).toBe(409);
    const id = await active('p2', { networks: [{ uuid: netTwo }, { uuid: netOne, fixed_ip: '10.0.0.77' }] });
    expect(Object.keys((await get('p2', id)).addresses)).toEqual(['other', 'private']);
    expect((await get('p2', id)).addresses.private[0].addr).toBe('10.0.0.77');
    await deleted('p2', id);
    const alone = await active('empty');
    expect((await get('empty', alone)).addresses).toEqual({});
    await deleted('empty', alone);
  });

  it('from 2.37 on must be said', async () => {
    expect((await create('p1', {}, '2.37')).status).toBe(400);
    expect((await create('p1', { networks: 'auto' }, '2.36')).status).toBe(400);
    expect((await create('empty', { networks: 'auto' }, '2.37')).status).toBe(400);
    const { body } = await create('p1', { networks: 'none' }, '2.79');
    await until('p1', body.server.id, 'ACTIVE');
    expect(hypervisor.guests.get(body.server.id)?.spec.nics).toEqual([]);
    await deleted('p1', body.server.id);
  });

  it('a port that was there before is used, and is there afterwards', async () => {
    const portId = newId();
    await networks.createPort(contextOf('p1'), { networkId: netOne, deviceId: '', deviceOwner: '' }, { id: portId });
    const id = await active('p1', { networks: [{ port: portId }] });
    expect(networks.ports.get(portId)).toMatchObject({ deviceId: id, hostName: 'host-1' });
    expect((await create('p1', { networks: [{ port: portId }] })).status).toBe(409);
    await deleted('p1', id);
    expect(networks.ports.get(portId)).toMatchObject({ deviceId: '', hostName: '' });
  });

  it('security groups are given by name or id', async () => {
    const id = await active('p1', { security_groups: [{ name: 'web' }, { name: groupWeb }] });
    expect((await get('p1', id)).security_groups).toEqual([{ name: 'web' }]);
    expect((await create('p1', { security_groups: [{ name: 'nothing' }] })).status).toBe(400);
    await deleted('p1', id);
  });
});

describe('a server that cannot be built', () => {
  it('is in error when there is no room, and takes none', async () => {
    const { body: big } = await cloud.call('root:admin', 'POST', '/compute/v2.1/flavors', {
      json: { flavor: { name: 'huge', ram: 99_000, vcpus: 1, disk: 1 } },
    });
    const { body } = await create('huge', { flavorRef: big.flavor.id });
    const server = await until('huge', body.server.id, 'ERROR');
    expect(server.fault).toMatchObject({ code: 500, message: expect.stringContaining('No valid host was found') });
    expect(server.hostId).toBe('');
    await deleted('huge', body.server.id);
    expect((await events(body.server.id)).map(({ type }) => type)).toEqual(['created', 'deleted']);
  });

  it('is in error when the network service refuses for good, and gives back what it took', async () => {
    const { body } = await create('p1', {
      networks: [{ uuid: netOne }, { uuid: netOne, fixed_ip: '10.0.0.1' }],
    });
    const server = await until('p1', body.server.id, 'ERROR');
    expect(server.fault.message).toContain('10.0.0.1 already allocated');
    expect([...networks.ports.values()].filter(({ deviceId }) => deviceId === body.server.id)).toEqual([]);
    expect(hypervisor.guests.has(body.server.id)).toBe(false);
    expect((await action('p1', body.server.id, { reboot: { type: 'HARD' } })).status).toBe(409);
    await deleted('p1', body.server.id);
  });
});

describe('a guest that changes by itself', () => {
  it('shut down from inside: the server is SHUTOFF', async () => {
    const id = await active('p1');
    hypervisor.happens(id, 'off');
    await until('p1', id, 'SHUTOFF');
    await deleted('p1', id);
  });

  it('crashed: it is started again once, and is in error when it crashes again soon', async () => {
    const id = await active('p1');
    hypervisor.happens(id, 'crashed', 'killed by signal 9');
    await vi.waitFor(() => expect(hypervisor.guests.get(id)).toMatchObject({ starts: 2, state: { power: 'on' } }));
    await vi.waitFor(async () => {
      const { rows } = await sql<{ message: string }>`
        select message from compute.action where server_id = ${id} and action = 'restart'`.execute(store.db);
      expect(rows).toEqual([{ message: 'The guest crashed and was started again: killed by signal 9.' }]);
    });
    expect((await get('p1', id)).status).toBe('ACTIVE');
    hypervisor.happens(id, 'crashed', 'killed by signal 9');
    const server = await until('p1', id, 'ERROR');
    expect(server.fault.message).toBe('The guest crashed again: killed by signal 9.');
    expect((await action('p1', id, { reboot: { type: 'HARD' } })).status).toBe(202);
    await until('p1', id, 'ACTIVE');
    await deleted('p1', id);
  });
});

describe('many at once', () => {
  it('share a reservation and are numbered', async () => {
    const { body } = await create('many', { min_count: 2, max_count: 3, return_reservation_id: true });
    expect(body).toEqual({ reservation_id: expect.stringMatching(/^r-[0-9a-f]{8}$/) });
    const { body: list } = await cloud.call('many', 'GET', `${servers}?sort_key=display_name&sort_dir=asc`);
    expect(list.servers.map(({ name }: { name: string }) => name)).toEqual(['web-1', 'web-2', 'web-3']);
    for (const { id } of list.servers) {
      await until('many', id, 'ACTIVE');
      await deleted('many', id);
    }
    expect((await create('many', { min_count: 3, max_count: 2 })).status).toBe(400);
  });

  it('hold the quota under parallel requests', async () => {
    const wants = Array.from({ length: 15 }, () => create('crowd', { flavorRef: '4', networks: [] }));
    const statuses = (await Promise.all(wants)).map(({ status }) => status);
    // 100 000 MiB of 8 192 each.
    expect(statuses.filter((status) => status === 202)).toHaveLength(12);
    expect((await create('crowd', { flavorRef: '4' })).status).toBe(403);
    const { body } = await cloud.call('crowd', 'GET', servers);
    for (const { id } of body.servers) await cloud.call('crowd', 'DELETE', `${servers}/${id}`);
    await vi.waitFor(async () => expect((await cloud.call('crowd', 'GET', servers)).body.servers).toEqual([]));
  });
});

describe('microversions', () => {
  it('each show what they brought, and nothing that came later', async () => {
    const id = await active('p1');
    const keys = async (token: string, asked: string) => Object.keys(await get(token, id, asked)).sort();
    const base = await keys('p1', '2.1');
    const added = async (token: string, from: string, to: string) => {
      const before = new Set(await keys(token, from));
      return (await keys(token, to)).filter((key) => !before.has(key));
    };
    expect(base).not.toContain('locked');
    expect(await added('p1', '2.1', '2.8')).toEqual([]);
    expect(await added('p1', '2.8', '2.9')).toEqual(['locked']);
    expect(await added('p1', '2.9', '2.19')).toEqual(['description']);
    expect(await added('p1', '2.25', '2.26')).toEqual(['tags']);
    expect(await added('p1', '2.62', '2.63')).toEqual(['trusted_image_certificates']);
    expect(await added('p1', '2.70', '2.71')).toEqual(['server_groups']);
    expect(await added('p1', '2.72', '2.73')).toEqual(['locked_reason']);
    expect(await added('root:admin', '2.2', '2.3')).toContain('OS-EXT-SRV-ATTR:root_device_name');
    expect(await added('root:admin', '2.15', '2.16')).toEqual(['host_status']);
    expect((await get('p1', id, '2.47')).flavor).toEqual({
      vcpus: 1,
      ram: 128,
      disk: 1,
      ephemeral: 0,
      swap: 0,
      original_name: 'm1.nano',
      extra_specs: {},
    });
    const list = await cloud.call('p1', 'GET', `${servers}/detail`, { headers: microversion('2.79') });
    expect(list.body.servers[0]).not.toHaveProperty('server_groups');
    expect(list.headers.get('openstack-api-version')).toBe('compute 2.79');
    await deleted('p1', id);
  });
});

describe('whose server it is', () => {
  it('others neither see nor change it; an administrator does; a reader only reads', async () => {
    const id = await active('p1');
    expect((await cloud.call('p2', 'GET', `${servers}/${id}`)).status).toBe(404);
    expect((await cloud.call('p2', 'DELETE', `${servers}/${id}`)).status).toBe(404);
    expect((await action('p2', id, { 'os-stop': null })).status).toBe(404);
    expect((await cloud.call('p2', 'GET', `${servers}?all_tenants=1`)).status).toBe(403);
    expect((await cloud.call('p2', 'GET', servers)).body.servers).toEqual([]);
    const all = await cloud.call('root:admin', 'GET', `${servers}/detail?all_tenants=1`);
    expect(all.body.servers.map((server: { id: string }) => server.id)).toContain(id);
    expect(all.body.servers[0]).toHaveProperty('OS-EXT-SRV-ATTR:host');
    expect((await cloud.call('p1:reader', 'GET', `${servers}/${id}`)).status).toBe(200);
    expect((await cloud.call('p1:reader', 'DELETE', `${servers}/${id}`)).status).toBe(403);
    expect((await action('p1', id, { lock: { locked_reason: 'audit' } }, '2.73')).status).toBe(202);
    expect((await get('p1', id, '2.73')).locked_reason).toBe('audit');
    expect((await cloud.call('p1', 'DELETE', `${servers}/${id}`)).status).toBe(409);
    expect((await action('p1', id, { unlock: null })).status).toBe(202);
    await deleted('p1', id);
  });
});

describe('a change', () => {
  it('of name, description and addresses answers as the version does', async () => {
    const id = await active('p1');
    const put = (server: unknown, asked: string) =>
      cloud.call('p1', 'PUT', `${servers}/${id}`, { json: { server }, headers: microversion(asked) });
    const old = await put({ name: 'renamed', accessIPv4: '192.168.1.1' }, '2.1');
    expect(old.body.server).toMatchObject({ name: 'renamed', accessIPv4: '192.168.1.1' });
    expect(old.body.server).not.toHaveProperty('OS-EXT-STS:vm_state');
    expect(old.body.server).not.toHaveProperty('key_name');
    expect((await put({ description: 'x' }, '2.18')).status).toBe(400);
    const recent = await put({ description: 'x' }, '2.75');
    expect(recent.body.server).toMatchObject({ description: 'x', 'OS-EXT-STS:vm_state': 'active', key_name: null });
    for (const name of ['', ' ', 'x'.repeat(256)]) expect((await put({ name }, '2.1')).status).toBe(400);
    await deleted('p1', id);
  });
});

describe('a list', () => {
  it('pages, filters and sorts', async () => {
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.push(await active('lists', { name: `srv-${name}` }));
    const names = async (query: string, asked = '2.1') => {
      const answer = await cloud.call('lists', 'GET', `${servers}?${query}`, { headers: microversion(asked) });
      expect([query, answer.status]).toEqual([query, 200]);
      return answer.body.servers.map(({ name }: { name: string }) => name);
    };
    expect(await names('')).toEqual(['srv-c', 'srv-b', 'srv-a']);
    const seen: string[] = [];
    let path: string | undefined = `${servers}?limit=1`;
    while (path !== undefined) {
      const { body }: Answer = await cloud.call('lists', 'GET', path);
      seen.push(...body.servers.map(({ name }: { name: string }) => name));
      path = body.servers_links?.[0].href.replace('http://cloud.test', '');
    }
    expect(seen).toEqual(['srv-c', 'srv-b', 'srv-a']);
    expect(await names('name=rv-[ab]')).toEqual(['srv-b', 'srv-a']);
    expect(await names('status=ACTIVE')).toHaveLength(3);
    expect(await names('status=SHUTOFF')).toEqual([]);
    expect(await names('status=nonsense')).toEqual([]);
    expect(await names(`flavor=42&image=${imageId}`)).toHaveLength(3);
    expect(await names(`flavor=none`)).toEqual([]);
    expect(await names(`image=none`)).toEqual([]);
    const { addresses } = await get('lists', ids[1] ?? '');
    expect(await names(`ip=${addresses.private[0].addr}$`)).toEqual(['srv-b']);
    expect(await names('changes-since=2099-01-01T00:00:00Z')).toEqual([]);
    for (const id of ids) await deleted('lists', id);
    expect(await names('changes-since=2020-01-01T00:00:00Z')).toHaveLength(3);
  });

  it.each([
    ['limit=-1', '2.1'],
    ['limit=x', '2.1'],
    ['marker=x', '2.1'],
    [`marker=${newId()}`, '2.1'],
    ['changes-since=2011/01/01', '2.1'],
    ['status=nonsense', '2.38'],
    ['nonsense=1', '2.75'],
    ['sort_dir=up', '2.1'],
    ['all_tenants=maybe', '2.1'],
    ['_sa=1', '2.1'],
    ['name=(', '2.1'],
    ['name=%00', '2.1'],
    ['image=%00', '2.1'],
    ['tags=%00', '2.26'],
    ['ip=(a%2B)%2B$', '2.1'],
  ])('%s in %s is refused', async (query, asked) => {
    const answer = await cloud.call('p1', 'GET', `${servers}?${query}`, { headers: microversion(asked) });
    expect(answer.status).toBe(400);
  });
});

describe('bad input', () => {
  it.each([
    [{ name: '' }, 400],
    [{ name: 'x'.repeat(256) }, 400],
    [{ name: 12 }, 400],
    [{ flavorRef: 'none' }, 400],
    [{ flavorRef: '' }, 400],
    [{ imageRef: newId() }, 400],
    [{ imageRef: 'x' }, 400],
    [{ imageRef: strangeImageId }, 400],
    [{ networks: [{ uuid: newId() }] }, 400],
    [{ networks: [{ uuid: 'x' }] }, 400],
    [{ networks: [{ port: newId() }] }, 400],
    [{ key_name: 'none' }, 400],
    [{ metadata: { key: 'x'.repeat(256) } }, 400],
    [{ metadata: { key: 1 } }, 400],
    [{ accessIPv4: '1.1.1.1.1' }, 400],
    [{ accessIPv6: 'notvalid' }, 400],
    [{ user_data: '%%%' }, 400],
    [{ availability_zone: 'elsewhere' }, 400],
    [{ description: 'came with 2.19' }, 400],
    [{ unknown: 1 }, 400],
    [{ name: 'a\u0000b' }, 400],
    [{ metadata: { key: '\u0000' } }, 400],
    [{ metadata: { key: '\ud800' } }, 400],
    [{ flavorRef: '\u0000' }, 400],
    [{ key_name: '\u0000' }, 400],
    [{ personality: [{ path: '/etc/motd', contents: 'eA==' }] }, 501],
    [{ block_device_mapping_v2: [{ source_type: 'volume', uuid: newId(), boot_index: 0 }] }, 501],
  ])('%j is refused with %i', async (server, status) => {
    expect((await create('p1', server)).status).toBe(status);
  });

  it.each(['x', newId(), `${newId()}${newId()}`, '-1'])('no server is called %s', async (id) => {
    expect((await cloud.call('p1', 'GET', `${servers}/${id}`)).status).toBe(404);
    expect((await cloud.call('p1', 'DELETE', `${servers}/${id}`)).status).toBe(404);
    expect((await action('p1', id, { 'os-stop': null })).status).toBe(404);
  });

  it('an action that is none is 400, one that is not there yet 501', async () => {
    const id = await active('p1');
    expect((await action('p1', id, { dance: null })).status).toBe(400);
    expect((await action('p1', id, { reboot: { type: 'gently' } })).status).toBe(400);
    expect((await action('p1', id, {})).status).toBe(400);
    expect((await action('p1', id, { rescue: null })).status).toBe(501);
    await deleted('p1', id);
  });
});
