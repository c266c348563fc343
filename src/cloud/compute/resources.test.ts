import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { createTestStore, eventually, type TestCloud, type TestStore, testCloud } from '../../kernel/testing/index.ts';
import { createPlacement, placementMigrations } from '../placement/index.ts';
import { netmask } from './domain/guest-metadata.ts';
import { hostnameOf } from './domain/server.ts';
import { sshFingerprint } from './domain/ssh-keys.ts';
import { computeMigrations, createCompute } from './index.ts';
import { fakeHypervisor, fakeImages, fakeNetworks, imageId, nothingProxied } from './testing.ts';

let store: TestStore;
let cloud: TestCloud;
let serverId: string;

beforeAll(async () => {
  store = await createTestStore([placementMigrations, computeMigrations]);
  cloud = testCloud(store);
  const engines = {
    hypervisor: fakeHypervisor(),
    network: fakeNetworks(),
    image: fakeImages(),
    proxied: nothingProxied,
    placement: createPlacement({ store }).api,
  };
  await cloud.serve([createCompute({ ...cloud.deps, ...engines, masterKey: new Uint8Array(32), hostName: 'host-1' })]);
  const json = { server: { name: 'web', flavorRef: '42', imageRef: imageId } };
  serverId = (await cloud.call('p1', 'POST', '/compute/v2.1/servers', { json })).body.server.id;
  await eventually(async () => {
    const { body } = await cloud.call('p1', 'GET', `/compute/v2.1/servers/${serverId}`);
    expect(body.server.status).toBe('ACTIVE');
  });
});
afterAll(async () => {
  await cloud.close();
  await store.close();
});

const call = (token: string, method: string, path: string, json?: unknown, asked = '2.1') =>
  cloud.call(token, method, `/compute/v2.1${path}`, {
    json,
    headers: { 'OpenStack-API-Version': `compute ${asked}` },
  });

describe('flavors', () => {
  it('are listed, shown in each version’s shape, and paged', async () => {
    const { body } = await call('p1', 'GET', '/flavors/42');
    expect(body.flavor).toEqual({
      id: '42',
      name: 'm1.nano',
      ram: 128,
      disk: 1,
      swap: '',
      'OS-FLV-EXT-DATA:ephemeral': 0,
      'OS-FLV-DISABLED:disabled': false,
      vcpus: 1,
      'os-flavor-access:is_public': true,
      rxtx_factor: 1,
      links: [
        { rel: 'self', href: 'http://cloud.test/compute/v2.1/flavors/42' },
        { rel: 'bookmark', href: 'http://cloud.test/compute/flavors/42' },
      ],
    });
    expect((await call('p1', 'GET', '/flavors/42', undefined, '2.75')).body.flavor).toMatchObject({
      swap: 0,
      description: null,
      extra_specs: {},
    });
    const first = await call('p1', 'GET', '/flavors?limit=5');
    expect(first.body.flavors).toHaveLength(5);
    const next = first.body.flavors_links[0].href.replace('http://cloud.test/compute/v2.1', '');
    expect((await call('p1', 'GET', next)).body.flavors).toHaveLength(2);
    expect((await call('p1', 'GET', '/flavors/detail?minRam=8000')).body.flavors).toHaveLength(2);
    for (const query of ['limit=-1', 'minRam=x', 'marker=none', 'sort_key=none']) {
      expect([query, (await call('p1', 'GET', `/flavors?${query}`)).status]).toEqual([query, 400]);
    }
    expect((await call('p1', 'GET', '/flavors/none')).status).toBe(404);
  });

  it('are an administrator’s to make, and may be for some projects only', async () => {
    const flavor = { name: 'secret', ram: 256, vcpus: 1, disk: 1, 'os-flavor-access:is_public': false };
    expect((await call('p1', 'POST', '/flavors', { flavor })).status).toBe(403);
    const made = await call('root:admin', 'POST', '/flavors', { flavor });
    expect(made.status).toBe(200);
    const { id } = made.body.flavor;
    expect((await call('root:admin', 'POST', '/flavors', { flavor })).status).toBe(409);
    expect((await call('p1', 'GET', `/flavors/${id}`)).status).toBe(404);
    const access = (verb: string, tenant = 'p1') =>
      call('root:admin', 'POST', `/flavors/${id}/action`, { [verb]: { tenant } });
    expect((await access('addTenantAccess')).body).toEqual({ flavor_access: [{ flavor_id: id, tenant_id: 'p1' }] });
    expect((await access('addTenantAccess')).status).toBe(409);
    expect((await call('p1', 'GET', `/flavors/${id}`)).status).toBe(200);
    expect((await access('removeTenantAccess')).body).toEqual({ flavor_access: [] });
    expect((await access('removeTenantAccess')).status).toBe(404);
    expect((await call('root:admin', 'DELETE', `/flavors/${id}`)).status).toBe(202);
    expect((await call('root:admin', 'DELETE', `/flavors/${id}`)).status).toBe(404);
  });

  it.each([
    { ram: 0 },
    { ram: 'x' },
    { vcpus: -1 },
    { disk: 2 ** 31 },
    { name: '' },
    { rxtx_factor: 0 },
    { description: 'came with 2.55' },
  ])('are refused with %j', async (wrong) => {
    const flavor = { name: 'wrong', ram: 256, vcpus: 1, disk: 1, ...wrong };
    expect((await call('root:admin', 'POST', '/flavors', { flavor })).status).toBe(400);
  });

  it('have extra specs', async () => {
    const specs = '/flavors/84/os-extra_specs';
    const created = await call('root:admin', 'POST', specs, { extra_specs: { 'hw:a': 'b', n: 1 } });
    expect(created.body).toEqual({ extra_specs: { 'hw:a': 'b', n: '1' } });
    expect((await call('root:admin', 'PUT', `${specs}/n`, { n: '2' })).body).toEqual({ n: '2' });
    expect((await call('root:admin', 'PUT', `${specs}/n`, { m: '2' })).status).toBe(400);
    expect((await call('p1', 'GET', `${specs}/n`)).body).toEqual({ n: '2' });
    expect((await call('root:admin', 'DELETE', `${specs}/n`)).status).toBe(200);
    expect((await call('p1', 'GET', `${specs}/n`)).status).toBe(404);
    expect((await call('p1', 'GET', specs)).body).toEqual({ extra_specs: { 'hw:a': 'b' } });
  });
});

describe('keypairs', () => {
  const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEHPMCRpVrkFMURSE8qYPZjnsfH3L6FO8mEhV0dU9VwF me@here';

  it('are imported, listed, shown and deleted, for their user only', async () => {
    const { status, body } = await call('p1', 'POST', '/os-keypairs', {
      keypair: { name: 'mine', public_key: publicKey },
    });
    expect(status).toBe(200);
    expect(body.keypair).toEqual({
      name: 'mine',
      public_key: publicKey,
      fingerprint: expect.stringMatching(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/),
      user_id: 'user-of-p1',
    });
    expect(
      (await call('p1', 'POST', '/os-keypairs', { keypair: { name: 'mine', public_key: publicKey } })).status,
    ).toBe(409);
    expect((await call('p2', 'GET', '/os-keypairs/mine')).status).toBe(404);
    expect((await call('p2', 'GET', '/os-keypairs?user_id=user-of-p1', undefined, '2.10')).status).toBe(403);
    expect((await call('p1', 'GET', '/os-keypairs', undefined, '2.2')).body.keypairs[0].keypair.type).toBe('ssh');
    expect((await call('p1', 'GET', '/os-keypairs/mine')).body.keypair).toMatchObject({
      deleted: false,
      id: expect.any(Number),
    });
    expect((await call('p1', 'DELETE', '/os-keypairs/mine')).status).toBe(202);
    expect((await call('p1', 'DELETE', '/os-keypairs/mine', undefined, '2.2')).status).toBe(404);
  });

  it('are made when no public key is given: OpenSSH reads the private half, which fits the public one', async () => {
    const { body, status } = await call('p1', 'POST', '/os-keypairs', { keypair: { name: 'made' } }, '2.2');
    expect(status).toBe(201);
    const { private_key: privateKey, public_key: made, fingerprint } = body.keypair;
    const folder = mkdtempSync(join(tmpdir(), 'andromede-key-'));
    try {
      const file = join(folder, 'key');
      writeFileSync(file, privateKey, { mode: 0o600 });
      const derived = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' }).trim();
      expect(made.split(' ').slice(0, 2)).toEqual(derived.split(' ').slice(0, 2));
      writeFileSync(`${file}.pub`, made);
      const told = execFileSync('ssh-keygen', ['-l', '-E', 'md5', '-f', `${file}.pub`], { encoding: 'utf8' });
      expect(told).toContain(`MD5:${fingerprint}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect((await call('p1', 'GET', '/os-keypairs/made')).body.keypair).not.toHaveProperty('private_key');
  });

  it.each([
    [{ name: '' }, 400],
    [{ name: 'a/b' }, 400],
    [{ name: ' a' }, 400],
    [{ name: 'x'.repeat(256) }, 400],
    [{ name: 'k', public_key: 'ssh-rsa nonsense' }, 400],
    [{ name: 'k', public_key: 'ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIEHPMCRpVrkFMURSE8qYPZjnsfH3L6FO8mEhV0dU9VwF' }, 400],
    [{ name: 'k', public_key: '' }, 400],
    [{ name: 'k', type: 'x509', public_key: 'not a certificate' }, 400],
    [{ name: 'k', type: 'dsa' }, 400],
  ])('%j is refused with %i', async (keypair, status) => {
    expect((await call('p1', 'POST', '/os-keypairs', { keypair }, '2.2')).status).toBe(status);
  });

  it('of two lines are none', () => {
    expect(sshFingerprint(`${publicKey}\nssh-rsa AAAA`)).toBeUndefined();
  });
});

describe('what belongs to a server', () => {
  it('its metadata', async () => {
    const path = `/servers/${serverId}/metadata`;
    expect((await call('p1', 'POST', path, { metadata: { a: '1', b: '2' } })).body).toEqual({
      metadata: { a: '1', b: '2' },
    });
    expect((await call('p1', 'PUT', `${path}/b`, { meta: { b: '3' } })).body).toEqual({ meta: { b: '3' } });
    expect((await call('p1', 'PUT', `${path}/b`, { meta: { c: '3' } })).status).toBe(400);
    expect((await call('p1', 'DELETE', `${path}/a`)).status).toBe(204);
    expect((await call('p1', 'DELETE', `${path}/a`)).status).toBe(404);
    expect((await call('p1', 'GET', `${path}/b`)).body).toEqual({ meta: { b: '3' } });
    expect((await call('p1', 'PUT', path, { metadata: {} })).body).toEqual({ metadata: {} });
    const many = Object.fromEntries(Array.from({ length: 129 }, (_, index) => [`k${index}`, 'v']));
    expect((await call('p1', 'POST', path, { metadata: many })).status).toBe(403);
    expect((await call('p2', 'GET', path)).status).toBe(404);
  });

  it('its tags, since 2.26', async () => {
    const path = `/servers/${serverId}/tags`;
    expect((await call('p1', 'GET', path, undefined, '2.25')).status).toBe(404);
    const since = (method: string, suffix = '', json?: unknown) => call('p1', method, `${path}${suffix}`, json, '2.26');
    expect((await since('PUT', '', { tags: ['a', 'b'] })).body).toEqual({ tags: ['a', 'b'] });
    expect((await since('PUT', '/c')).status).toBe(201);
    expect((await since('PUT', '/c')).status).toBe(204);
    expect((await since('GET', '/c')).status).toBe(204);
    expect((await since('DELETE', '/c')).status).toBe(204);
    expect((await since('DELETE', '/c')).status).toBe(404);
    expect((await since('PUT', '/a%2Cb')).status).toBe(400);
    const found = await call('p1', 'GET', '/servers?tags=a,b&not-tags-any=c', undefined, '2.26');
    expect(found.body.servers).toHaveLength(1);
    expect((await since('DELETE')).status).toBe(204);
    expect((await since('GET')).body).toEqual({ tags: [] });
  });

  it('its addresses, network cards and actions', async () => {
    const { body: ips } = await call('p1', 'GET', `/servers/${serverId}/ips`);
    expect(ips.addresses.private[0]).toEqual({ version: 4, addr: expect.stringMatching(/^10\.0\.0\./) });
    expect((await call('p1', 'GET', `/servers/${serverId}/ips/private`)).body).toEqual(ips.addresses);
    expect((await call('p1', 'GET', `/servers/${serverId}/ips/none`)).status).toBe(404);
    const { body: cards } = await call('p1', 'GET', `/servers/${serverId}/os-interface`);
    expect(cards.interfaceAttachments[0]).toMatchObject({ port_state: 'ACTIVE', mac_addr: expect.any(String) });
    expect((await call('p1', 'GET', `/servers/${serverId}/os-volume_attachments`)).body).toEqual({
      volumeAttachments: [],
    });
    const { body: actions } = await call('p1', 'GET', `/servers/${serverId}/os-instance-actions`);
    const created = actions.instanceActions.at(-1);
    expect(created).toMatchObject({ action: 'create', instance_uuid: serverId, user_id: 'user-of-p1', message: null });
    const one = await call(
      'p1',
      'GET',
      `/servers/${serverId}/os-instance-actions/${created.request_id}`,
      undefined,
      '2.51',
    );
    expect(one.body.instanceAction.events).toEqual([expect.objectContaining({ result: 'Success' })]);
  });
});

describe('what there is', () => {
  it('limits count what is used', async () => {
    const { absolute } = (await call('p1', 'GET', '/limits')).body.limits;
    expect(absolute).toMatchObject({
      maxTotalInstances: 10,
      totalInstancesUsed: 1,
      totalRAMUsed: 128,
      maxPersonality: 0,
    });
    const recent = (await call('p1', 'GET', '/limits', undefined, '2.57')).body.limits.absolute;
    for (const gone of ['maxPersonality', 'maxImageMeta', 'totalFloatingIpsUsed'])
      expect(recent).not.toHaveProperty(gone);
    expect((await call('p1', 'GET', '/limits?tenant_id=p2')).status).toBe(403);
    expect((await call('p1', 'GET', '/os-quota-sets/p1')).body.quota_set).toMatchObject({ id: 'p1', instances: 10 });
    expect((await call('p1', 'GET', '/os-quota-sets/p2')).status).toBe(403);
    const { quota_set: detail } = (await call('p1', 'GET', '/os-quota-sets/p1/detail')).body;
    expect(detail.cores).toEqual({ limit: 20, in_use: 1, reserved: 0 });
  });

  it('zones for everybody, hosts for administrators', async () => {
    expect((await call('p1', 'GET', '/os-availability-zone')).body.availabilityZoneInfo).toEqual([
      { zoneName: 'nova', zoneState: { available: true }, hosts: null },
    ]);
    for (const path of ['/os-availability-zone/detail', '/os-services', '/os-hypervisors', '/os-hypervisors/detail']) {
      expect([path, (await call('p1', 'GET', path)).status]).toEqual([path, 403]);
      expect([path, (await call('root:admin', 'GET', path)).status]).toEqual([path, 200]);
    }
    const { hypervisors } = (await call('root:admin', 'GET', '/os-hypervisors/detail', undefined, '2.53')).body;
    expect(hypervisors[0]).toMatchObject({ vcpus_used: 1, running_vms: 1, hypervisor_type: 'fake', state: 'up' });
    expect((await call('root:admin', 'GET', `/os-hypervisors/${hypervisors[0].id}`, undefined, '2.53')).status).toBe(
      200,
    );
    expect((await call('root:admin', 'GET', `/os-hypervisors/${newId()}`, undefined, '2.53')).status).toBe(404);
  });
});

describe('small rules', () => {
  it.each([
    ['web', 'web'],
    ['My Server_1.example', 'my-server-1-example'],
    ['Éléphant', 'elephant'],
    ['日本', 'server-ID'],
    ['-a-', 'a'],
    ['x'.repeat(80), 'x'.repeat(63)],
  ])('the host name of %s is %s', (name, expected) => expect(hostnameOf(name, 'ID')).toBe(expected));

  it.each([
    [0, '0.0.0.0'],
    [8, '255.0.0.0'],
    [20, '255.255.240.0'],
    [32, '255.255.255.255'],
  ])('the mask of /%i is %s', (prefix, expected) => expect(netmask(prefix)).toBe(expected));
});
