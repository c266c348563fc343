import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { contextOf, createTestStore, type TestStore } from '../../kernel/testing/index.ts';
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

const ann = contextOf('ann');
const bob = contextOf('bob');
const http = clientOf(() => cloud, 'ann');

/** Twice one after the other and twice at once: the same answer each time. */
async function repeated<R>(create: () => Promise<R>): Promise<R> {
  const [first, ...others] = [await create(), await create(), ...(await Promise.all([create(), create()]))];
  // What the engine says meanwhile is no matter.
  const settled = (record: R) => ({ ...record, status: undefined });
  for (const other of others) expect(settled(other)).toEqual(settled(first as R));
  return first as R;
}

describe('the steps of a workflow', () => {
  it('can be repeated: the same id answers what exists', async () => {
    const { api } = cloud;
    const [n, s, p, r] = [newId(), newId(), newId(), newId()];
    const [g, rule, leg, f] = [newId(), newId(), newId(), newId()];
    const network = await repeated(() => api.createNetwork(ann, { name: 'n' }, { id: n }));
    const subnet = await repeated(() => api.createSubnet(ann, { networkId: n, cidr: '10.1.0.0/24' }, { id: s }));
    const router = await repeated(() =>
      api.createRouter(ann, { name: 'r', gateway: { networkId: externalId } }, { id: r }),
    );
    await repeated(() => api.addRouterInterface(ann, router.id, { subnetId: subnet.id }, { id: leg }));
    const group = await repeated(() => api.createSecurityGroup(ann, { name: 'g' }, { id: g }));
    const allowed = { securityGroupId: group.id, direction: 'ingress', protocol: 'tcp' } as const;
    await repeated(() => api.createSecurityGroupRule(ann, allowed, { id: rule }));
    const port = await repeated(() =>
      api.createPort(ann, { networkId: network.id, securityGroupIds: [group.id] }, { id: p }),
    );
    const floating = await repeated(() =>
      api.createFloatingIp(ann, { floatingNetworkId: externalId, portId: port.id }, { id: f }),
    );
    expect(await api.listFloatingIps(ann, { id: floating.id })).toHaveLength(1);

    const deletions = [
      () => api.deleteFloatingIp(ann, floating.id),
      () => api.deletePort(ann, port.id),
      () => api.deleteSecurityGroup(ann, group.id),
    ];
    for (const deletion of deletions) expect([await deletion(), await deletion()]).toEqual([true, false]);
    const removal = () => api.removeRouterInterface(ann, router.id, { subnetId: subnet.id });
    expect([(await removal())?.portId, await removal()]).toEqual([leg, undefined]);
    expect(await api.deleteRouter(ann, router.id)).toBe(true);
    expect(await api.deleteNetwork(ann, network.id)).toBe(true);
    expect(await api.deleteNetwork(ann, network.id)).toBe(false);
  });

  it('can repeat joining a port to a router', async () => {
    const { network } = await http.lan();
    const router = await http.router({ name: 'r' });
    const port = await http.port({ network_id: network.id });
    const id = newId();
    await repeated(() => cloud.api.addRouterInterface(ann, router.id, { portId: port.id }, { id }));
  });

  it('do not take what another project has made under the id', async () => {
    const id = newId();
    await cloud.api.createNetwork(ann, { name: 'n' }, { id });
    await expect(cloud.api.createNetwork(bob, { name: 'n' }, { id })).rejects.toMatchObject({ code: 'conflict' });
    expect(await cloud.api.deleteNetwork(bob, id)).toBe(false);
    expect((await cloud.api.getNetwork(ann, id)).id).toBe(id);
  });
});

describe('a server’s ports', () => {
  it('are given to one server, found by it, and shown with all that its owner asks', async () => {
    const { network, subnet } = await http.routed(externalId);
    const port = await http.port({ network_id: network.id });
    const floating = await http.floatingIp({ floating_network_id: externalId, port_id: port.id });
    const binding = { deviceId: 'server-a', deviceOwner: 'compute:nova', hostName: 'host-1', dnsName: 'web' };
    const bound = await repeated(() => cloud.api.bindPort(ann, port.id, binding));
    expect(bound).toEqual({
      id: port.id,
      projectId: 'ann',
      name: '',
      networkId: network.id,
      networkName: 'lan',
      mac: port.mac_address,
      mtu: 1442,
      deviceId: 'server-a',
      deviceOwner: 'compute:nova',
      status: 'DOWN',
      fixedIps: [
        {
          subnetId: subnet.id,
          ipAddress: port.fixed_ips[0].ip_address,
          cidr: '10.1.0.0/24',
          gatewayIp: '10.1.0.1',
          dnsNameservers: [],
          hostRoutes: [],
          enableDhcp: true,
          ipv6AddressMode: null,
        },
      ],
      floatingIps: [{ address: floating.floating_ip_address, fixedIp: port.fixed_ips[0].ip_address }],
      securityGroupNames: ['default'],
    });
    await cloud.engine.until('bound', ({ ports }) => ports.get(port.id)?.hostName === 'host-1');
    expect(cloud.engine.ports.get(port.id)?.dnsName).toBe('web');
    const other = { ...binding, deviceId: 'server-b' };
    await expect(cloud.api.bindPort(ann, port.id, other)).rejects.toMatchObject({ data: { type: 'PortInUse' } });
    expect(await cloud.api.listPorts(ann, { deviceId: ['server-a', 'server-b'] })).toEqual([bound]);
    expect(await cloud.api.listPorts(bob, { deviceId: 'server-a' })).toEqual([]);

    await cloud.api.unbindPort(ann, port.id);
    await cloud.api.unbindPort(ann, newId());
    await cloud.engine.until('unbound', ({ ports }) => ports.get(port.id)?.hostName === null);
    expect(await cloud.api.listPorts(ann, { deviceId: 'server-a' })).toEqual([]);
  });

  it('come by themselves on the project’s own networks and on shared ones, never outside', async () => {
    const eve = contextOf('eve');
    expect(await cloud.api.defaultNetworks(eve)).toEqual([]);
    const own = await cloud.api.createNetwork(eve, { name: 'own' });
    expect((await cloud.api.defaultNetworks(eve)).map(({ id }) => id)).toEqual([own.id]);
    const shared = await cloud.api.createNetwork(contextOf('ops:admin'), { name: 'common', shared: true });
    expect((await cloud.api.defaultNetworks(eve)).map(({ id }) => id)).toEqual([own.id, shared.id]);
  });
});

describe('the version of a device’s ports', () => {
  it('is another after every change of what is shown of them, and only then', async () => {
    const { api } = cloud;
    const network = await api.createNetwork(ann, { name: 'lan' });
    const subnet = await api.createSubnet(ann, { networkId: network.id, cidr: '10.9.0.0/24' });
    const router = await api.createRouter(ann, { name: 'r', gateway: { networkId: externalId } });
    await api.addRouterInterface(ann, router.id, { subnetId: subnet.id });
    const group = await api.createSecurityGroup(ann, { name: 'web' });
    const port = await api.createPort(ann, {
      networkId: network.id,
      deviceId: 'watched',
      securityGroupIds: [group.id],
    });
    const floating = await api.createFloatingIp(ann, { floatingNetworkId: externalId });
    const version = async () => (await api.portVersions(['watched', 'nobody'])).get('watched');
    // What the engine says of it changes its status, which is shown, too.
    await cloud.engine.until('the port is applied', ({ ports }) => ports.has(port.id));

    const second = { fixedIps: [...port.fixedIps, { subnetId: subnet.id }] };
    const changes: Record<string, () => Promise<unknown>> = {
      'a second address': () => api.updatePort(ann, port.id, second),
      'a floating IP': () =>
        api.updateFloatingIp(ann, floating.id, { portId: port.id, fixedAddress: port.fixedIps[0]?.ipAddress }),
      'no floating IP': () => api.updateFloatingIp(ann, floating.id, { portId: null }),
      'the name of its group': () => api.updateSecurityGroup(ann, group.id, { name: 'sites' }),
      'other groups': () => api.updatePort(ann, port.id, { securityGroupIds: [] }),
      'the name of its network': () => api.updateNetwork(ann, network.id, { name: 'office' }),
      'one more port': () => api.createPort(ann, { networkId: network.id, deviceId: 'watched' }),
      'no port': () => api.deletePort(ann, port.id),
    };
    const seen = [await version()];
    for (const change of Object.values(changes)) {
      await change();
      seen.push(await version());
    }
    expect(new Set(seen).size).toBe(seen.length);
    await api.updateNetwork(ann, network.id, { description: 'not shown with ports' });
    expect(await version()).toBe(seen.at(-1));
    expect(await api.portVersions(['nobody'])).toEqual(new Map());
  });
});
