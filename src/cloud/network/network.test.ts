import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { sql } from '../../kernel/store/index.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { networkMigrations } from './index.ts';
import { clientOf, type TestNetwork, testNetwork } from './testing.ts';

let store: TestStore;
let cloud: TestNetwork;
let externalId: string;

beforeAll(async () => {
  store = await createTestStore([networkMigrations]);
  cloud = await testNetwork(store);
  const settings = { cidr: '198.18.5.0/24', gatewayIp: '198.18.5.1', projectId: 'ops' };
  externalId = (await cloud.api.ensureExternalNetwork(settings)).id;
});
afterAll(async () => {
  await cloud.close();
  await store.close();
});

const ann = clientOf(() => cloud, 'ann');
const admin = clientOf(() => cloud, 'ops:admin');
const guest = { device_owner: 'compute:nova', device_id: 'server-1' };

async function events(subject: string): Promise<string[]> {
  const { rows } = await sql<{
    type: string;
  }>`select type from kernel.outbox where subject = ${subject} order by seq`.execute(store.db);
  return rows.map(({ type }) => type);
}

describe('a server behind a floating IP', () => {
  it('reaches the engine as networks, groups, ports and routers that fit together', async () => {
    const { network, subnet, router } = await ann.routed(externalId);
    const port = await ann.port({ network_id: network.id, ...guest });
    const floating = await ann.floatingIp({ floating_network_id: externalId, port_id: port.id });
    await cloud.engine.until('the floating IP', ({ routers }) => routers.get(router.id)?.floatingIps.length === 1);
    await cloud.engine.until('the port', ({ ports }) => ports.has(port.id));
    const carried = cloud.engine.routers.get(router.id);
    expect(carried?.gateway).toMatchObject({
      networkId: externalId,
      cidrs: [`${router.external_gateway_info.external_fixed_ips[0].ip_address}/24`],
      nexthops: ['198.18.5.1'],
      snat: true,
    });
    expect(carried?.interfaces).toMatchObject([{ networkId: network.id, cidrs: ['10.1.0.1/24'] }]);
    expect(carried?.floatingIps).toEqual([
      {
        id: floating.id,
        floatingAddress: floating.floating_ip_address,
        fixedAddress: port.fixed_ips[0].ip_address,
        portId: port.id,
        portMac: port.mac_address,
      },
    ]);
    expect(cloud.engine.ports.get(port.id)).toEqual({
      id: port.id,
      networkId: network.id,
      mac: port.mac_address,
      fixedIps: [{ subnetId: subnet.id, ipAddress: '10.1.0.2' }],
      securityGroupIds: port.security_groups,
      portSecurity: true,
      adminStateUp: true,
      hostName: null,
      dnsName: null,
      dnsDomain: null,
      addressPairs: [],
      dhcpOptions: [],
      qos: [],
    });
    expect(cloud.engine.networks.get(network.id)).toEqual({
      id: network.id,
      name: 'lan',
      mtu: 1442,
      external: false,
      dnsDomain: null,
      subnets: [
        {
          id: subnet.id,
          networkId: network.id,
          cidr: '10.1.0.0/24',
          gatewayIp: '10.1.0.1',
          enableDhcp: true,
          dnsNameservers: [],
          hostRoutes: [],
          ipv6AddressMode: null,
        },
      ],
    });
  });

  it('is ACTIVE where the engine says so, and no sooner', async () => {
    const { network, router } = await ann.routed(externalId, '10.2.0.0/24');
    const port = await ann.port({ network_id: network.id, ...guest });
    const floating = await ann.floatingIp({ floating_network_id: externalId, port_id: port.id });
    expect([port.status, floating.status]).toEqual(['DOWN', 'DOWN']);
    await expect
      .poll(async () => (await ann.call('GET', `/v2.0/floatingips/${floating.id}`)).floatingip.status)
      .toBe('ACTIVE');
    const legs = (await ann.call('GET', `/v2.0/ports?device_id=${router.id}`)).ports;
    expect(legs).toMatchObject([{ device_owner: 'network:router_interface', status: 'ACTIVE' }]);
    cloud.engine.tell(port.id, true);
    const status = async () => (await ann.call('GET', `/v2.0/ports/${port.id}`)).port.status;
    await expect.poll(status).toBe('ACTIVE');
    cloud.engine.tell(port.id, false);
    await expect.poll(status).toBe('DOWN');
    expect(await events(port.id)).toEqual(['andromede.network.port.up.v1', 'andromede.network.port.down.v1']);
  });

  it('leaves nothing behind when all of it is deleted', async () => {
    const { network, subnet, router } = await ann.routed(externalId, '10.3.0.0/24');
    const port = await ann.port({ network_id: network.id, ...guest });
    const floating = await ann.floatingIp({ floating_network_id: externalId, port_id: port.id });
    await cloud.engine.until('the floating IP', ({ routers }) => routers.get(router.id)?.floatingIps.length === 1);
    await ann.call('DELETE', `/v2.0/floatingips/${floating.id}`);
    await ann.call('DELETE', `/v2.0/ports/${port.id}`);
    await ann.call('PUT', `/v2.0/routers/${router.id}/remove_router_interface`, { subnet_id: subnet.id });
    await ann.call('DELETE', `/v2.0/routers/${router.id}`);
    await ann.call('DELETE', `/v2.0/networks/${network.id}`);
    await cloud.engine.until('all is gone', ({ networks, ports, routers }) =>
      [networks.has(network.id), ports.has(port.id), routers.has(router.id)].every((held) => !held),
    );
    expect(await events(floating.id)).toEqual([
      'andromede.network.floating-ip.created.v1',
      'andromede.network.floating-ip.deleted.v1',
    ]);
    expect((await admin.call('GET', `/v2.0/ports?device_id=${floating.id}`)).ports).toEqual([]);
  });
});

describe('the engine', () => {
  it('hears of changed rules, subnets, ports and routes', async () => {
    const { network, subnet, router } = await ann.routed(externalId, '10.4.0.0/24');
    const group = await ann.group({ name: 'web' });
    const port = await ann.port({ network_id: network.id, security_groups: [group.id] });
    await cloud.engine.until('the port', ({ ports }) => ports.has(port.id));

    const rule = await ann.rule({
      security_group_id: group.id,
      direction: 'ingress',
      protocol: 'tcp',
      port_range_min: 80,
      port_range_max: 80,
    });
    const ruleIds = () => cloud.engine.groups.get(group.id)?.rules.map(({ id }) => id) ?? [];
    await cloud.engine.until('the rule', () => ruleIds().includes(rule.id));
    await ann.call('DELETE', `/v2.0/security-group-rules/${rule.id}`);
    await cloud.engine.until('the rule is gone', () => !ruleIds().includes(rule.id));

    await ann.call('PUT', `/v2.0/subnets/${subnet.id}`, { subnet: { dns_nameservers: ['9.9.9.9'] } });
    await cloud.engine.until(
      'the nameserver',
      ({ networks }) => networks.get(network.id)?.subnets[0]?.dnsNameservers[0] === '9.9.9.9',
    );

    await ann.call('PUT', `/v2.0/ports/${port.id}`, { port: { admin_state_up: false, security_groups: [] } });
    await cloud.engine.until('the port is down', ({ ports }) => ports.get(port.id)?.adminStateUp === false);
    expect(cloud.engine.ports.get(port.id)?.securityGroupIds).toEqual([]);

    const routes = [{ destination: '10.99.0.0/16', nexthop: '10.4.0.9' }];
    await ann.call('PUT', `/v2.0/routers/${router.id}`, { router: { routes } });
    await cloud.engine.until('the route', ({ routers }) => routers.get(router.id)?.routes.length === 1);
    expect(cloud.engine.routers.get(router.id)?.routes).toEqual(routes);
  });

  it('is told again after it was away', async () => {
    cloud.engine.fail(new Error('away'));
    const { network } = await ann.lan('10.5.0.0/24');
    const port = await ann.port({ network_id: network.id });
    expect(cloud.engine.networks.has(network.id)).toBe(false);
    cloud.engine.fail(undefined);
    await cloud.engine.until('the port', ({ ports }) => ports.has(port.id));
  });

  it('is told of everything again by a new process, and rid of what nobody wants', async () => {
    const { network } = await ann.lan('10.6.0.0/24');
    const port = await ann.port({ network_id: network.id });
    await cloud.engine.until('the port', ({ ports }) => ports.has(port.id));
    cloud.engine.forget();
    const left = newId();
    await cloud.engine.applyNetwork({
      id: left,
      name: 'left',
      mtu: 1442,
      external: false,
      dnsDomain: null,
      subnets: [],
    });
    await cloud.engine.applySecurityGroup({ id: left, rules: [] });
    await cloud.sweep();
    await cloud.engine.until('the port is back', ({ ports }) => ports.has(port.id));
    await cloud.engine.until('leftovers are gone', ({ networks, groups }) => !networks.has(left) && !groups.has(left));
  });

  it('is not believed about ports that are put out of use', async () => {
    const { network } = await ann.lan('10.7.0.0/24');
    const port = await ann.port({ network_id: network.id, admin_state_up: false });
    cloud.engine.tell(port.id, true);
    const other = await ann.port({ network_id: network.id });
    cloud.engine.tell(other.id, true);
    const status = async (id: string) => (await ann.call('GET', `/v2.0/ports/${id}`)).port.status;
    await expect.poll(() => status(other.id)).toBe('ACTIVE');
    expect(await status(port.id)).toBe('DOWN');
    await ann.call('PUT', `/v2.0/ports/${port.id}`, { port: { admin_state_up: true } });
    expect(await status(port.id)).toBe('ACTIVE');
  });
});

describe('the external network', () => {
  const range = (cidr: string, gatewayIp: string) => ({ name: 'outside', cidr, gatewayIp, projectId: 'ops' });

  it('is made once, and seen by every project', async () => {
    const made = await cloud.api.ensureExternalNetwork(range('198.19.0.0/24', '198.19.0.1'));
    const again = await cloud.api.ensureExternalNetwork(range('198.19.0.0/24', '198.19.0.1'));
    expect(again).toEqual(made);
    const { network } = await ann.call('GET', `/v2.0/networks/${made.id}`);
    expect(network).toMatchObject({ name: 'outside', 'router:external': true, shared: false });
    expect(Object.keys(network)).not.toContain('provider:network_type');
    const { subnets } = await admin.call('GET', `/v2.0/subnets?network_id=${made.id}`);
    expect(subnets).toMatchObject([
      {
        cidr: '198.19.0.0/24',
        gateway_ip: '198.19.0.1',
        allocation_pools: [{ start: '198.19.0.10', end: '198.19.0.250' }],
        enable_dhcp: false,
      },
    ]);
  });

  it('follows a new range while no address of the old one is in use', async () => {
    const { id } = await cloud.api.ensureExternalNetwork(range('198.19.1.0/24', '198.19.1.1'));
    const floating = await ann.floatingIp({ floating_network_id: id });
    expect(floating.floating_ip_address).toBe('198.19.1.10');
    await expect(cloud.api.ensureExternalNetwork(range('198.19.2.0/24', '198.19.2.1'))).rejects.toThrow(
      /cannot become 198.19.2.0\/24 while addresses of 198.19.1.0\/24 are in use/,
    );
    await ann.call('DELETE', `/v2.0/floatingips/${floating.id}`);
    await cloud.api.ensureExternalNetwork(range('198.19.2.0/24', '198.19.2.1'));
    expect((await ann.floatingIp({ floating_network_id: id })).floating_ip_address).toBe('198.19.2.10');
  });

  it('does not give its addresses to ports of whoever sees it', async () => {
    expect(await ann.port({ network_id: externalId }, 403)).toMatchObject({ type: 'HTTPForbidden' });
  });
});
