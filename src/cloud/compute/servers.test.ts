import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { sql } from '../../kernel/store/index.ts';
import { contextOf, eventually } from '../../kernel/testing/index.ts';
import { type ServersUnderTest, servers, serversUnderTest } from './servers.harness.ts';
import { groupWeb, imageId, netOne, netTwo } from './testing.ts';

let t: ServersUnderTest;

beforeAll(async () => {
  t = await serversUnderTest();
});
afterAll(() => t.close());

describe('version documents', () => {
  it('are public and say which microversions are answered', async () => {
    const { body, status } = await t.cloud.call(null, 'GET', '/compute/');
    expect(status).toBe(200);
    expect(body.versions.at(-1)).toEqual({
      id: 'v2.1',
      status: 'CURRENT',
      version: '2.79',
      min_version: '2.1',
      updated: '2013-07-23T11:33:21Z',
      links: [{ rel: 'self', href: 'http://cloud.test/compute/v2.1/' }],
    });
    expect((await t.cloud.call(null, 'GET', '/compute/v2.1/')).body.version['media-types']).toHaveLength(1);
    expect((await t.cloud.call(null, 'GET', servers)).status).toBe(401);
  });
});

describe('the life of a server', () => {
  it('is created with a guest, a port and a hold on its image, and leaves nothing when deleted', async () => {
    const { status, body, headers } = await t.create('p1', {
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
    const server = await t.until('p1', id, 'ACTIVE');
    const [port] = [...t.networks.ports.values()].filter(({ deviceId }) => deviceId === id);
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
      config_drive: 'True',
      key_name: null,
      'OS-SRV-USG:launched_at': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/),
      'OS-SRV-USG:terminated_at': null,
      security_groups: [{ name: 'default' }],
      'OS-EXT-STS:task_state': null,
      'OS-EXT-STS:vm_state': 'active',
      'OS-EXT-STS:power_state': 1,
      'os-extended-volumes:volumes_attached': [],
    });
    const spec = t.hypervisor.guests.get(id)?.spec;
    expect(spec).toMatchObject({
      vcpus: 1,
      memoryMiB: 128,
      disk: { baseImage: `/images/${imageId}`, baseFormat: 'qcow2', sizeBytes: 1024 ** 3 },
      nics: [{ portId: port?.id, mac: port?.mac, mtu: 1442 }],
      power: 'on',
    });
    expect(spec?.configDrive?.['openstack/latest/user_data']).toEqual({ base64: btoa('#!/bin/sh\n') });
    expect(JSON.parse(String(spec?.configDrive?.['openstack/latest/meta_data.json']))).toMatchObject({
      uuid: id,
      hostname: 'web',
      meta: { role: 'front' },
      admin_pass: body.server.adminPass,
    });
    expect(port?.hostName).toBe('host-1');
    expect([...t.images.holds]).toContain(`${imageId} compute.server/${id}`);

    await t.deleted('p1', id);
    expect(t.hypervisor.guests.has(id)).toBe(false);
    expect([...t.networks.ports.values()].filter(({ deviceId }) => deviceId === id)).toEqual([]);
    expect([...t.images.holds]).not.toContain(`${imageId} compute.server/${id}`);
    const told = await t.events(id);
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
    const id = await t.active('p1');
    expect((await t.action('p1', id, { 'os-start': null })).status).toBe(409);
    expect((await t.action('p1', id, { 'os-stop': null })).status).toBe(202);
    expect(await t.until('p1', id, 'SHUTOFF')).toMatchObject({ 'OS-EXT-STS:power_state': 4 });
    expect(t.hypervisor.guests.get(id)?.state.power).toBe('off');
    expect((await t.action('p1', id, { reboot: { type: 'SOFT' } })).status).toBe(409);
    expect((await t.action('p1', id, { 'os-start': null })).status).toBe(202);
    await t.until('p1', id, 'ACTIVE');
    expect((await t.action('p1', id, { reboot: { type: 'SOFT' } })).status).toBe(202);
    await t.until('p1', id, 'ACTIVE');
    expect((await t.action('p1', id, { reboot: { type: 'HARD' } })).status).toBe(202);
    await t.until('p1', id, 'ACTIVE');
    expect(t.hypervisor.guests.get(id)?.starts).toBe(4);
    expect((await t.events(id)).map(({ type }) => type)).toEqual(['created', 'started', 'stopped', 'started']);
    // A line break at the end begins a line, as Nova counts.
    expect((await t.action('p1', id, { 'os-getConsoleOutput': { length: 2 } })).body).toEqual({ output: 'three\n' });
    expect((await t.action('p1', id, { 'os-getConsoleOutput': {} })).body).toEqual({ output: 'one\ntwo\nthree\n' });
    await t.deleted('p1', id);
  });

  it('created again with the same id is the same server', async () => {
    const context = contextOf('p1');
    const id = newId();
    const attributes = { name: 'again', flavorRef: '42', imageRef: imageId };
    const [first, second] = await Promise.all([
      t.api.createServer(context, attributes, { id }).catch(() => undefined),
      t.api.createServer(context, attributes, { id }).catch(() => undefined),
    ]);
    expect(first ?? second).toMatchObject({ id, status: 'BUILD' });
    expect((await t.api.createServer(context, attributes, { id })).id).toBe(id);
    expect((await t.events(id)).filter(({ type }) => type === 'created')).toHaveLength(1);
    await expect(t.api.createServer(contextOf('p9'), attributes, { id })).rejects.toThrow('exists already');
    await t.until('p1', id, 'ACTIVE');
    await t.deleted('p1', id);
    expect((await t.api.createServer(context, attributes, { id })).status).toBe('DELETED');
  });

  it('deleted while it is being built, leaves nothing and was never metered', async () => {
    let reached = (): void => undefined;
    const building = new Promise<void>((resolve) => {
      reached = resolve;
    });
    t.hypervisor.interrupt = (operation) => {
      if (operation !== 'ensure') return;
      reached();
      throw new Error('not yet');
    };
    const { body } = await t.create('p1');
    await building;
    expect((await t.cloud.call('p1', 'DELETE', `${servers}/${body.server.id}`)).status).toBe(204);
    t.hypervisor.interrupt = () => undefined;
    await eventually(async () =>
      expect((await t.cloud.call('p1', 'GET', `${servers}/${body.server.id}`)).status).toBe(404),
    );
    expect(t.hypervisor.guests.has(body.server.id)).toBe(false);
    const told = await t.events(body.server.id);
    expect(told.map(({ type }) => type)).toEqual(['created', 'deleted']);
    expect(told[1]?.data.launchedAt).toBeNull();
  });
});

describe('networks of a server', () => {
  it('are the one that the project has; several must be chosen from; none is possible', async () => {
    expect((await t.create('p2')).status).toBe(409);
    const id = await t.active('p2', { networks: [{ uuid: netTwo }, { uuid: netOne, fixed_ip: '10.0.0.77' }] });
    expect(Object.keys((await t.get('p2', id)).addresses)).toEqual(['other', 'private']);
    expect((await t.get('p2', id)).addresses.private[0].addr).toBe('10.0.0.77');
    await t.deleted('p2', id);
    const alone = await t.active('empty');
    expect((await t.get('empty', alone)).addresses).toEqual({});
    await t.deleted('empty', alone);
  });

  it('from 2.37 on must be said', async () => {
    expect((await t.create('p1', {}, '2.37')).status).toBe(400);
    expect((await t.create('p1', { networks: 'auto' }, '2.36')).status).toBe(400);
    const refused = await t.create('empty', { networks: 'auto' }, '2.37');
    expect([refused.status, refused.body.badRequest.message]).toEqual([400, expect.stringContaining('subnetpools')]);
    const auto = (await t.create('fresh', { networks: 'auto' }, '2.37')).body.server.id;
    await t.until('fresh', auto, 'ACTIVE');
    expect((await t.get('fresh', auto)).addresses).toHaveProperty('private');
    await t.deleted('fresh', auto);
    const { body } = await t.create('p1', { networks: 'none' }, '2.79');
    await t.until('p1', body.server.id, 'ACTIVE');
    expect(t.hypervisor.guests.get(body.server.id)?.spec.nics).toEqual([]);
    await t.deleted('p1', body.server.id);
  });

  it('a port that was there before is used, and is there afterwards', async () => {
    const portId = newId();
    await t.networks.createPort(contextOf('p1'), { networkId: netOne, deviceId: '', deviceOwner: '' }, { id: portId });
    const id = await t.active('p1', { networks: [{ port: portId }] });
    expect(t.networks.ports.get(portId)).toMatchObject({ deviceId: id, hostName: 'host-1' });
    expect((await t.create('p1', { networks: [{ port: portId }] })).status).toBe(409);
    await t.deleted('p1', id);
    expect(t.networks.ports.get(portId)).toMatchObject({ deviceId: '', hostName: '' });
  });

  it('security groups are given by name or id', async () => {
    const id = await t.active('p1', { security_groups: [{ name: 'web' }, { name: groupWeb }] });
    expect((await t.get('p1', id)).security_groups).toEqual([{ name: 'web' }]);
    expect((await t.create('p1', { security_groups: [{ name: 'nothing' }] })).status).toBe(400);
    await t.deleted('p1', id);
  });
});

describe('a server that cannot be built', () => {
  it('is in error when there is no room, and takes none', async () => {
    const { body: big } = await t.cloud.call('root:admin', 'POST', '/compute/v2.1/flavors', {
      json: { flavor: { name: 'huge', ram: 99_000, vcpus: 1, disk: 1 } },
    });
    const { body } = await t.create('huge', { flavorRef: big.flavor.id });
    const server = await t.until('huge', body.server.id, 'ERROR');
    expect(server.fault).toMatchObject({ code: 500, message: expect.stringContaining('No valid host was found') });
    expect(server.hostId).toBe('');
    await t.deleted('huge', body.server.id);
    expect((await t.events(body.server.id)).map(({ type }) => type)).toEqual(['created', 'deleted']);
  });

  it('is in error when the network service refuses for good, and gives back what it took', async () => {
    const { body } = await t.create('p1', {
      networks: [{ uuid: netOne }, { uuid: netOne, fixed_ip: '10.0.0.1' }],
    });
    const server = await t.until('p1', body.server.id, 'ERROR');
    expect(server.fault.message).toContain('10.0.0.1 already allocated');
    expect([...t.networks.ports.values()].filter(({ deviceId }) => deviceId === body.server.id)).toEqual([]);
    expect(t.hypervisor.guests.has(body.server.id)).toBe(false);
    expect((await t.action('p1', body.server.id, { reboot: { type: 'HARD' } })).status).toBe(409);
    await t.deleted('p1', body.server.id);
  });
});

describe('a guest that changes by itself', () => {
  it('shut down from inside: the server is SHUTOFF', async () => {
    const id = await t.active('p1');
    t.hypervisor.happens(id, 'off');
    await t.until('p1', id, 'SHUTOFF');
    await t.deleted('p1', id);
  });

  it('crashed: it is started again once, and is in error when it crashes again soon', async () => {
    const id = await t.active('p1');
    t.hypervisor.happens(id, 'crashed', 'killed by signal 9');
    await eventually(() => expect(t.hypervisor.guests.get(id)).toMatchObject({ starts: 2, state: { power: 'on' } }));
    await eventually(async () => {
      const { rows } = await sql<{ message: string }>`
        select message from compute.action where server_id = ${id} and action = 'restart'`.execute(t.store.db);
      expect(rows).toEqual([{ message: 'The guest crashed and was started again: killed by signal 9.' }]);
    });
    expect((await t.get('p1', id)).status).toBe('ACTIVE');
    t.hypervisor.happens(id, 'crashed', 'killed by signal 9');
    const server = await t.until('p1', id, 'ERROR');
    expect(server.fault.message).toBe('The guest crashed again: killed by signal 9.');
    expect((await t.action('p1', id, { reboot: { type: 'HARD' } })).status).toBe(202);
    await t.until('p1', id, 'ACTIVE');
    await t.deleted('p1', id);
  });
});
