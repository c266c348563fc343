import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { type Answer, eventually } from '../../kernel/testing/index.ts';
import { microversion, type ServersUnderTest, servers, serversUnderTest } from './servers.harness.ts';
import { imageId, strangeImageId } from './testing.ts';

let t: ServersUnderTest;

beforeAll(async () => {
  t = await serversUnderTest();
});
afterAll(() => t.close());

describe('many at once', () => {
  it('share a reservation and are numbered', async () => {
    const { body } = await t.create('many', { min_count: 2, max_count: 3, return_reservation_id: true });
    expect(body).toEqual({ reservation_id: expect.stringMatching(/^r-[0-9a-f]{8}$/) });
    const { body: list } = await t.cloud.call('many', 'GET', `${servers}?sort_key=display_name&sort_dir=asc`);
    expect(list.servers.map(({ name }: { name: string }) => name)).toEqual(['web-1', 'web-2', 'web-3']);
    for (const { id } of list.servers) {
      await t.until('many', id, 'ACTIVE');
      await t.deleted('many', id);
    }
    expect((await t.create('many', { min_count: 3, max_count: 2 })).status).toBe(400);
  });

  it('hold the quota under parallel requests', async () => {
    const wants = Array.from({ length: 15 }, () => t.create('crowd', { flavorRef: '4', networks: [] }));
    const statuses = (await Promise.all(wants)).map(({ status }) => status);
    // 100 000 MiB of 8 192 each.
    expect(statuses.filter((status) => status === 202)).toHaveLength(12);
    expect((await t.create('crowd', { flavorRef: '4' })).status).toBe(403);
    const { body } = await t.cloud.call('crowd', 'GET', servers);
    for (const { id } of body.servers) await t.cloud.call('crowd', 'DELETE', `${servers}/${id}`);
    await eventually(async () => expect((await t.cloud.call('crowd', 'GET', servers)).body.servers).toEqual([]));
  });
});

describe('a list with details', () => {
  const details = async (token: string, asked = '2.1') => {
    const options = { headers: microversion(asked) };
    return (await t.cloud.call(token, 'GET', `${servers}/detail`, options)).body.servers;
  };

  it('shows what `GET` of each server shows, however often it was asked before', async () => {
    const networks = [{ uuid: '11111111-1111-4111-8111-111111111111' }];
    const id = await t.active('viewer', { networks });
    const agree = async (token: string, asked: string) => {
      const { server_groups: _onlyHere, ...shown } = await t.get(token, id, asked);
      expect(await details(token, asked)).toEqual([shown]);
      expect(await details(token, asked)).toEqual([shown]);
      return shown;
    };
    for (const asked of ['2.1', '2.79']) for (const token of ['viewer', 'viewer:admin']) await agree(token, asked);
    const json = { server: { name: 'renamed' } };
    await t.cloud.call('viewer', 'PUT', `${servers}/${id}`, { json });
    expect(await agree('viewer', '2.1')).toMatchObject({ name: 'renamed' });
    for (const [portId, port] of t.networks.ports) {
      if (port.deviceId === id)
        t.networks.ports.set(portId, { ...port, floatingIps: [{ address: '198.18.7.7', fixedIp: '' }] });
    }
    expect(JSON.stringify((await agree('viewer', '2.1')).addresses)).toContain('198.18.7.7');
    await t.deleted('viewer', id);
    expect(await details('viewer')).toEqual([]);
  });
});

describe('microversions', () => {
  it('each show what they brought, and nothing that came later', async () => {
    const id = await t.active('p1');
    const keys = async (token: string, asked: string) => Object.keys(await t.get(token, id, asked)).sort();
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
    expect((await t.get('p1', id, '2.47')).flavor).toEqual({
      vcpus: 1,
      ram: 128,
      disk: 1,
      ephemeral: 0,
      swap: 0,
      original_name: 'm1.nano',
      extra_specs: {},
    });
    const list = await t.cloud.call('p1', 'GET', `${servers}/detail`, { headers: microversion('2.79') });
    expect(list.body.servers[0]).not.toHaveProperty('server_groups');
    expect(list.headers.get('openstack-api-version')).toBe('compute 2.79');
    await t.deleted('p1', id);
  });
});

describe('whose server it is', () => {
  it('others neither see nor change it; an administrator does; a reader only reads', async () => {
    const id = await t.active('p1');
    expect((await t.cloud.call('p2', 'GET', `${servers}/${id}`)).status).toBe(404);
    expect((await t.cloud.call('p2', 'DELETE', `${servers}/${id}`)).status).toBe(404);
    expect((await t.action('p2', id, { 'os-stop': null })).status).toBe(404);
    expect((await t.cloud.call('p2', 'GET', `${servers}?all_tenants=1`)).status).toBe(403);
    expect((await t.cloud.call('p2', 'GET', servers)).body.servers).toEqual([]);
    const all = await t.cloud.call('root:admin', 'GET', `${servers}/detail?all_tenants=1`);
    expect(all.body.servers.map((server: { id: string }) => server.id)).toContain(id);
    expect(all.body.servers[0]).toHaveProperty('OS-EXT-SRV-ATTR:host');
    expect((await t.cloud.call('p1:reader', 'GET', `${servers}/${id}`)).status).toBe(200);
    expect((await t.cloud.call('p1:reader', 'DELETE', `${servers}/${id}`)).status).toBe(403);
    expect((await t.action('p1', id, { lock: { locked_reason: 'audit' } }, '2.73')).status).toBe(202);
    expect((await t.get('p1', id, '2.73')).locked_reason).toBe('audit');
    expect((await t.cloud.call('p1', 'DELETE', `${servers}/${id}`)).status).toBe(409);
    expect((await t.action('p1', id, { unlock: null })).status).toBe(202);
    await t.deleted('p1', id);
  });
});

describe('a change', () => {
  it('of name, description and addresses answers as the version does', async () => {
    const id = await t.active('p1');
    const put = (server: unknown, asked: string) =>
      t.cloud.call('p1', 'PUT', `${servers}/${id}`, { json: { server }, headers: microversion(asked) });
    const old = await put({ name: 'renamed', accessIPv4: '192.168.1.1' }, '2.1');
    expect(old.body.server).toMatchObject({ name: 'renamed', accessIPv4: '192.168.1.1' });
    expect(old.body.server).not.toHaveProperty('OS-EXT-STS:vm_state');
    expect(old.body.server).not.toHaveProperty('key_name');
    expect((await put({ description: 'x' }, '2.18')).status).toBe(400);
    const recent = await put({ description: 'x' }, '2.75');
    expect(recent.body.server).toMatchObject({ description: 'x', 'OS-EXT-STS:vm_state': 'active', key_name: null });
    for (const name of ['', ' ', 'x'.repeat(256)]) expect((await put({ name }, '2.1')).status).toBe(400);
    await t.deleted('p1', id);
  });
});

describe('a list', () => {
  it('pages, filters and sorts', async () => {
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.push(await t.active('lists', { name: `srv-${name}` }));
    const names = async (query: string, asked = '2.1') => {
      const answer = await t.cloud.call('lists', 'GET', `${servers}?${query}`, { headers: microversion(asked) });
      expect([query, answer.status]).toEqual([query, 200]);
      return answer.body.servers.map(({ name }: { name: string }) => name);
    };
    expect(await names('')).toEqual(['srv-c', 'srv-b', 'srv-a']);
    const seen: string[] = [];
    let path: string | undefined = `${servers}?limit=1`;
    while (path !== undefined) {
      const { body }: Answer = await t.cloud.call('lists', 'GET', path);
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
    const { addresses } = await t.get('lists', ids[1] ?? '');
    expect(await names(`ip=${addresses.private[0].addr}$`)).toEqual(['srv-b']);
    expect(await names('changes-since=2099-01-01T00:00:00Z')).toEqual([]);
    for (const id of ids) await t.deleted('lists', id);
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
    const answer = await t.cloud.call('p1', 'GET', `${servers}?${query}`, { headers: microversion(asked) });
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
    [{ block_device_mapping_v2: [{ source_type: 'volume', uuid: newId(), boot_index: 0 }] }, 400],
  ])('%j is refused with %i', async (server, status) => {
    expect((await t.create('p1', server)).status).toBe(status);
  });

  it.each(['x', newId(), `${newId()}${newId()}`, '-1'])('no server is called %s', async (id) => {
    expect((await t.cloud.call('p1', 'GET', `${servers}/${id}`)).status).toBe(404);
    expect((await t.cloud.call('p1', 'DELETE', `${servers}/${id}`)).status).toBe(404);
    expect((await t.action('p1', id, { 'os-stop': null })).status).toBe(404);
  });

  it('an action that is none is 400, one that needs more than there is 501', async () => {
    const id = await t.active('p1');
    expect((await t.action('p1', id, { dance: null })).status).toBe(400);
    expect((await t.action('p1', id, { reboot: { type: 'gently' } })).status).toBe(400);
    expect((await t.action('p1', id, {})).status).toBe(400);
    expect((await t.action('p1', id, { changePassword: { adminPass: 'new' } })).status).toBe(501);
    await t.deleted('p1', id);
  });
});
