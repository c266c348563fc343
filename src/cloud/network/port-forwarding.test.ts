import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
const bob = clientOf(() => cloud, 'bob');

describe('a port of a floating IP', () => {
  const forwardings = (floating: { id: string }) => `/v2.0/floatingips/${floating.id}/port_forwardings`;
  const forward = async (floating: { id: string }, port: { id: string }, more: object = {}) => {
    const wanted = { protocol: 'tcp', external_port: 2222, internal_port: 22, internal_port_id: port.id, ...more };
    return (await ann.call('POST', forwardings(floating), { port_forwarding: wanted })).port_forwarding;
  };

  it('leads to a port of a guest, each to its own', async () => {
    const { network, router } = await ann.routed(externalId);
    const [one, two] = [await ann.port({ network_id: network.id }), await ann.port({ network_id: network.id })];
    const floating = await ann.floatingIp({ floating_network_id: externalId });
    const path = forwardings(floating);
    const first = await forward(floating, one);
    expect(first).toMatchObject({ internal_ip_address: one.fixed_ips[0].ip_address, external_port: 2222 });
    await forward(floating, two, { external_port: 2223 });
    await cloud.engine.until('both', ({ routers }) => routers.get(router.id)?.portForwardings.length === 2);
    const shown = (await ann.call('GET', `/v2.0/floatingips/${floating.id}`)).floatingip;
    expect(shown).toMatchObject({ router_id: router.id, port_id: null });
    expect(shown.port_forwardings).toHaveLength(2);
    const moved = { port_forwarding: { internal_port_id: two.id, internal_port: 80 } };
    expect((await ann.call('PUT', `${path}/${first.id}`, moved)).port_forwarding).toMatchObject({
      internal_port: 80,
      internal_ip_address: two.fixed_ips[0].ip_address,
    });
    await ann.call('DELETE', `/v2.0/ports/${two.id}`);
    expect(await ann.call('GET', path)).toEqual({ port_forwardings: [] });
    await cloud.engine.until('none', ({ routers }) => routers.get(router.id)?.portForwardings.length === 0);
  });

  it('leads nowhere while the whole address does, keeps its router, and goes with the address', async () => {
    const { network, subnet, router } = await ann.routed(externalId);
    const port = await ann.port({ network_id: network.id });
    const floating = await ann.floatingIp({ floating_network_id: externalId });
    const { id } = await forward(floating, port);
    const refused = (body: object, method: string, path: string) => ann.refused(409, method, path, body);
    const again = { protocol: 'tcp', external_port: 2222, internal_port: 9, internal_port_id: port.id };
    expect(await refused({ port_forwarding: again }, 'POST', forwardings(floating))).toMatchObject({
      type: 'PortForwardingExists',
    });
    const whole = { floatingip: { port_id: port.id } };
    expect(await refused(whole, 'PUT', `/v2.0/floatingips/${floating.id}`)).toMatchObject({
      type: 'FipInUseByPortForwarding',
    });
    const leg = { subnet_id: subnet.id };
    expect(await refused(leg, 'PUT', `/v2.0/routers/${router.id}/remove_router_interface`)).toMatchObject({
      type: 'RouterInterfaceInUseByFloatingIP',
    });
    expect(await bob.refused(404, 'GET', forwardings(floating))).toMatchObject({ type: 'FloatingIPNotFound' });
    expect(await bob.refused(404, 'DELETE', `${forwardings(floating)}/${id}`)).toMatchObject({
      type: 'FloatingIPNotFound',
    });
    await ann.call('DELETE', `/v2.0/floatingips/${floating.id}`);
    await cloud.engine.until('none', ({ routers }) => routers.get(router.id)?.portForwardings.length === 0);
  });
});
