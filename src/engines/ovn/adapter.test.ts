import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { createLogger } from '../../kernel/base/log.ts';
import { ovnNetworkEngine } from './adapter.ts';
import { type Northbound, openNorthbound } from './northbound.ts';
import { rule, Tenant } from './testing/intents.ts';
import { NorthboundServer } from './testing/northbound-server.ts';

const log = createLogger('test', 'silent');
let server: NorthboundServer;
let engine: ReturnType<typeof ovnNetworkEngine>;
/** The database as somebody else sees it. */
let seen: Northbound;
let tenant: Tenant;

const openEngine = () => ovnNetworkEngine({ northboundSocket: server.socket, gatewayChassis: ['host1'], log });

beforeEach(async () => {
  server = await NorthboundServer.start();
  engine = openEngine();
  seen = openNorthbound(server.socket, log);
  tenant = new Tenant();
  await seen.client.synced();
});

afterEach(async () => {
  await engine.close();
  await seen.client.close();
  await server.close();
});

async function applyTenant(): Promise<void> {
  await engine.applyNetwork(tenant.external);
  await engine.applyNetwork(tenant.network);
  await engine.applySecurityGroup(tenant.group);
}

/** Everything that is in the database, as text. */
function content(): string {
  const { client: _, ...tables } = seen;
  return JSON.stringify(Object.entries(tables).map(([name, table]) => [name, [...table.all()]]));
}

/** Waits until the onlooker has seen all that the engine did so far. */
async function settle(): Promise<void> {
  const marker = newId();
  await engine.applyNetwork({ ...tenant.network, id: marker, subnets: [] });
  await seen.client.waitFor(() => seen.switches.find('name', `neutron-${marker}`).length === 1);
  await engine.removeNetwork(marker);
  await seen.client.waitFor(() => seen.switches.find('name', `neutron-${marker}`).length === 0);
}

const portNamed = (id: string) => seen.ports.find('name', id)[0];

test('what was applied is in the inventory, routers and links to the outside apart', async () => {
  await applyTenant();
  const port = tenant.port(1);
  await engine.applyPort(port);
  await engine.applyRouter(tenant.router);
  const inventory = await engine.inventory();
  expect(new Set(inventory.networks)).toEqual(new Set([tenant.network.id, tenant.externalId]));
  expect(inventory).toMatchObject({
    ports: [port.id],
    securityGroups: [tenant.group.id],
    routers: [tenant.router.id],
  });
});

test('applying everything a second time changes nothing', async () => {
  const port = tenant.port(1);
  const applyAll = async () => {
    await applyTenant();
    await engine.applyPort(port);
    await engine.applyRouter(tenant.routerWithFloatingIp(port));
  };
  await applyAll();
  await settle();
  const changes: string[] = [];
  seen.client.onChange((batch) => changes.push(...batch.map((change) => change.table)), new AbortController().signal);
  await applyAll();
  await settle();
  // Only the marker's own, with the port for its metadata.
  const marker = ['Logical_Switch', 'Logical_Switch_Port'];
  expect(changes).toEqual([...marker, ...marker]);
});

test('removal of everything leaves the group that drops, and nothing else', async () => {
  await applyTenant();
  const port = tenant.port(1);
  await engine.applyPort(port);
  await engine.applyRouter(tenant.routerWithFloatingIp(port));
  await engine.removeRouter(tenant.router.id);
  await engine.removePort(port.id);
  await engine.removeSecurityGroup(tenant.group.id);
  await engine.removeNetwork(tenant.network.id);
  await engine.removeNetwork(tenant.externalId);
  await settle();
  const left = Object.entries(seen).flatMap(([name, table]) =>
    'size' in table && table.size > 0 ? [`${name}: ${table.size}`] : [],
  );
  expect(left).toEqual(['groups: 1', 'acls: 8']);
  expect([...seen.groups.all()].map((group) => group.name)).toEqual(['neutron_pg_drop']);
});

test('removal of what is not there does nothing', async () => {
  const before = content();
  for (const remove of [engine.removeNetwork, engine.removePort, engine.removeRouter, engine.removeSecurityGroup]) {
    await remove(newId());
  }
  await settle();
  expect(content()).toBe(before);
});

describe('a port', () => {
  test('cannot use addresses but its own, and gets them by DHCP with its name', async () => {
    await applyTenant();
    const port = tenant.port(1);
    await engine.applyPort(port);
    await settle();
    const [dhcp] = seen.dhcpOptions.all();
    expect(portNamed(port.id)).toMatchObject({
      addresses: ['fa:16:3e:00:00:01 10.0.0.11'],
      port_security: ['fa:16:3e:00:00:01 10.0.0.11'],
      options: { 'requested-chassis': 'host1', hostname: '"vm1"' },
      dhcpv4_options: [dhcp?._uuid],
    });
  });

  test('without port security is in no group and may have any address', async () => {
    await applyTenant();
    const port = tenant.port(1);
    await engine.applyPort(port);
    await engine.applyPort({ ...port, portSecurity: false, securityGroupIds: [] });
    await settle();
    const row = portNamed(port.id);
    expect(row?.port_security).toEqual([]);
    expect(row?.addresses).toContain('unknown');
    expect(seen.groups.find('ports', row?._uuid ?? '')).toEqual([]);
  });

  test('moves between groups', async () => {
    await applyTenant();
    const other = { id: newId(), rules: [rule()] };
    await engine.applySecurityGroup(other);
    const port = tenant.port(1);
    await engine.applyPort(port);
    await engine.applyPort({ ...port, securityGroupIds: [other.id] });
    await settle();
    const groups = seen.groups.find('ports', portNamed(port.id)?._uuid ?? '').map((group) => group.name);
    expect(new Set(groups)).toEqual(new Set(['neutron_pg_drop', `pg_${other.id.replaceAll('-', '_')}`]));
  });

  test('of an unknown network or group is refused, and nothing is left of it', async () => {
    await applyTenant();
    await expect(engine.applyPort(tenant.port(1, { networkId: newId() }))).rejects.toMatchObject({ code: 'notFound' });
    await expect(engine.applyPort(tenant.port(1, { securityGroupIds: [newId()] }))).rejects.toMatchObject({
      code: 'notFound',
    });
    expect((await engine.inventory()).ports).toEqual([]);
  });

  test('that was there when its subnet had no DHCP has it as soon as the subnet does', async () => {
    const withDhcp = (enableDhcp: boolean) =>
      engine.applyNetwork({
        ...tenant.network,
        subnets: tenant.network.subnets.map((one) => ({ ...one, enableDhcp })),
      });
    await applyTenant();
    await withDhcp(false);
    const port = tenant.port(1);
    await engine.applyPort(port);
    await settle();
    expect(portNamed(port.id)?.dhcpv4_options).toEqual([]);
    await withDhcp(true);
    await settle();
    expect(portNamed(port.id)?.dhcpv4_options).toHaveLength(1);
  });

  test('takes its own names along when it goes, and leaves those of others', async () => {
    await applyTenant();
    const [one, two] = [tenant.port(1), tenant.port(2)];
    await engine.applyPort(one);
    await engine.applyPort(two);
    await engine.applyPort({ ...two, dnsName: 'db' });
    await engine.removePort(one.id);
    await settle();
    const [dns] = seen.dns.all();
    expect(dns?.records).toEqual({
      db: '10.0.0.12',
      'db.example.org': '10.0.0.12',
      '12.0.0.10.in-addr.arpa': 'db.example.org',
    });
  });
});

describe('a security group', () => {
  test('keeps the rules that stay as they are when others come and go', async () => {
    const [kept, gone, added] = [rule(), rule({ protocol: 'udp' }), rule({ protocol: 'tcp' })];
    await engine.applySecurityGroup({ ...tenant.group, rules: [kept, gone] });
    await settle();
    const uuidOf = (id: string) =>
      [...seen.acls.all()].find((acl) => acl.external_ids['neutron:security_group_rule_id'] === id)?._uuid;
    const before = uuidOf(kept.id);
    await engine.applySecurityGroup({ ...tenant.group, rules: [kept, added] });
    await settle();
    expect(uuidOf(kept.id)).toBe(before);
    expect(uuidOf(gone.id)).toBeUndefined();
    expect(uuidOf(added.id)).toBeDefined();
  });

  test('may name a group that comes later', async () => {
    const later = newId();
    await engine.applySecurityGroup({ ...tenant.group, rules: [rule({ remoteGroupId: later })] });
    expect(new Set((await engine.inventory()).securityGroups)).toEqual(new Set([tenant.group.id, later]));
  });
});

describe('a router', () => {
  test('translates each subnet behind it, and floating IPs, on its gateway', async () => {
    await applyTenant();
    const port = tenant.port(1);
    await engine.applyRouter(tenant.routerWithFloatingIp(port));
    await settle();
    const rules = [...seen.nat.all()].map((nat) => `${nat.type} ${nat.logical_ip} ${nat.external_ip}`);
    expect(new Set(rules)).toEqual(new Set(['snat 10.0.0.0/24 172.24.4.10', 'dnat_and_snat 10.0.0.11 172.24.4.20']));
    expect([...seen.routes.all()]).toMatchObject([{ ip_prefix: '0.0.0.0/0', nexthop: '172.24.4.1' }]);
    expect([...seen.gatewayChassis.all()]).toMatchObject([{ chassis_name: 'host1' }]);
  });

  test('gives up what it no longer has, on the switches too', async () => {
    await applyTenant();
    await engine.applyRouter(tenant.routerWithFloatingIp(tenant.port(1)));
    await engine.applyRouter({ ...tenant.router, gateway: null, interfaces: [] });
    await settle();
    expect([...seen.routerPorts.all(), ...seen.nat.all(), ...seen.routes.all(), ...seen.gatewayChassis.all()]).toEqual(
      [],
    );
    expect([...seen.ports.all()].map((port) => port.type).sort()).toEqual(['localnet', 'localport', 'localport']);
  });

  test('keeps its end of a port that is also stated as a port', async () => {
    await applyTenant();
    await engine.applyRouter(tenant.router);
    const portId = tenant.router.interfaces[0]?.portId ?? '';
    await engine.applyPort(tenant.port(1, { id: portId }));
    await engine.removePort(portId);
    await settle();
    expect(portNamed(portId)?.type).toBe('router');
  });
});

test('two engines that state the same at once make it once', async () => {
  const second = openEngine();
  await Promise.all([engine.applyNetwork(tenant.network), second.applyNetwork(tenant.network)]);
  await second.close();
  expect((await engine.inventory()).networks).toEqual([tenant.network.id]);
  await settle();
  expect(seen.dhcpOptions.size).toBe(1);
});

test('whoever watches hears of every port at first, and of each change', async () => {
  await applyTenant();
  const port = tenant.port(1);
  await engine.applyPort(port);
  const stop = new AbortController();
  const heard: boolean[] = [];
  engine.watch((event) => heard.push(event.up), stop.signal);
  await settle();
  for (const up of [true, false]) {
    const where = [['name', '==', port.id]];
    await seen.client.transact([{ op: 'update', table: 'Logical_Switch_Port', where, row: { up } }]);
    await settle();
  }
  stop.abort();
  await seen.client.transact([{ op: 'update', table: 'Logical_Switch_Port', where: [], row: { up: true } }]);
  await settle();
  expect(heard).toEqual([false, true, false]);
});

test('a crash of the database interrupts the engine, and it goes on by itself', async () => {
  await applyTenant();
  const port = tenant.port(1);
  await server.kill();
  const applied = engine.applyPort(port);
  await server.launch();
  await applied.catch(() => engine.applyPort(port));
  expect((await engine.inventory()).ports).toHaveLength(1);
});
