import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, createApiServer } from '../../kernel/http/index.ts';
import { type ServersUnderTest, servers, serversUnderTest } from './servers.harness.ts';
import { netOne, netTwo } from './testing.ts';

/** Compressed, as Heat and others give it: bytes that are no text. */
const userData = gzipSync('#cloud-config\n');
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr me';

let t: ServersUnderTest;
let server: ApiServer;
let url: string;
let id: string;
let asker: Record<string, string>;

beforeAll(async () => {
  t = await serversUnderTest();
  server = createApiServer({
    services: [t.metadata],
    authenticate: async () => undefined,
    publicUrl: 'http://169.254.169.254',
    log: t.store.log,
  });
  url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
  const keypair = { name: 'mine', public_key: key };
  await t.cloud.call('p1', 'POST', '/compute/v2.1/os-keypairs', { json: { keypair } });
  id = await t.active('p1', {
    ...{ name: 'Web Un', key_name: 'mine', config_drive: false, metadata: { role: 'front' } },
    user_data: userData.toString('base64'),
  });
  asker = askerOf(id);
});

afterAll(async () => {
  await server.close();
  await t.close();
});

/** What the proxy says of the server's card. */
function askerOf(serverId: string): Record<string, string> {
  const port = [...t.networks.ports.values()].find(({ deviceId }) => deviceId === serverId);
  const address = port?.fixedIps[0]?.ipAddress ?? '';
  return { 'X-Metadata-Network': port?.networkId ?? '', 'X-Metadata-Address': address };
}

const ask = (path: string, headers = asker, more: RequestInit = {}) => fetch(`${url}${path}`, { headers, ...more });
const text = async (path: string) => {
  const answer = await ask(path);
  expect(answer.status, path).toBe(200);
  return answer.text();
};

describe('a guest asks who it is', () => {
  it('and is told as on a config drive, which it does not have', async () => {
    expect(t.hypervisor.guests.get(id)?.spec.configDrive).toBeNull();
    expect(await t.get('p1', id)).toMatchObject({ config_drive: '' });
    expect(JSON.parse(await text('/openstack/latest/meta_data.json'))).toMatchObject({
      ...{ uuid: id, name: 'Web Un', hostname: 'web-un', project_id: 'p1', availability_zone: 'nova' },
      ...{ meta: { role: 'front' }, public_keys: { mine: key }, random_seed: expect.stringMatching(/^[\w+/=]{600,}$/) },
    });
    expect(JSON.parse(await text('/openstack/2018-08-27/network_data.json'))).toMatchObject({
      networks: [{ type: 'ipv4_dhcp', network_id: netOne }],
    });
    expect(await text('/openstack/latest/vendor_data.json')).toBe('{}');
  });

  it('and never reads the administrator’s password', async () => {
    expect(await text('/openstack/latest/meta_data.json')).not.toContain('admin_pass');
  });

  it('and gets its user-data byte for byte', async () => {
    for (const path of ['/openstack/latest/user_data', '/latest/user-data', '/2009-04-04/user-data']) {
      expect(Buffer.from(await (await ask(path)).arrayBuffer()).equals(userData), path).toBe(true);
    }
  });

  it.each([
    ['instance-id', /^i-[0-9a-f]{17}$/],
    ['ami-id', /^ami-[0-9a-f]{17}$/],
    ['hostname', /^web-un$/],
    ['instance-type', /^m1\.nano$/],
    ['local-ipv4', /^10\.0\.0\.\d+$/],
    ['public-ipv4', /^$/],
    ['placement/availability-zone', /^nova$/],
    ['security-groups', /^default$/],
    ['public-keys', /^0=mine$/],
    ['public-keys/0', /^openssh-key$/],
    ['public-keys/0/openssh-key', /^ssh-ed25519 /],
    ['block-device-mapping', /^ami\nroot$/],
  ])('in EC2’s words: %s', async (name, expected) => {
    expect(await text(`/latest/meta-data/${name}`)).toMatch(expected);
  });

  it('and finds its way through lists, with and without a slash at the end', async () => {
    expect((await text('/')).split('\n')).toContain('2009-04-04');
    expect((await text('/openstack/')).split('\n')).toContain('2018-08-27');
    expect((await text('/openstack/latest')).split('\n')).toEqual([
      ...['meta_data.json', 'network_data.json', 'password', 'user_data', 'vendor_data.json', 'vendor_data2.json'],
    ]);
    expect(await text('/latest/')).toBe('meta-data/\nuser-data');
    expect((await text('/latest//meta-data/')).split('\n')).toEqual(
      expect.arrayContaining(['instance-id', 'placement/', 'public-keys/']),
    );
  });

  it.each([
    '/latest/meta-data/kernel-id',
    '/openstack/1999-01-01/meta_data.json',
    '/openstack/latest/__proto__',
    '/latest/constructor',
    '/../etc/passwd',
  ])('and is told 404 at %s', async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });
});

describe('nobody else', () => {
  const address = () => asker['X-Metadata-Address'] ?? '';

  it.each<[string, () => Record<string, string>]>([
    ['without the proxy’s word', () => ({})],
    ['who only forwards', () => ({ 'X-Forwarded-For': address(), 'X-Instance-ID': id, 'X-Tenant-ID': 'p1' })],
    ['with the address on another network', () => ({ ...asker, 'X-Metadata-Network': netTwo })],
    ['with another address', () => ({ ...asker, 'X-Metadata-Address': '10.0.0.250' })],
    ['with no address', () => ({ ...asker, 'X-Metadata-Address': "10.0.0.1' or true" })],
    ['with no network', () => ({ ...asker, 'X-Metadata-Network': 'private' })],
  ])('%s is told anything', async (_, headers) => {
    for (const path of ['/', '/latest/meta-data/', '/openstack/latest/meta_data.json']) {
      expect((await ask(path, headers())).status, path).toBe(404);
    }
  });

  it('whose port merely says that it is the server’s', async () => {
    const known = [...t.networks.ports.values()].find(({ deviceId }) => deviceId === id);
    if (known === undefined) throw new Error('the server has a port');
    const forged = { ...known, id: netTwo, projectId: 'p2', networkId: netTwo };
    t.networks.ports.set(forged.id, forged);
    expect((await ask('/latest/meta-data/', { ...asker, 'X-Metadata-Network': netTwo })).status).toBe(404);
    t.networks.ports.delete(forged.id);
  });

  it('finds it on the cloud’s own address', async () => {
    for (const path of ['/openstack/latest/meta_data.json', '/latest/meta-data/']) {
      expect((await t.cloud.call(null, 'GET', path, { headers: asker })).status).toBe(404);
    }
  });
});

describe('a guest’s own password', () => {
  const path = '/openstack/latest/password';
  const shown = async () => (await t.cloud.call('p1', 'GET', `${servers}/${id}/os-server-password`)).body.password;

  it('is set once by it, shown to its owner, and cleared by him', async () => {
    expect(await text(path)).toBe('');
    expect((await ask(path, asker, { method: 'POST', body: 'x'.repeat(1021) })).status).toBe(400);
    expect((await ask(path, asker, { method: 'POST', body: 'x'.repeat(10_000) })).status).toBe(413);
    expect((await ask(path, asker, { method: 'POST', body: 'sealed==' })).status).toBe(200);
    expect((await ask(path, asker, { method: 'POST', body: 'again' })).status).toBe(409);
    expect(await text(path)).toBe('sealed==');
    expect(await shown()).toBe('sealed==');
    expect((await t.cloud.call('p1', 'DELETE', `${servers}/${id}/os-server-password`)).status).toBe(204);
    expect(await shown()).toBe('');
  });

  it('is the only thing that it may say', async () => {
    expect((await ask('/latest/meta-data/hostname', asker, { method: 'POST', body: 'other' })).status).toBe(404);
    expect((await ask(path, {}, { method: 'POST', body: 'sealed' })).status).toBe(404);
    expect((await ask(path, asker, { method: 'PUT', body: 'sealed' })).status).toBe(404);
  });
});

it('a server that is deleted is nobody', async () => {
  const other = await t.active('p1');
  const was = askerOf(other);
  expect((await ask('/latest/meta-data/', was)).status).toBe(200);
  await t.deleted('p1', other);
  expect((await ask('/latest/meta-data/', was)).status).toBe(404);
});
