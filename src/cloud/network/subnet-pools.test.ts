import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
type Client = typeof ann;

const poolOf = async (client: Client, more: object = {}) =>
  (await client.call('POST', '/v2.0/subnetpools', { subnetpool: { name: 'p', prefixes: ['10.0.0.0/16'], ...more } }))
    .subnetpool;
const refusedPool = (client: Client, status: number, more: object) =>
  client.refused(status, 'POST', '/v2.0/subnetpools', { subnetpool: { prefixes: ['10.0.0.0/16'], ...more } });
const subnetOf = async (client: Client, more: object) =>
  client.subnet({ network_id: (await client.network({ name: 'n' })).id, ...more });

describe('a subnet pool', () => {
  it('is shown as Neutron shows it, and grows', async () => {
    const pool = await poolOf(ann, { prefixes: ['10.0.1.0/24', '10.0.0.0/24'], default_prefixlen: 26 });
    expect(pool).toMatchObject({
      prefixes: ['10.0.0.0/23'],
      ip_version: 4,
      default_prefixlen: '26',
      min_prefixlen: '8',
      max_prefixlen: '32',
      default_quota: null,
      shared: false,
      is_default: false,
      address_scope_id: null,
      project_id: 'ann',
    });
    const path = `/v2.0/subnetpools/${pool.id}`;
    const wider = { subnetpool: { prefixes: ['10.0.0.0/22'] } };
    expect((await ann.call('PUT', path, wider)).subnetpool.prefixes).toEqual(['10.0.0.0/22']);
    const narrower = { subnetpool: { prefixes: ['10.0.0.0/24'] } };
    expect(await ann.refused(400, 'PUT', path, narrower)).toMatchObject({ type: 'IllegalSubnetPoolPrefixUpdate' });
    expect(await bob.refused(404, 'GET', path)).toMatchObject({ type: 'SubnetPoolNotFound' });
  });

  it('gives subnets, one after the other, and gets them back', async () => {
    const pool = await poolOf(ann, { prefixes: ['10.0.0.0/24'], default_prefixlen: 26, min_prefixlen: 25 });
    const given = await subnetOf(ann, { subnetpool_id: pool.id, ip_version: 4 });
    expect(given).toMatchObject({ cidr: '10.0.0.0/26', subnetpool_id: pool.id, gateway_ip: '10.0.0.1' });
    expect(await subnetOf(ann, { subnetpool_id: pool.id, prefixlen: 25 })).toMatchObject({ cidr: '10.0.0.128/25' });
    expect(await subnetOf(ann, { subnetpool_id: pool.id, cidr: '10.0.0.96/27' })).toMatchObject({
      cidr: '10.0.0.96/27',
    });
    const network = await ann.network({ name: 'n' });
    const ask = (more: object, status: number) =>
      ann.subnet({ network_id: network.id, subnetpool_id: pool.id, ...more }, status);
    expect(await ask({}, 409)).toMatchObject({ type: 'SubnetAllocationError' });
    expect(await ask({ cidr: '10.0.0.96/27' }, 409)).toMatchObject({ type: 'SubnetAllocationError' });
    expect(await ask({ prefixlen: 24 }, 400)).toMatchObject({ type: 'MinPrefixSubnetAllocationError' });
    expect(await ann.refused(409, 'DELETE', `/v2.0/subnetpools/${pool.id}`)).toMatchObject({
      type: 'SubnetPoolDeleteError',
    });
    await ann.call('DELETE', `/v2.0/subnets/${given.id}`);
    expect(await ann.subnet({ network_id: network.id, subnetpool_id: pool.id })).toMatchObject({ cidr: '10.0.0.0/26' });
  });

  it('gives each block once, however many ask at the same time', async () => {
    const pool = await poolOf(ann, { prefixes: ['10.0.0.0/20'], default_prefixlen: 26 });
    const subnets = await Promise.all(Array.from({ length: 10 }, () => subnetOf(ann, { subnetpool_id: pool.id })));
    expect(new Set(subnets.map(({ cidr }) => cidr)).size).toBe(10);
  });

  it('gives no project more than its quota', async () => {
    const pool = await poolOf(admin, { shared: true, default_prefixlen: 26, default_quota: 100 });
    const first = { subnetpool_id: pool.id };
    await subnetOf(ann, first);
    const network = await ann.network({ name: 'n' });
    expect(await ann.subnet({ network_id: network.id, ...first }, 409)).toMatchObject({
      type: 'SubnetPoolQuotaExceeded',
    });
    expect((await subnetOf(bob, first)).cidr).toBe('10.0.0.64/26');
  });

  it('is the default when an administrator says so, for who does not name one', async () => {
    expect(await refusedPool(ann, 403, { is_default: true })).toMatchObject({ type: 'HTTPForbidden' });
    const network = await ann.network({ name: 'n' });
    const ask = { network_id: network.id, ip_version: 6, use_default_subnetpool: true };
    expect(await ann.subnet(ask, 400)).toMatchObject({ type: 'BadRequest' });
    const six = { prefixes: ['fd00::/48'], shared: true, is_default: true };
    const pool = await poolOf(admin, six);
    expect(await ann.subnet(ask)).toMatchObject({ cidr: 'fd00::/64', subnetpool_id: pool.id });
    expect(await refusedPool(admin, 400, six)).toMatchObject({ type: 'InvalidInput' });
    // The stock client says 4 whatever the pool gives.
    expect(await subnetOf(ann, { subnetpool_id: pool.id, ip_version: 4 })).toMatchObject({ ip_version: 6 });
    expect(await ann.subnet({ network_id: network.id, cidr: 'fd01::/64', ip_version: 6 }, 400)).toMatchObject({
      type: 'NetworkSubnetPoolAffinityError',
    });
  });

  it.each([
    ['no prefix', { prefixes: ['ten'] }, 'InvalidInput'],
    ['two IP versions', { prefixes: ['10.0.0.0/8', 'fd00::/48'] }, 'PrefixVersionMismatch'],
    ['a default below its bounds', { min_prefixlen: 24, default_prefixlen: 20 }, 'IllegalSubnetPoolPrefixBounds'],
    ['bounds that cross', { min_prefixlen: 24, max_prefixlen: 20 }, 'IllegalSubnetPoolPrefixBounds'],
    ['more than an address has', { max_prefixlen: 33 }, 'IllegalSubnetPoolPrefixBounds'],
  ])('is refused %s', async (_what, more, type) => {
    expect(await refusedPool(ann, 400, more)).toMatchObject({ type });
  });
});

describe('an address scope', () => {
  it('holds pools of one IP version, and shows on the networks of their subnets', async () => {
    const make = async (version: number) =>
      (await ann.call('POST', '/v2.0/address-scopes', { address_scope: { name: 's', ip_version: version } }))
        .address_scope;
    const [four, six] = [await make(4), await make(6)];
    expect(await refusedPool(ann, 400, { address_scope_id: six.id })).toMatchObject({
      type: 'IllegalSubnetPoolIpVersionAssociationToAddressScope',
    });
    const pool = await poolOf(ann, { address_scope_id: four.id, default_prefixlen: 26 });
    const { network_id } = await subnetOf(ann, { subnetpool_id: pool.id });
    expect((await ann.call('GET', `/v2.0/networks/${network_id}`)).network).toMatchObject({
      ipv4_address_scope: four.id,
      ipv6_address_scope: null,
    });
    expect(await ann.refused(409, 'DELETE', `/v2.0/address-scopes/${four.id}`)).toMatchObject({
      type: 'AddressScopeInUse',
    });
    await ann.call('DELETE', `/v2.0/address-scopes/${six.id}`);
    expect(await bob.refused(404, 'GET', `/v2.0/address-scopes/${four.id}`)).toMatchObject({
      type: 'AddressScopeNotFound',
    });
  });
});
