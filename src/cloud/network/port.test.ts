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

describe('a port', () => {
  it('gets an address, a MAC address and its project’s default security group', async () => {
    const { network, subnet } = await ann.lan();
    const port = await ann.port({ network_id: network.id, name: 'p' });
    const { security_groups: groups } = await ann.call('GET', '/v2.0/security-groups?name=default');
    expect(port).toEqual({
      id: port.id,
      tenant_id: 'ann',
      project_id: 'ann',
      network_id: network.id,
      name: 'p',
      description: '',
      admin_state_up: true,
      status: 'DOWN',
      mac_address: expect.stringMatching(/^fa:16:3e(:[0-9a-f]{2}){3}$/),
      fixed_ips: [{ subnet_id: subnet.id, ip_address: '10.1.0.2' }],
      device_id: '',
      device_owner: '',
      security_groups: [groups[0].id],
      port_security_enabled: true,
      allowed_address_pairs: [],
      qos_policy_id: null,
      qos_network_policy_id: null,
      dns_name: '',
      dns_assignment: [{ ip_address: '10.1.0.2', hostname: 'host-10-1-0-2', fqdn: 'host-10-1-0-2.openstacklocal.' }],
      extra_dhcp_opts: [],
      'binding:vnic_type': 'normal',
      tags: [],
      revision_number: 0,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
  });

  it('is found by network and address, whoever else has that address', async () => {
    const { network } = await ann.lan();
    const { network: other } = await bob.lan();
    const port = await ann.port({ network_id: network.id });
    const strange = await bob.port({ network_id: other.id });
    expect(strange.fixed_ips[0].ip_address).toBe(port.fixed_ips[0].ip_address);
    expect(await cloud.api.portAt(network.id, '10.1.0.2')).toMatchObject({ id: port.id, projectId: 'ann' });
    expect(await cloud.api.portAt(other.id, '10.1.0.2')).toMatchObject({ id: strange.id, projectId: 'bob' });
    for (const nobodys of ['10.1.0.77', '10.1.0.2/24', "'", '']) {
      expect(await cloud.api.portAt(network.id, nobodys)).toBeUndefined();
    }
    expect(await cloud.api.portAt(newId(), '10.1.0.2')).toBeUndefined();
  });

  it('takes the addresses that it asks for', async () => {
    const { network, subnet } = await ann.lan();
    const other = await ann.subnet({ network_id: network.id, cidr: '10.2.0.0/24', ip_version: 4 });
    const port = await ann.port({
      network_id: network.id,
      fixed_ips: [
        { subnet_id: other.id },
        { ip_address: '10.1.0.77' },
        { subnet_id: other.id, ip_address: '10.2.0.2' },
      ],
    });
    expect(port.fixed_ips).toEqual([
      { subnet_id: other.id, ip_address: '10.2.0.3' },
      { subnet_id: subnet.id, ip_address: '10.1.0.77' },
      { subnet_id: other.id, ip_address: '10.2.0.2' },
    ]);
    const kept = { fixed_ips: [{ subnet_id: other.id }, { ip_address: '10.1.0.77' }, { subnet_id: subnet.id }] };
    const changed = (await ann.call('PUT', `/v2.0/ports/${port.id}`, { port: kept })).port;
    expect(changed.fixed_ips.map((ip: { ip_address: string }) => ip.ip_address)).toEqual([
      '10.2.0.3',
      '10.1.0.77',
      '10.1.0.2',
    ]);
  });

  it('has no address on a network without subnets, or when it wants none', async () => {
    const network = await ann.network({ name: 'bare' });
    expect((await ann.port({ network_id: network.id })).fixed_ips).toEqual([]);
    const { network: lan } = await ann.lan();
    expect((await ann.port({ network_id: lan.id, fixed_ips: [] })).fixed_ips).toEqual([]);
  });

  it.each([
    ['an address elsewhere', { fixed_ips: [{ ip_address: '10.200.0.1' }] }, 400, 'InvalidIpForSubnet'],
    ['the broadcast address', { fixed_ips: [{ ip_address: '10.1.0.255' }] }, 400, 'InvalidIpForSubnet'],
    ['an address that is none', { fixed_ips: [{ ip_address: '10.1.0.256' }] }, 400, 'InvalidInput'],
    ['a subnet of another network', { fixed_ips: [{ subnet_id: newId() }] }, 400, 'InvalidInput'],
    ['nothing in particular', { fixed_ips: [{}] }, 400, 'InvalidInput'],
    ['a MAC address that is none', { mac_address: 'zz:16:3e:00:00:01' }, 400, 'InvalidInput'],
    ['a multicast MAC address', { mac_address: '01:16:3e:00:00:01' }, 400, 'InvalidInput'],
    ['a group that is not there', { security_groups: [newId()] }, 404, 'SecurityGroupNotFound'],
    ['a service’s part', { device_owner: 'network:dhcp' }, 403, 'HTTPForbidden'],
    ['a host', { 'binding:host_id': 'host' }, 403, 'HTTPForbidden'],
    ['a pair that is no address', { allowed_address_pairs: [{ ip_address: 'ten' }] }, 400, 'InvalidInput'],
    [
      'a DHCP option that nobody serves',
      { extra_dhcp_opts: [{ opt_name: 'x', opt_value: 'y' }] },
      501,
      'NotImplemented',
    ],
    ['nonsense for a DHCP option', { extra_dhcp_opts: [{ opt_name: 'mtu', opt_value: 'y' }] }, 400, 'InvalidInput'],
  ])('is refused %s', async (_what, more, status, type) => {
    const { network } = await ann.lan();
    expect(await ann.port({ network_id: network.id, ...more }, status)).toMatchObject({ type });
  });

  it('is refused what another has', async () => {
    const { network } = await ann.lan();
    const port = await ann.port({ network_id: network.id });
    const [{ ip_address }] = port.fixed_ips;
    expect(await ann.port({ network_id: network.id, fixed_ips: [{ ip_address }] }, 409)).toMatchObject({
      type: 'IpAddressAlreadyAllocated',
    });
    expect(await ann.port({ network_id: network.id, mac_address: port.mac_address }, 409)).toMatchObject({
      type: 'MacAddressInUse',
    });
  });

  it('is refused when the network has no address left, and gets one when one is given back', async () => {
    const network = await ann.network({ name: 'small' });
    await ann.subnet({ network_id: network.id, cidr: '10.1.0.0/29', ip_version: 4 });
    const ports = [];
    for (let n = 0; n < 5; n += 1) ports.push(await ann.port({ network_id: network.id }));
    expect(await ann.port({ network_id: network.id }, 409)).toMatchObject({ type: 'IpAddressGenerationFailure' });
    await ann.call('DELETE', `/v2.0/ports/${ports[2].id}`);
    expect((await ann.port({ network_id: network.id })).fixed_ips).toEqual(ports[2].fixed_ips);
  });

  it('is not given an address just given back while there are others', async () => {
    const { network } = await ann.lan();
    const port = await ann.port({ network_id: network.id });
    await ann.call('DELETE', `/v2.0/ports/${port.id}`);
    expect((await ann.port({ network_id: network.id })).fixed_ips[0].ip_address).toBe('10.1.0.3');
  });

  it('gets an address of its own, however many are made at once', async () => {
    const network = await ann.network({ name: 'busy' });
    await ann.subnet({ network_id: network.id, cidr: '10.1.0.0/27', ip_version: 4 });
    const requests = Array.from({ length: 40 }, () =>
      ann.port({ network_id: network.id }).then(
        (port) => port.fixed_ips[0].ip_address,
        (error: Error) => (error.message.includes('IpAddressGenerationFailure') ? 'none left' : error.message),
      ),
    );
    const answers = await Promise.all(requests);
    const addresses = answers.filter((answer) => /^10\./.test(answer));
    expect(new Set(addresses).size).toBe(29);
    expect(answers.filter((answer) => answer === 'none left')).toHaveLength(11);
  });

  it('without port security has no groups, and the other way round', async () => {
    const { network } = await ann.lan();
    const port = await ann.port({ network_id: network.id, port_security_enabled: false });
    expect(port).toMatchObject({ port_security_enabled: false, security_groups: [] });
    const secured = await ann.port({ network_id: network.id });
    const path = `/v2.0/ports/${secured.id}`;
    const off = { port_security_enabled: false };
    expect(await ann.refused(409, 'PUT', path, { port: off })).toMatchObject({
      type: 'PortSecurityPortHasSecurityGroup',
    });
    const changed = (await ann.call('PUT', path, { port: { ...off, security_groups: [] } })).port;
    expect(changed).toMatchObject({ ...off, security_groups: [] });
  });

  it('on a shared network is its maker’s, with the network’s owner looking on', async () => {
    const network = await admin.network({ name: 'common', shared: true, project_id: 'ann' });
    await ann.subnet({ network_id: network.id, cidr: '10.8.0.0/24', ip_version: 4 });
    const port = await bob.port({ network_id: network.id });
    expect((await ann.call('GET', `/v2.0/ports/${port.id}`)).port.id).toBe(port.id);
    expect(await bob.port({ network_id: network.id, mac_address: 'fa:16:3e:00:00:09' }, 403)).toMatchObject({
      type: 'HTTPForbidden',
    });
    await ann.call('DELETE', `/v2.0/ports/${port.id}`);
  });
});
