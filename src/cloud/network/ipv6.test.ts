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
const six = (networkId: string, more: object = {}) => ({
  network_id: networkId,
  ip_version: 6,
  cidr: 'fd00:1::/64',
  ...more,
});
const slaac = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
const addressesOf = (port: { fixed_ips: { ip_address: string }[] }) =>
  port.fixed_ips.map(({ ip_address }) => ip_address);

describe('an IPv6 subnet', () => {
  it('is shown with its modes, its gateway and all other addresses to give', async () => {
    const network = await ann.network({ name: 'six' });
    const subnet = await ann.subnet(six(network.id, { ipv6_ra_mode: 'dhcpv6-stateful' }));
    expect(subnet).toMatchObject({
      ip_version: 6,
      cidr: 'fd00:1::/64',
      gateway_ip: 'fd00:1::1',
      ipv6_ra_mode: 'dhcpv6-stateful',
      ipv6_address_mode: null,
      allocation_pools: [{ start: 'fd00:1::2', end: 'fd00:1::ffff:ffff:ffff:ffff' }],
    });
    await cloud.engine.until('the subnet', ({ networks }) =>
      Boolean(networks.get(network.id)?.subnets.some(({ ipv6AddressMode }) => ipv6AddressMode === 'dhcpv6-stateful')),
    );
  });

  it.each([
    ['modes that contradict one another', { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'dhcpv6-stateful' }],
    ['a mode that there is not', { ipv6_ra_mode: 'magic' }],
    ['a mode without DHCP', { ...slaac, enable_dhcp: false }],
    ['a prefix that no guest makes addresses of', { ...slaac, cidr: 'fd00:1::/80' }],
    ['addresses of the link', { cidr: 'fe80::/64' }],
    ['a group’s addresses', { cidr: 'ff02::/64' }],
    ['room for nobody', { cidr: 'fd00::/127' }],
    ['the wrong version', { ip_version: 4 }],
  ])('is refused %s', async (_what, more) => {
    const network = await ann.network({ name: 'six' });
    expect(await ann.subnet(six(network.id, more), 400)).toMatchObject({ type: 'InvalidInput' });
  });

  it('may have a gateway that is known by its address on the link only', async () => {
    const network = await ann.network({ name: 'six' });
    expect(await ann.subnet(six(network.id, { gateway_ip: 'fe80::1' }))).toMatchObject({ gateway_ip: 'fe80::1' });
  });
});

describe('a port on IPv6 subnets', () => {
  const mac = 'fa:16:3e:00:00:01';
  const own = 'fd00:1::f816:3eff:fe00:1';

  it('has the address that its guest makes itself, and keeps it whatever else it is given', async () => {
    const { network, subnet } = await ann.lan('10.6.0.0/24');
    await ann.subnet(six(network.id, slaac));
    const port = await ann.port({ network_id: network.id, mac_address: mac });
    expect(addressesOf(port)).toEqual(['10.6.0.2', own]);
    const path = `/v2.0/ports/${port.id}`;
    const update = async (changes: object) => (await ann.call('PUT', path, { port: changes })).port;
    expect(addressesOf(await update({ fixed_ips: [] }))).toEqual([own]);
    const both = await update({ fixed_ips: [{ subnet_id: subnet.id, ip_address: '10.6.0.9' }] });
    expect(addressesOf(both)).toEqual(['10.6.0.9', own]);
    expect(addressesOf(await update({ fixed_ips: both.fixed_ips }))).toEqual(['10.6.0.9', own]);
    const moved = await update({ mac_address: 'fa:16:3e:00:00:02' });
    expect(addressesOf(moved)).toEqual(['10.6.0.9', 'fd00:1::f816:3eff:fe00:2']);
    expect(await ann.refused(400, 'PUT', path, { port: { fixed_ips: [{ ip_address: 'fd00:1::77' }] } })).toMatchObject({
      type: 'AllocationOnAutoAddressSubnet',
    });
  });

  it('gets such an address when the subnet comes later, and loses it when the subnet goes', async () => {
    const network = await ann.network({ name: 'later' });
    const port = await ann.port({ network_id: network.id, mac_address: mac });
    const subnet = await ann.subnet(six(network.id, slaac));
    const read = async () => addressesOf((await ann.call('GET', `/v2.0/ports/${port.id}`)).port);
    expect(await read()).toEqual([own]);
    await cloud.engine.until('the address', ({ ports }) => ports.get(port.id)?.fixedIps[0]?.ipAddress === own);
    await ann.call('DELETE', `/v2.0/subnets/${subnet.id}`);
    expect(await read()).toEqual([]);
  });

  it('is given an address of a subnet that gives them, beside its own', async () => {
    const network = await ann.network({ name: 'two' });
    const stateful = await ann.subnet(six(network.id, { cidr: 'fd00:2::/64', ipv6_address_mode: 'dhcpv6-stateful' }));
    await ann.subnet(six(network.id, slaac));
    const port = await ann.port({ network_id: network.id, mac_address: mac });
    expect(addressesOf(port)).toEqual(['fd00:2::2', own]);
    const chosen = { network_id: network.id, fixed_ips: [{ subnet_id: stateful.id, ip_address: 'fd00:2::abc' }] };
    expect(addressesOf(await ann.port(chosen))).toContain('fd00:2::abc');
    expect(await ann.port(chosen, 409)).toMatchObject({ type: 'IpAddressAlreadyAllocated' });
  });
});

describe('a router on IPv6 subnets', () => {
  it('has one port for all of a network, announces the subnets, and loses them one by one', async () => {
    const network = await ann.network({ name: 'routed' });
    const first = await ann.subnet(six(network.id, slaac));
    const second = await ann.subnet(six(network.id, { cidr: 'fd00:2::/64', ...slaac }));
    const router = await ann.router({ name: 'r' });
    const change = (what: string, subnet: { id: string }) =>
      ann.call('PUT', `/v2.0/routers/${router.id}/${what}_router_interface`, { subnet_id: subnet.id });
    const leg = await change('add', first);
    expect(await change('add', second)).toMatchObject({ port_id: leg.port_id, subnet_id: second.id });
    await cloud.engine.until('both', ({ routers }) => routers.get(router.id)?.interfaces[0]?.cidrs.length === 2);
    expect(cloud.engine.routers.get(router.id)?.interfaces).toMatchObject([
      { cidrs: ['fd00:1::1/64', 'fd00:2::1/64'], announces: { addressMode: 'slaac', mtu: 1442 } },
    ]);
    expect(await change('remove', first)).toMatchObject({ port_id: leg.port_id, subnet_id: first.id });
    const { port } = await ann.call('GET', `/v2.0/ports/${leg.port_id}`);
    expect(addressesOf(port)).toEqual(['fd00:2::1']);
    await change('remove', second);
    expect(await ann.refused(404, 'GET', `/v2.0/ports/${leg.port_id}`)).toMatchObject({ type: 'PortNotFound' });
  });
});

describe('what a port may use besides', () => {
  it('is its address pairs, each with a MAC address, and they need port security', async () => {
    const { network } = await ann.lan();
    const pairs = [{ ip_address: '10.1.0.99' }, { ip_address: '10.1.0.128/25', mac_address: 'fa:16:3e:00:00:0A' }];
    const port = await ann.port({ network_id: network.id, allowed_address_pairs: pairs });
    expect(port.allowed_address_pairs).toEqual([
      { ip_address: '10.1.0.99', mac_address: port.mac_address },
      { ip_address: '10.1.0.128/25', mac_address: 'fa:16:3e:00:00:0a' },
    ]);
    await cloud.engine.until('the pairs', ({ ports }) => ports.get(port.id)?.addressPairs.length === 2);
    const open = { port_security_enabled: false, security_groups: [] };
    expect(await ann.refused(409, 'PUT', `/v2.0/ports/${port.id}`, { port: open })).toMatchObject({
      type: 'AddressPairAndPortSecurityRequired',
    });
    const twice = { network_id: network.id, allowed_address_pairs: [pairs[0], pairs[0]] };
    expect(await ann.port(twice, 400)).toMatchObject({ type: 'DuplicateAddressPairInRequest' });
  });

  it('is what DHCP tells it alone, put and taken away by name', async () => {
    const { network } = await ann.lan();
    const option = { opt_name: 'bootfile-name', opt_value: 'pxelinux.0', ip_version: 4 };
    const port = await ann.port({ network_id: network.id, extra_dhcp_opts: [option] });
    expect(port.extra_dhcp_opts).toEqual([option]);
    const put = async (...options: object[]) =>
      (await ann.call('PUT', `/v2.0/ports/${port.id}`, { port: { extra_dhcp_opts: options } })).port.extra_dhcp_opts;
    const server = { opt_name: 'tftp-server', opt_value: '10.1.0.9', ip_version: 4 };
    expect(await put(server)).toEqual([option, server]);
    expect(await put({ opt_name: 'bootfile-name', opt_value: null })).toEqual([server]);
  });
});

describe('the name of a port', () => {
  it('is known below its network’s domain, and is a name', async () => {
    const network = await ann.network({ name: 'n', dns_domain: 'Example.org.' });
    await ann.subnet({ network_id: network.id, cidr: '10.7.0.0/24', ip_version: 4 });
    const port = await ann.port({ network_id: network.id, dns_name: 'Web' });
    expect(port).toMatchObject({
      dns_name: 'web',
      dns_assignment: [{ ip_address: '10.7.0.2', hostname: 'web', fqdn: 'web.example.org.' }],
    });
    await cloud.engine.until('the name', ({ ports }) => ports.get(port.id)?.dnsName === 'web');
    const path = `/v2.0/networks/${network.id}`;
    await ann.call('PUT', path, { network: { dns_domain: '' } });
    await cloud.engine.until('no domain', ({ ports }) => ports.get(port.id)?.dnsDomain === null);
    expect(await ann.refused(400, 'PUT', path, { network: { dns_domain: 'no-dot' } })).toMatchObject({
      type: 'InvalidInput',
    });
    expect(await ann.port({ network_id: network.id, dns_name: 'a b' }, 400)).toMatchObject({ type: 'InvalidInput' });
  });
});
