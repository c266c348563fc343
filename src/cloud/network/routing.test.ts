import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
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
  for (const project of ['ann', 'bob']) {
    await admin.call('PUT', `/v2.0/quotas/${project}`, { quota: { router: -1, network: -1, floatingip: -1 } });
  }
});
afterAll(async () => {
  await cloud.close();
  await store.close();
});

const ann = clientOf(() => cloud, 'ann');
const bob = clientOf(() => cloud, 'bob');
const admin = clientOf(() => cloud, 'ops:admin');

const add = (router: string, body: object) => ann.call('PUT', `/v2.0/routers/${router}/add_router_interface`, body);
const refusedToAdd = (status: number, router: string, body: object) =>
  ann.refused(status, 'PUT', `/v2.0/routers/${router}/add_router_interface`, body);
const remove = (router: string, body: object) =>
  ann.call('PUT', `/v2.0/routers/${router}/remove_router_interface`, body);
const refusedToRemove = (status: number, router: string, body: object) =>
  ann.refused(status, 'PUT', `/v2.0/routers/${router}/remove_router_interface`, body);

describe('a router', () => {
  it('is shown as Neutron shows it', async () => {
    const router = await ann.router({ name: 'r', external_gateway_info: { network_id: externalId } });
    expect(router).toEqual({
      id: router.id,
      tenant_id: 'ann',
      project_id: 'ann',
      name: 'r',
      description: '',
      status: 'ACTIVE',
      admin_state_up: true,
      external_gateway_info: {
        network_id: externalId,
        enable_snat: true,
        external_fixed_ips: [{ subnet_id: expect.any(String), ip_address: expect.stringMatching(/^198\.18\.5\.\d+$/) }],
      },
      routes: [],
      availability_zone_hints: [],
      availability_zones: ['nova'],
      flavor_id: null,
      tags: [],
      revision_number: 0,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
  });

  it('has legs on subnets, with their gateways’ addresses', async () => {
    const { network, subnet } = await ann.lan();
    const router = await ann.router({ name: 'r' });
    const added = await add(router.id, { subnet_id: subnet.id });
    expect(added).toEqual({
      id: router.id,
      tenant_id: 'ann',
      project_id: 'ann',
      port_id: expect.any(String),
      network_id: network.id,
      subnet_id: subnet.id,
      subnet_ids: [subnet.id],
      tags: [],
    });
    const { ports } = await ann.call('GET', `/v2.0/ports?device_id=${router.id}`);
    expect(ports).toMatchObject([
      {
        id: added.port_id,
        device_owner: 'network:router_interface',
        fixed_ips: [{ subnet_id: subnet.id, ip_address: '10.1.0.1' }],
        security_groups: [],
      },
    ]);
    expect(await remove(router.id, { subnet_id: subnet.id })).toEqual(added);
    expect(await refusedToRemove(404, router.id, { subnet_id: subnet.id })).toMatchObject({
      type: 'RouterInterfaceNotFoundForSubnet',
    });
    await ann.call('DELETE', `/v2.0/routers/${router.id}`);
  });

  it('takes a port as it is', async () => {
    const { network, subnet } = await ann.lan();
    const router = await ann.router({ name: 'r' });
    const port = await ann.port({ network_id: network.id, fixed_ips: [{ ip_address: '10.1.0.200' }] });
    expect(await add(router.id, { port_id: port.id })).toMatchObject({ port_id: port.id, subnet_id: subnet.id });
    await cloud.engine.until(
      'the leg',
      ({ routers }) => routers.get(router.id)?.interfaces[0]?.cidrs[0] === '10.1.0.200/24',
    );
    await cloud.engine.until('no guest’s port any more', ({ ports }) => !ports.has(port.id));
    expect(await ann.refused(409, 'DELETE', `/v2.0/ports/${port.id}`)).toMatchObject({ type: 'ServicePortInUse' });
    expect(await ann.refused(409, 'PUT', `/v2.0/ports/${port.id}`, { port: { fixed_ips: [] } })).toMatchObject({
      type: 'ServicePortInUse',
    });
    expect(await refusedToAdd(409, router.id, { port_id: port.id })).toMatchObject({ type: 'PortInUse' });
    expect(await refusedToRemove(409, router.id, { port_id: port.id, subnet_id: newId() })).toMatchObject({
      type: 'SubnetMismatchForPort',
    });
    await remove(router.id, { port_id: port.id });
    expect(await ann.refused(404, 'GET', `/v2.0/ports/${port.id}`)).toMatchObject({ type: 'PortNotFound' });
    expect(await refusedToRemove(404, router.id, { port_id: port.id })).toMatchObject({
      type: 'RouterInterfaceNotFound',
    });
  });

  it('refuses legs that make no sense', async () => {
    const { subnet } = await ann.lan('10.1.0.0/24');
    const router = await ann.router({ name: 'r', external_gateway_info: { network_id: externalId } });
    expect(await refusedToAdd(400, router.id, {})).toMatchObject({ type: 'BadRequest' });
    expect(await refusedToAdd(404, router.id, { subnet_id: newId() })).toMatchObject({ type: 'SubnetNotFound' });
    expect(await refusedToAdd(404, newId(), { subnet_id: subnet.id })).toMatchObject({ type: 'RouterNotFound' });
    await add(router.id, { subnet_id: subnet.id });
    expect(await refusedToAdd(400, router.id, { subnet_id: subnet.id })).toMatchObject({ type: 'BadRequest' });
    const { subnet: overlapping } = await ann.lan('10.1.0.0/16');
    expect(await refusedToAdd(400, router.id, { subnet_id: overlapping.id })).toMatchObject({ type: 'BadRequest' });
    const { subnet: outside } = await ann.lan('198.18.5.128/25');
    expect(await refusedToAdd(400, router.id, { subnet_id: outside.id })).toMatchObject({ type: 'BadRequest' });
    const network = await ann.network({ name: 'n' });
    const bare = await ann.subnet({ network_id: network.id, cidr: '10.3.0.0/24', ip_version: 4, gateway_ip: null });
    expect(await refusedToAdd(400, router.id, { subnet_id: bare.id })).toMatchObject({ type: 'BadRequest' });
    const { subnet: foreign } = await bob.lan('10.4.0.0/24');
    expect(await refusedToAdd(404, router.id, { subnet_id: foreign.id })).toMatchObject({ type: 'SubnetNotFound' });
  });

  it('gives its subnets’ addresses to one leg only, however many ask at once', async () => {
    const { subnet } = await ann.lan();
    const router = await ann.router({ name: 'r' });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => add(router.id, { subnet_id: subnet.id }).catch(() => undefined)),
    );
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
  });

  it('is not deleted while it has legs, nor are their subnets', async () => {
    const { subnet, router } = await ann.routed(externalId);
    expect(await ann.refused(409, 'DELETE', `/v2.0/routers/${router.id}`)).toEqual({
      type: 'RouterInUse',
      message: `Router ${router.id} still has ports`,
      detail: '',
    });
    expect(await ann.refused(409, 'DELETE', `/v2.0/subnets/${subnet.id}`)).toMatchObject({ type: 'SubnetInUse' });
    const moved = { subnet: { gateway_ip: '10.1.0.254', allocation_pools: [{ start: '10.1.0.2', end: '10.1.0.9' }] } };
    expect(await ann.refused(409, 'PUT', `/v2.0/subnets/${subnet.id}`, moved)).toMatchObject({
      type: 'GatewayIpInUse',
    });
  });

  it('changes its gateway, and loses it by null or nothing', async () => {
    const router = await ann.router({ name: 'r' });
    const path = `/v2.0/routers/${router.id}`;
    const set = (info: object | null) => ann.call('PUT', path, { router: { external_gateway_info: info } });
    const { router: outside } = await set({ network_id: externalId });
    const [{ ip_address }] = outside.external_gateway_info.external_fixed_ips;
    await cloud.engine.until(
      'the gateway',
      ({ routers }) => routers.get(router.id)?.gateway?.cidrs[0]?.split('/')[0] === ip_address,
    );
    expect((await set({ network_id: externalId })).router.external_gateway_info).toEqual(outside.external_gateway_info);
    expect((await set(null)).router.external_gateway_info).toBeNull();
    await cloud.engine.until('no gateway', ({ routers }) => routers.get(router.id)?.gateway === null);
    await set({ network_id: externalId });
    expect((await set({})).router.external_gateway_info).toBeNull();
    await ann.call('DELETE', path);
  });

  it('has gateways on external networks only, with details that are the administrator’s', async () => {
    const { network } = await ann.lan();
    const router = await ann.router({ name: 'r' });
    const path = `/v2.0/routers/${router.id}`;
    const refused = (status: number, info: object) =>
      ann.refused(status, 'PUT', path, { router: { external_gateway_info: info } });
    expect(await refused(400, { network_id: network.id })).toMatchObject({ type: 'BadRequest' });
    expect(await refused(404, { network_id: newId() })).toMatchObject({ type: 'NetworkNotFound' });
    expect(await refused(403, { network_id: externalId, enable_snat: false })).toMatchObject({ type: 'HTTPForbidden' });
    const info = { network_id: externalId, enable_snat: false, external_fixed_ips: [{ ip_address: '198.18.5.99' }] };
    const { router: changed } = await admin.call('PUT', path, { router: { external_gateway_info: info } });
    expect(changed.external_gateway_info).toMatchObject({
      enable_snat: false,
      external_fixed_ips: [{ ip_address: '198.18.5.99' }],
    });
    await cloud.engine.until('no source NAT', ({ routers }) => routers.get(router.id)?.gateway?.snat === false);
  });

  it('routes to neighbours only', async () => {
    const { router } = await ann.routed(externalId, '10.7.0.0/24');
    const path = `/v2.0/routers/${router.id}`;
    const route = (nexthop: string, destination = '10.99.0.0/16') => ({
      router: { routes: [{ destination, nexthop }] },
    });
    expect(await ann.refused(400, 'PUT', path, route('10.8.0.1'))).toMatchObject({ type: 'InvalidRoutes' });
    expect(await ann.refused(400, 'PUT', path, route('10.7.0.1'))).toMatchObject({ type: 'InvalidRoutes' });
    expect(await ann.refused(400, 'PUT', path, route('10.7.0.9', 'x'))).toMatchObject({ type: 'InvalidInput' });
    expect((await ann.call('PUT', path, route('10.7.0.9'))).router.routes).toEqual(route('10.7.0.9').router.routes);
    const { ports } = await ann.call('GET', `/v2.0/ports?device_id=${router.id}&device_owner=network:router_interface`);
    expect(await refusedToRemove(409, router.id, { port_id: ports[0].id })).toMatchObject({
      type: 'RouterInterfaceInUseByRoute',
    });
    const more = { router: { routes: [{ destination: '10.98.0.0/16', nexthop: '10.7.0.9' }] } };
    const added = (await ann.call('PUT', `${path}/add_extraroutes`, more)).router.routes;
    expect(added).toEqual([...route('10.7.0.9').router.routes, ...more.router.routes]);
    await ann.call('PUT', `${path}/add_extraroutes`, more);
    const left = (await ann.call('PUT', `${path}/remove_extraroutes`, route('10.7.0.9'))).router.routes;
    expect(left).toEqual(more.router.routes);
    expect((await ann.call('PUT', path, { router: { routes: null } })).router.routes).toEqual([]);
  });
});

describe('a floating IP', () => {
  it('is shown as Neutron shows it', async () => {
    const floating = await ann.floatingIp({ floating_network_id: externalId, description: 'web' });
    expect(floating).toEqual({
      id: floating.id,
      tenant_id: 'ann',
      project_id: 'ann',
      description: 'web',
      floating_network_id: externalId,
      floating_ip_address: expect.stringMatching(/^198\.18\.5\.\d+$/),
      port_id: null,
      fixed_ip_address: null,
      router_id: null,
      port_forwardings: [],
      status: 'DOWN',
      tags: [],
      revision_number: 0,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    const { ports } = await admin.call('GET', `/v2.0/ports?device_id=${floating.id}`);
    expect(ports).toMatchObject([{ device_owner: 'network:floatingip', status: 'N/A', project_id: '' }]);
    expect(await admin.refused(409, 'DELETE', `/v2.0/ports/${ports[0].id}`)).toMatchObject({
      type: 'ServicePortInUse',
    });
    await bob.refused(404, 'GET', `/v2.0/floatingips/${floating.id}`);
  });

  it('leads where it is told, and nowhere when the port is gone', async () => {
    const { network, router } = await ann.routed(externalId);
    const [one, two] = [await ann.port({ network_id: network.id }), await ann.port({ network_id: network.id })];
    const floating = await ann.floatingIp({ floating_network_id: externalId });
    const path = `/v2.0/floatingips/${floating.id}`;
    const lead = async (port_id: string | null) =>
      (await ann.call('PUT', path, { floatingip: { port_id } })).floatingip;
    const carried = () => cloud.engine.routers.get(router.id)?.floatingIps.map(({ portId }) => portId) ?? [];
    expect(await lead(one.id)).toMatchObject({
      port_id: one.id,
      fixed_ip_address: one.fixed_ips[0].ip_address,
      router_id: router.id,
    });
    await cloud.engine.until('one', () => carried()[0] === one.id);
    await lead(two.id);
    await cloud.engine.until('two', () => carried()[0] === two.id);
    const described = await ann.call('PUT', path, { floatingip: { description: 'new' } });
    expect(described.floatingip).toMatchObject({ port_id: two.id, description: 'new' });
    expect(await lead(null)).toMatchObject({ port_id: null, fixed_ip_address: null, router_id: null, status: 'DOWN' });
    await cloud.engine.until('none', () => carried().length === 0);
    await lead(two.id);
    await ann.call('DELETE', `/v2.0/ports/${two.id}`);
    expect((await ann.call('GET', path)).floatingip).toMatchObject({ port_id: null, router_id: null, status: 'DOWN' });
    await cloud.engine.until('none again', () => carried().length === 0);
  });

  it('chooses among the addresses of a port when it is told which', async () => {
    const { network, subnet } = await ann.routed(externalId);
    const port = await ann.port({
      network_id: network.id,
      fixed_ips: [{ subnet_id: subnet.id }, { subnet_id: subnet.id }],
    });
    const floating = { floating_network_id: externalId, port_id: port.id };
    expect(await ann.floatingIp(floating, 400)).toMatchObject({ type: 'BadRequest' });
    expect(await ann.floatingIp({ ...floating, fixed_ip_address: '10.1.0.250' }, 400)).toMatchObject({
      type: 'BadRequest',
    });
    const [, { ip_address }] = port.fixed_ips;
    const made = await ann.floatingIp({ ...floating, fixed_ip_address: ip_address });
    expect(made.fixed_ip_address).toBe(ip_address);
    expect(await ann.floatingIp({ ...floating, fixed_ip_address: ip_address }, 409)).toMatchObject({
      type: 'FloatingIPPortAlreadyAssociated',
    });
    const without = { fixed_ips: [{ ip_address: port.fixed_ips[0].ip_address }] };
    await ann.call('PUT', `/v2.0/ports/${port.id}`, { port: without });
    expect((await ann.call('GET', `/v2.0/floatingips/${made.id}`)).floatingip.port_id).toBeNull();
  });

  it('needs an external network and a router that leads there', async () => {
    const { network } = await ann.lan();
    const port = await ann.port({ network_id: network.id });
    expect(await ann.floatingIp({ floating_network_id: network.id }, 400)).toMatchObject({ type: 'BadRequest' });
    expect(await ann.floatingIp({ floating_network_id: newId() }, 404)).toMatchObject({ type: 'NetworkNotFound' });
    const unreachable = { floating_network_id: externalId, port_id: port.id };
    expect(await ann.floatingIp(unreachable, 404)).toMatchObject({ type: 'ExternalGatewayForFloatingIPNotFound' });
    const { network: foreign } = await bob.routed(externalId);
    const theirs = await bob.port({ network_id: foreign.id });
    expect(await ann.floatingIp({ ...unreachable, port_id: theirs.id }, 404)).toMatchObject({ type: 'PortNotFound' });
    expect(await admin.floatingIp({ ...unreachable, port_id: theirs.id }, 400)).toMatchObject({ type: 'BadRequest' });
    expect(await ann.floatingIp({ floating_network_id: externalId, fixed_ip_address: '10.1.0.2' }, 400)).toMatchObject({
      type: 'InvalidInput',
    });
    const address = { floating_network_id: externalId, floating_ip_address: '198.18.5.200' };
    expect(await ann.floatingIp(address, 403)).toMatchObject({ type: 'HTTPForbidden' });
    expect((await admin.floatingIp(address)).floating_ip_address).toBe('198.18.5.200');
  });

  it('keeps its router’s leg and gateway, and its network external', async () => {
    const { network, subnet, router } = await ann.routed(externalId);
    const port = await ann.port({ network_id: network.id });
    const floating = await ann.floatingIp({ floating_network_id: externalId, port_id: port.id });
    expect(await refusedToRemove(409, router.id, { subnet_id: subnet.id })).toMatchObject({
      type: 'RouterInterfaceInUseByFloatingIP',
    });
    const cleared = { router: { external_gateway_info: null } };
    expect(await ann.refused(409, 'PUT', `/v2.0/routers/${router.id}`, cleared)).toMatchObject({
      type: 'RouterExternalGatewayInUseByFloatingIp',
    });
    const inside = { network: { 'router:external': false } };
    expect(await admin.refused(409, 'PUT', `/v2.0/networks/${externalId}`, inside)).toMatchObject({
      type: 'ExternalNetworkInUse',
    });
    await ann.call('DELETE', `/v2.0/floatingips/${floating.id}`);
    await remove(router.id, { subnet_id: subnet.id });
  });

  it('is carried by the router that leads to it, when there are several', async () => {
    const { network } = await ann.routed(externalId);
    const second = await ann.router({ name: 'r2', external_gateway_info: { network_id: externalId } });
    const other = await ann.lan('10.2.0.0/24');
    await add(second.id, { subnet_id: other.subnet.id });
    const [here, there] = [
      await ann.port({ network_id: network.id }),
      await ann.port({ network_id: other.network.id }),
    ];
    const floating = await ann.floatingIp({ floating_network_id: externalId, port_id: here.id });
    const path = `/v2.0/floatingips/${floating.id}`;
    const { floatingip } = await ann.call('PUT', path, { floatingip: { port_id: there.id } });
    expect(floatingip.router_id).toBe(second.id);
    await cloud.engine.until('gone here', ({ routers }) => routers.get(floating.router_id)?.floatingIps.length === 0);
    await cloud.engine.until('there', ({ routers }) => routers.get(second.id)?.floatingIps.length === 1);
  });
});
