import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { networkMigrations } from './index.ts';
import { clientOf, type TestNetwork, testNetwork } from './testing.ts';

let store: TestStore;
let cloud: TestNetwork;

beforeAll(async () => {
  store = await createTestStore([networkMigrations]);
  cloud = await testNetwork(store);
  for (const name of ['c', 'a', 'b', 'a']) await ann.network({ name });
});
afterAll(async () => {
  await cloud.close();
  await store.close();
});

const ann = clientOf(() => cloud, 'ann');
const zoe = clientOf(() => cloud, 'zoe');
const bob = clientOf(() => cloud, 'bob');
const admin = clientOf(() => cloud, 'ops:admin');
const reader = clientOf(() => cloud, 'ann:reader');

const names = async (query: string) =>
  (await ann.call('GET', `/v2.0/networks?${query}`)).networks.map(({ name }: { name: string }) => name);

describe('what there is', () => {
  it('is told without a token', async () => {
    const { versions } = await cloud.call(null, 'GET', '/');
    expect(versions).toEqual([
      { id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: 'http://cloud.test/network/v2.0/' }] },
    ]);
    const { resources } = await cloud.call(null, 'GET', '/v2.0/');
    expect(resources.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['subnet', 'network', 'port']),
    );
    expect(resources[0]).toEqual({
      name: 'network',
      collection: 'networks',
      links: [{ rel: 'self', href: 'http://cloud.test/network/v2.0/networks' }],
    });
  });

  it('is told of extensions, one by one too', async () => {
    const { extensions } = await ann.call('GET', '/v2.0/extensions');
    for (const { alias } of extensions) {
      expect((await ann.call('GET', `/v2.0/extensions/${alias}`)).extension).toMatchObject({ alias, links: [] });
    }
    expect(await ann.refused(404, 'GET', '/v2.0/extensions/vpnaas')).toMatchObject({ type: 'ExtensionNotFound' });
  });

  it('needs a token, and a role for changes', async () => {
    for (const path of ['networks', 'subnets', 'ports', 'routers', 'security-groups', 'floatingips', 'extensions']) {
      await cloud.call(null, 'GET', `/v2.0/${path}`, undefined, 401);
    }
    expect((await reader.call('GET', '/v2.0/networks')).networks).toHaveLength(4);
    expect(await reader.network({ name: 'x' }, 403)).toMatchObject({ type: 'HTTPForbidden' });
    expect(await ann.call('GET', '/v2.0/agents')).toEqual({ agents: [] });
  });

  it('tells administrators which hosts carry packets, and whether they do now', async () => {
    const [agent] = (await admin.call('GET', '/v2.0/agents')).agents;
    expect(agent).toMatchObject({ host: 'host1', alive: true, heartbeat_timestamp: '2026-01-02 03:04:05' });
    expect(await admin.call('GET', `/v2.0/agents/${agent.id}`)).toEqual({ agent });
    expect(await admin.refused(404, 'GET', '/v2.0/agents/x')).toMatchObject({ type: 'AgentNotFound' });
    cloud.engine.fail(new Error('away'));
    expect((await admin.call('GET', `/v2.0/agents/${agent.id}?fields=alive`)).agent.alive).toBe(false);
    cloud.engine.fail(undefined);
  });

  it('tells administrators how many addresses there are and how many are given away', async () => {
    const { network, subnet } = await zoe.lan('10.50.0.0/29');
    await zoe.port({ network_id: network.id });
    const path = '/v2.0/network-ip-availabilities';
    expect(await ann.refused(403, 'GET', path)).toMatchObject({ type: 'HTTPForbidden' });
    const { network_ip_availabilities } = await admin.call('GET', `${path}?network_id=${network.id}&ip_version=4`);
    const counts = { total_ips: 5, used_ips: 1 };
    const each = { subnet_id: subnet.id, subnet_name: '', ip_version: 4, cidr: '10.50.0.0/29', ...counts };
    expect(network_ip_availabilities).toEqual([
      {
        ...{ network_id: network.id, network_name: 'lan', project_id: 'zoe', tenant_id: 'zoe', ...counts },
        subnet_ip_availability: [each],
      },
    ]);
    await admin.call('GET', `${path}/${network.id}`);
  });

  it('refuses a change of a revision that is past', async () => {
    const network = await zoe.network({ name: 'n' });
    const change = (revision: number, status: number) =>
      cloud.call('zoe', 'PUT', `/v2.0/networks/${network.id}`, { network: { name: 'm' } }, status, {
        'If-Match': `revision_number=${revision}`,
      });
    await change(network.revision_number, 200);
    expect((await change(network.revision_number, 412)).NeutronError.type).toBe('RevisionNumberConstraintFailed');
  });
});

describe('a list', () => {
  it('can be filtered by attributes, by several values of one, and shows the asked fields', async () => {
    expect(await names('name=b')).toEqual(['b']);
    expect(await names('name=b&name=c&sort_key=name')).toEqual(['b', 'c']);
    expect(await names('name=b&admin_state_up=False')).toEqual([]);
    expect(await names('shared=0&status=ACTIVE&name=c&tenant_id=ann')).toEqual(['c']);
    const { networks } = await ann.call('GET', '/v2.0/networks?fields=id&fields=name&name=b');
    expect(networks).toEqual([{ id: expect.any(String), name: 'b' }]);
    const path = `/v2.0/networks/${networks[0].id}?fields=name`;
    expect((await ann.call('GET', path)).network).toEqual({ name: 'b' });
    expect(await names(`id=${networks[0].id}&id=not-an-id`)).toEqual(['b']);
    expect(await names('id=not-an-id')).toEqual([]);
  });

  it('refuses what cannot be filtered or sorted by, rather than show too much', async () => {
    for (const query of ['colour=red', 'admin_state_up=perhaps', 'mtu=big', 'sort_key=colour', 'limit=-1']) {
      await ann.refused(400, 'GET', `/v2.0/networks?${query}`);
    }
    await ann.refused(400, 'GET', '/v2.0/networks?sort_key=name&sort_dir=sideways');
    await ann.refused(400, 'GET', '/v2.0/networks?sort_key=name&sort_dir=asc&sort_dir=desc');
    await ann.refused(400, 'GET', `/v2.0/networks?marker=${newId()}`);
    expect(await names('name=%00')).toEqual([]);
  });

  it('is sorted and comes in pages that link to one another', async () => {
    expect(await names('sort_key=name&sort_dir=desc')).toEqual(['c', 'b', 'a', 'a']);
    const pages: string[][] = [];
    let path: string | undefined = '/v2.0/networks?sort_key=name&limit=3';
    let last: { rel: string; href: string }[] = [];
    while (path !== undefined) {
      // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape.
      const answer: any = await ann.call('GET', path);
      pages.push(answer.networks.map(({ name }: { name: string }) => name));
      last = answer.networks_links ?? [];
      path = last.find(({ rel }) => rel === 'next')?.href.replace('http://cloud.test/network', '');
    }
    expect(pages).toEqual([['a', 'a', 'b'], ['c']]);
    const back = last.find(({ rel }) => rel === 'previous')?.href.replace('http://cloud.test/network', '') ?? '';
    const { networks } = await ann.call('GET', back);
    expect(networks.map(({ name }: { name: string }) => name)).toEqual(['a', 'a', 'b']);
  });

  it('shows a project its own things, an administrator everybody’s', async () => {
    expect((await bob.call('GET', '/v2.0/networks')).networks).toEqual([]);
    expect((await admin.call('GET', '/v2.0/networks?project_id=ann')).networks).toHaveLength(4);
  });

  it('of ports is filtered by their addresses, groups and devices', async () => {
    const { network, subnet } = await ann.lan();
    const group = await ann.group({ name: 'g' });
    const port = await ann.port({ network_id: network.id, security_groups: [group.id], device_id: 'server' });
    const other = await ann.port({ network_id: network.id });
    const ids = async (query: string) =>
      (await ann.call('GET', `/v2.0/ports?${query}`)).ports.map(({ id }: { id: string }) => id);
    expect(await ids('fixed_ips=ip_address=10.1.0.2')).toEqual([port.id]);
    expect(await ids(`fixed_ips=subnet_id=${subnet.id}`)).toEqual([port.id, other.id]);
    expect(await ids(`fixed_ips=subnet_id=${subnet.id}&fixed_ips=ip_address=10.1.0.3`)).toEqual([other.id]);
    expect(await ids('fixed_ips=ip_address_substr=.0.3')).toEqual([other.id]);
    expect(await ids(`security_groups=${group.id}`)).toEqual([port.id]);
    expect(await ids('device_id=server')).toEqual([port.id]);
    expect(await ids(`network_id=${network.id}&device_id=`)).toEqual([other.id]);
    expect(await ids(`mac_address=${other.mac_address}`)).toEqual([other.id]);
    await ann.refused(400, 'GET', '/v2.0/ports?fixed_ips=colour=red');
  });
});

describe('tags', () => {
  it('are set, added, asked for and taken away', async () => {
    const { id } = await ann.network({ name: 'tagged' });
    const path = `/v2.0/networks/${id}/tags`;
    expect(await ann.call('PUT', path, { tags: ['b', 'a', 'b'] })).toEqual({ tags: ['a', 'b'] });
    await ann.call('PUT', `${path}/c`, undefined, 201);
    await ann.call('GET', `${path}/c`, undefined, 204);
    await ann.call('DELETE', `${path}/a`);
    expect(await ann.refused(404, 'DELETE', `${path}/a`)).toMatchObject({ type: 'TagNotFound' });
    expect((await ann.call('GET', `/v2.0/networks/${id}`)).network).toMatchObject({
      tags: ['b', 'c'],
      revision_number: 3,
    });
    for (const query of ['tags=b,c', 'tags-any=b,x', 'not-tags=x&name=tagged', 'not-tags-any=x&name=tagged']) {
      expect(await names(query)).toEqual(['tagged']);
    }
    for (const query of ['tags=b,x', 'not-tags=b&name=tagged', 'not-tags-any=b&name=tagged']) {
      expect(await names(query)).toEqual([]);
    }
    for (const list of ['network-ip-availabilities', 'rbac-policies']) {
      for (const filter of ['tags', 'not-tags-any']) await admin.refused(400, 'GET', `/v2.0/${list}?${filter}=b`);
    }
    await bob.refused(404, 'PUT', path, { tags: [] });
    await ann.call('DELETE', path);
    expect(await ann.call('GET', path)).toEqual({ tags: [] });
    await ann.call('DELETE', `/v2.0/networks/${id}`);
  });
});

describe('nonsense', () => {
  const bodies: unknown[] = [undefined, null, [], 'x', {}, { network: null }, { network: [] }, { networks: [] }];
  const attributes = [
    { name: 1 },
    { name: 'x'.repeat(256) },
    { name: 'nul\u0000' },
    { description: 'nul\u0000' },
    { mtu: 1e9 },
    { mtu: 'big' },
    { mtu: 67 },
    { admin_state_up: 'yes' },
    { tenant_id: 'a', project_id: 'b' },
    { 'provider:segmentation_id': 2 ** 40 },
  ];

  it.each([...bodies, ...attributes.map((network) => ({ network }))])('%j is a bad request', async (body) => {
    expect((await admin.refused(400, 'POST', '/v2.0/networks', body)).type).toMatch(/^(HTTPBadRequest|InvalidInput)$/);
  });

  it('in a path is not found', async () => {
    for (const kind of ['networks', 'subnets', 'ports', 'routers', 'floatingips', 'security-groups']) {
      for (const id of ['x', '%00', '%F0%9F%92%A9', newId(), `${newId()}'--`]) {
        await ann.refused(404, 'GET', `/v2.0/${kind}/${id}`);
        await ann.refused(404, 'DELETE', `/v2.0/${kind}/${id}`);
      }
    }
    expect(await ann.refused(404, 'GET', '/v2.0/firewalls')).toMatchObject({ type: 'HTTPNotFound' });
  });
});
