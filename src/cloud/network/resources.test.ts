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
});
afterAll(async () => {
  await cloud.close();
  await store.close();
});

const ann = clientOf(() => cloud, 'ann');
const bob = clientOf(() => cloud, 'bob');
const admin = clientOf(() => cloud, 'ops:admin');

describe('a network', () => {
  it('is shown as Neutron shows it', async () => {
    const network = await ann.network({ name: 'lan', description: 'mine' });
    expect(network).toEqual({
      id: network.id,
      tenant_id: 'ann',
      project_id: 'ann',
      name: 'lan',
      description: 'mine',
      status: 'ACTIVE',
      admin_state_up: true,
      subnets: [],
      shared: false,
      'router:external': false,
      mtu: 1442,
      port_security_enabled: true,
      qos_policy_id: null,
      dns_domain: '',
      availability_zone_hints: [],
      availability_zones: ['nova'],
      ipv4_address_scope: null,
      ipv6_address_scope: null,
      tags: [],
      revision_number: 0,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      updated_at: network.created_at,
    });
  });

  it('is nobody else’s, unless it is shared by an administrator', async () => {
    const network = await ann.network({ name: 'lan' });
    const path = `/v2.0/networks/${network.id}`;
    const error = { type: 'NetworkNotFound', message: `Network ${network.id} could not be found.`, detail: '' };
    expect(await bob.refused(404, 'GET', path)).toEqual(error);
    expect(await bob.refused(404, 'PUT', path, { network: { name: 'x' } })).toEqual(error);
    expect(await bob.refused(404, 'DELETE', path)).toEqual(error);
    expect(await ann.refused(403, 'PUT', path, { network: { shared: true } })).toMatchObject({ type: 'HTTPForbidden' });
    await admin.call('PUT', path, { network: { shared: true } });
    expect((await bob.call('GET', path)).network.shared).toBe(true);
    expect(await bob.refused(403, 'PUT', path, { network: { name: 'x' } })).toMatchObject({ type: 'HTTPForbidden' });
    expect(await bob.refused(403, 'DELETE', path)).toMatchObject({ type: 'HTTPForbidden' });
    expect(await bob.subnet({ network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 }, 403)).toMatchObject({
      type: 'HTTPForbidden',
    });
  });

  it('is deleted with its subnets, but not with ports on it', async () => {
    const { network, subnet } = await ann.lan();
    const port = await ann.port({ network_id: network.id });
    expect(await ann.refused(409, 'DELETE', `/v2.0/networks/${network.id}`)).toEqual({
      type: 'NetworkInUse',
      message: `Unable to complete operation on network ${network.id}. There are one or more ports still in use on the network.`,
      detail: '',
    });
    expect(await ann.refused(409, 'DELETE', `/v2.0/subnets/${subnet.id}`)).toMatchObject({ type: 'SubnetInUse' });
    await ann.call('DELETE', `/v2.0/ports/${port.id}`);
    await ann.call('DELETE', `/v2.0/networks/${network.id}`);
    expect(await ann.refused(404, 'GET', `/v2.0/subnets/${subnet.id}`)).toMatchObject({ type: 'SubnetNotFound' });
  });

  it('cannot be unshared while others use it', async () => {
    const network = await admin.network({ name: 'common', shared: true });
    await admin.subnet({ network_id: network.id, cidr: '10.8.0.0/24', ip_version: 4 });
    const port = await bob.port({ network_id: network.id });
    const path = `/v2.0/networks/${network.id}`;
    expect(await admin.refused(409, 'PUT', path, { network: { shared: false } })).toMatchObject({
      type: 'InvalidSharedSetting',
    });
    await bob.call('DELETE', `/v2.0/ports/${port.id}`);
    expect((await admin.call('PUT', path, { network: { shared: false } })).network.shared).toBe(false);
  });

  it('can be made several at once, all or none', async () => {
    const names = ['bulk-1', 'bulk-2'].map((name) => ({ name }));
    const { networks } = await ann.call('POST', '/v2.0/networks', { networks: names });
    expect(networks.map(({ name }: { name: string }) => name)).toEqual(['bulk-1', 'bulk-2']);
    const [network] = networks;
    const ports = [{ network_id: network.id, name: 'bulk-port' }, { network_id: newId() }];
    expect(await ann.refused(404, 'POST', '/v2.0/ports', { ports })).toMatchObject({ type: 'NetworkNotFound' });
    expect((await ann.call('GET', '/v2.0/ports?name=bulk-port')).ports).toEqual([]);
  });

  it('counts its changes, its subnets’ too', async () => {
    const { network } = await ann.lan();
    await ann.call('PUT', `/v2.0/networks/${network.id}`, { network: { name: 'new' } });
    const shown = (await ann.call('GET', `/v2.0/networks/${network.id}`)).network;
    expect(shown).toMatchObject({ name: 'new', revision_number: 2 });
    expect(shown.subnets).toHaveLength(1);
  });

  it('belongs to the caller’s project; an administrator may say another', async () => {
    expect(await admin.network({ name: 'n', tenant_id: 'ann' })).toMatchObject({ project_id: 'ann', tenant_id: 'ann' });
    expect(await ann.network({ name: 'n', project_id: 'bob' }, 400)).toMatchObject({ type: 'HTTPBadRequest' });
    expect(await ann.network({ name: 'n', project_id: 'ann' })).toMatchObject({ project_id: 'ann' });
  });

  it('shows and takes provider attributes for administrators only', async () => {
    expect(await ann.network({ 'provider:network_type': 'flat' }, 403)).toMatchObject({ type: 'HTTPForbidden' });
    expect(await admin.network({ 'provider:network_type': 'vlan' }, 400)).toMatchObject({ type: 'InvalidInput' });
    const network = await admin.network({ name: 'n' });
    expect(network).toMatchObject({ 'provider:network_type': 'geneve', 'provider:physical_network': null });
    expect(network['provider:segmentation_id']).toBeGreaterThan(0);
  });
});

describe('numbers and truth values', () => {
  it('may be text, as clients send them', async () => {
    expect(await ann.network({ name: 'n', mtu: '1400', admin_state_up: 'False' })).toMatchObject({
      mtu: 1400,
      admin_state_up: false,
    });
  });
});

describe('a subnet', () => {
  const on = async (more: object, status?: number) => {
    const network = await ann.network({ name: 'n' });
    return ann.subnet({ network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24', ...more }, status);
  };

  it('has its first address as gateway and the others to give, unless it is said otherwise', async () => {
    expect(await on({})).toMatchObject({
      cidr: '10.0.0.0/24',
      ip_version: 4,
      gateway_ip: '10.0.0.1',
      enable_dhcp: true,
      allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.254' }],
      dns_nameservers: [],
      host_routes: [],
      ipv6_ra_mode: null,
      ipv6_address_mode: null,
      subnetpool_id: null,
      service_types: [],
    });
    expect(await on({ gateway_ip: null })).toMatchObject({
      gateway_ip: null,
      allocation_pools: [{ start: '10.0.0.1', end: '10.0.0.254' }],
    });
    expect(await on({ gateway_ip: '10.0.0.100' })).toMatchObject({
      allocation_pools: [
        { start: '10.0.0.1', end: '10.0.0.99' },
        { start: '10.0.0.101', end: '10.0.0.254' },
      ],
    });
    const asked = {
      allocation_pools: [{ start: '10.0.0.20', end: '10.0.0.30' }],
      dns_nameservers: ['9.9.9.9', '2620:fe::fe'],
      host_routes: [{ destination: '10.9.0.0/16', nexthop: '10.0.0.9' }],
      enable_dhcp: false,
    };
    expect(await on(asked)).toMatchObject(asked);
  });

  it('drops host bits of its prefix', async () => {
    expect(await on({ cidr: '10.0.0.77/24' })).toMatchObject({ cidr: '10.0.0.0/24' });
  });

  it.each([
    ['no prefix', { cidr: '10.0.0.0' }, 400, 'InvalidInput'],
    ['nonsense', { cidr: 'ten/8' }, 400, 'InvalidInput'],
    ['everything', { cidr: '0.0.0.0/0' }, 400, 'InvalidInput'],
    ['too small a range', { cidr: '10.0.0.0/31' }, 400, 'InvalidInput'],
    ['multicast addresses', { cidr: '224.0.0.0/24' }, 400, 'InvalidInput'],
    ['the wrong version', { cidr: '10.0.0.0/24', ip_version: 6 }, 400, 'InvalidInput'],
    ['a subnet pool that is not there', { cidr: null, subnetpool_id: newId() }, 404, 'SubnetPoolNotFound'],
    ['no prefix and no pool', { cidr: null }, 400, 'BadRequest'],
    ['a way of IPv6', { ipv6_ra_mode: 'slaac' }, 400, 'InvalidInput'],
    ['a gateway elsewhere', { gateway_ip: '10.1.0.1' }, 400, 'InvalidInput'],
    ['the broadcast address as gateway', { gateway_ip: '10.0.0.255' }, 400, 'InvalidInput'],
    [
      'a pool elsewhere',
      { allocation_pools: [{ start: '10.0.1.2', end: '10.0.1.9' }] },
      400,
      'OutOfBoundsAllocationPool',
    ],
    ['a pool backwards', { allocation_pools: [{ start: '10.0.0.9', end: '10.0.0.2' }] }, 400, 'InvalidAllocationPool'],
    [
      'overlapping pools',
      {
        allocation_pools: [
          { start: '10.0.0.2', end: '10.0.0.9' },
          { start: '10.0.0.9', end: '10.0.0.20' },
        ],
      },
      409,
      'OverlappingAllocationPools',
    ],
    [
      'the gateway in a pool',
      { allocation_pools: [{ start: '10.0.0.1', end: '10.0.0.9' }] },
      409,
      'GatewayConflictWithAllocationPools',
    ],
    ['a nameserver that is none', { dns_nameservers: ['dns'] }, 400, 'InvalidInput'],
    ['a route to nowhere', { host_routes: [{ destination: 'x', nexthop: '10.0.0.3' }] }, 400, 'InvalidInput'],
    ['a network that is not there', { network_id: newId() }, 404, 'NetworkNotFound'],
    ['an id that is none', { network_id: 'x' }, 400, 'HTTPBadRequest'],
    ['an attribute that there is not', { colour: 'red' }, 400, 'HTTPBadRequest'],
  ])('refuses %s', async (_what, more, status, type) => {
    expect(await on(more, status)).toMatchObject({ type });
  });

  it('does not overlap others of its network', async () => {
    const { network } = await ann.lan('10.0.0.0/24');
    const other = { network_id: network.id, ip_version: 4 };
    expect(await ann.subnet({ ...other, cidr: '10.0.0.128/25' }, 400)).toMatchObject({ type: 'InvalidInput' });
    expect(await ann.subnet({ ...other, cidr: '10.0.1.0/24' })).toMatchObject({ cidr: '10.0.1.0/24' });
  });

  it('changes its gateway, pools, nameservers and routes together', async () => {
    const subnet = await on({});
    const changes = {
      name: 'renamed',
      gateway_ip: '10.0.0.254',
      allocation_pools: [{ start: '10.0.0.50', end: '10.0.0.60' }],
      dns_nameservers: ['1.1.1.1'],
      host_routes: [{ destination: '10.9.0.0/16', nexthop: '10.0.0.9' }],
      enable_dhcp: false,
    };
    const changed = (await ann.call('PUT', `/v2.0/subnets/${subnet.id}`, { subnet: changes })).subnet;
    expect(changed).toMatchObject({ ...changes, revision_number: 1 });
    const inPool = { subnet: { gateway_ip: '10.0.0.55' } };
    expect(await ann.refused(409, 'PUT', `/v2.0/subnets/${subnet.id}`, inPool)).toMatchObject({
      type: 'GatewayConflictWithAllocationPools',
    });
  });
});

describe('quotas', () => {
  it('hold, also when many ask at once', async () => {
    const eve = clientOf(() => cloud, 'eve');
    const { quota } = await admin.call('PUT', '/v2.0/quotas/eve', { quota: { network: 3 } });
    expect(quota).toMatchObject({ network: 3, port: 500 });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => cloud.call('eve', 'POST', '/v2.0/networks', { network: {} }).catch(String)),
    );
    expect(answers.filter((answer) => typeof answer === 'object')).toHaveLength(3);
    expect(await eve.network({}, 409)).toEqual({
      type: 'OverQuota',
      message: "Quota exceeded for resources: ['network'].",
      detail: '',
    });
    const details = (await eve.call('GET', '/v2.0/quotas/eve/details')).quota;
    expect(details.network).toEqual({ limit: 3, used: 3, reserved: 0 });
    await admin.call('DELETE', '/v2.0/quotas/eve');
    expect((await eve.call('GET', '/v2.0/quotas/eve')).quota.network).toBe(100);
  });

  it('of ports hold too, and what is answered is what is there', async () => {
    await admin.call('PUT', '/v2.0/quotas/ivy', { quota: { port: 4 } });
    const { network } = await cloud.call('ivy', 'POST', '/v2.0/networks', { network: {} });
    const subnet = { network_id: network.id, ip_version: 4, cidr: '10.9.0.0/24' };
    await cloud.call('ivy', 'POST', '/v2.0/subnets', { subnet });
    const body = { port: { network_id: network.id } };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => cloud.call('ivy', 'POST', '/v2.0/ports', body).catch(String)),
    );
    const made = answers.filter((answer) => typeof answer === 'object').map(({ port }) => port);
    expect(made).toHaveLength(4);
    expect(answers.filter((answer) => typeof answer === 'string' && answer.includes('OverQuota'))).toHaveLength(8);
    expect(new Set(made.map(({ fixed_ips: [ip] }) => ip.ip_address)).size).toBe(4);
    const shown = await Promise.all(made.map(({ id }) => cloud.call('ivy', 'GET', `/v2.0/ports/${id}`)));
    const lasting = ({ status: _s, updated_at: _u, ...port }: { status: string; updated_at: string }) => port;
    expect(
      shown.map(({ port }) => lasting(port)),
      'what was answered is what is there',
    ).toEqual(made.map(lasting));
  });

  it('are the administrator’s to set and nobody else’s to see', async () => {
    await ann.refused(403, 'PUT', '/v2.0/quotas/ann', { quota: { network: 1000 } });
    await ann.refused(403, 'GET', '/v2.0/quotas/bob');
    expect((await ann.call('GET', '/v2.0/quotas/ann/default')).quota.security_group_rule).toBe(100);
  });
});
