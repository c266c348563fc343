import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { networkMigrations } from './index.ts';
import { contextOf, type TestNetwork, testNetwork } from './testing.ts';

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

const { call } = new Proxy({} as Pick<TestNetwork, 'call'>, {
  get:
    () =>
    (...args: Parameters<TestNetwork['call']>) =>
      cloud.call(...args),
});

async function network(token: string, name = 'lan') {
  return (await call(token, 'POST', '/v2.0/networks', { network: { name } })).network;
}

async function subnet(token: string, networkId: string, cidr = '10.1.0.0/24', more: object = {}) {
  return (
    await call(token, 'POST', '/v2.0/subnets', { subnet: { network_id: networkId, cidr, ip_version: 4, ...more } })
  ).subnet;
}

async function port(token: string, networkId: string, more: object = {}) {
  return (await call(token, 'POST', '/v2.0/ports', { port: { network_id: networkId, ...more } })).port;
}

/** A network with a subnet, behind a router with a gateway. */
async function routed(token: string, cidr = '10.1.0.0/24') {
  const lan = await network(token);
  const range = await subnet(token, lan.id, cidr);
  const { router } = await call(token, 'POST', '/v2.0/routers', {
    router: { name: 'r', external_gateway_info: { network_id: externalId } },
  });
  await call(token, 'PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: range.id });
  return { lan, range, router };
}

describe('the story: a server behind a floating IP', () => {
  it('reaches the engine as networks, groups, ports and routers that fit together', async () => {
    const { lan, range, router } = await routed('p1');
    const guest = await port('p1', lan.id, { device_owner: 'compute:nova', device_id: newId() });
    const { floatingip } = await call('p1', 'POST', '/v2.0/floatingips', {
      floatingip: { floating_network_id: externalId, port_id: guest.id },
    });
    await cloud.engine.until('floating IP', ({ routers }) => routers.get(router.id)?.floatingIps.length === 1);
    await cloud.engine.until('guest port', ({ ports }) => ports.has(guest.id));
    const carried = cloud.engine.routers.get(router.id);
    expect(carried?.gateway).toMatchObject({
      networkId: externalId,
      cidr: '198.18.5.10/24',
      nexthop: '198.18.5.1',
      snat: true,
    });
    expect(carried?.interfaces).toMatchObject([{ networkId: lan.id, cidr: '10.1.0.1/24' }]);
    expect(carried?.floatingIps).toEqual([
      {
        id: floatingip.id,
        floatingAddress: floatingip.floating_ip_address,
        fixedAddress: guest.fixed_ips[0].ip_address,
        portId: guest.id,
        portMac: guest.mac_address,
      },
    ]);
    expect(cloud.engine.ports.get(guest.id)).toMatchObject({
      mac: guest.mac_address,
      fixedIps: [{ subnetId: range.id, ipAddress: '10.1.0.2' }],
      securityGroupIds: guest.security_groups,
      portSecurity: true,
    });
    expect(cloud.engine.networks.get(lan.id)?.subnets).toMatchObject([
      { cidr: '10.1.0.0/24', gatewayIp: '10.1.0.1', enableDhcp: true },
    ]);
  });
});
void contextOf;
