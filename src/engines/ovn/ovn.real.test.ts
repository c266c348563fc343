import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { sockets } from '../../kernel/supervise/installation.ts';
import { callOnce } from './host/control.ts';
import { tapName } from './host/plugger.ts';
import { createOvnHost } from './host.ts';
import { rule, Tenant } from './testing/intents.ts';
import { Lab } from './testing/lab.ts';
import { type Namespace, said } from './testing/namespace.ts';

/** Enough for TCP to be what it is: with wrong offloads it stalls long before. */
const megabytes100 = 100_000_000;
const floatingAddress = '172.24.4.20';

const tenant = new Tenant();
const icmp = rule({ protocol: 'icmp' });
const web = rule({ protocol: 'tcp', portRangeMin: 8000, portRangeMax: 8099 });
const group = { ...tenant.group, rules: [...tenant.group.rules, icmp, web] };
const [port1, port2] = [tenant.port(1), tenant.port(2)];
let lab: Lab;
let one: Namespace;
let two: Namespace;

beforeAll(async () => {
  lab = await Lab.open();
  const { engine } = lab;
  await engine.applyNetwork(tenant.external);
  await engine.applyNetwork(tenant.network);
  await engine.applySecurityGroup(group);
  await engine.applyPort(port1);
  await engine.applyPort(port2);
  await engine.applyRouter(tenant.routerWithFloatingIp(port1));
  one = await lab.guest(port1);
  two = await lab.guest(port2);
  // What a guest cannot do without; all that follows needs it.
  expect(await one.lease(lab.folder)).toBe('10.0.0.11 10.0.0.1 10.0.0.1 1442 vm1');
  expect(await two.lease(lab.folder)).toBe('10.0.0.12 10.0.0.1 10.0.0.1 1442 vm2');
});

afterAll(() => lab?.close());

/** Serves `bytes` on a guest, fetches them from elsewhere, and says how it ended. */
async function transfer(server: Namespace, client: Namespace, address: string, tcpPort: number): Promise<string> {
  expect(await said(server.tcp('serve', tcpPort, megabytes100))).toBe('listening');
  return said(client.tcp('fetch', address, tcpPort));
}

test('guests of a network reach one another, and find one another by name', async () => {
  expect(await one.reaches('10.0.0.12')).toBe(true);
  for (const name of ['vm2', 'vm2.example.org']) {
    expect(await one.run('busybox', 'nslookup', '-type=a', name, '10.0.0.1')).toContain('Address: 10.0.0.12');
  }
});

test('a guest reaches the outside through its router', async () => {
  expect(await two.reaches('172.24.4.1')).toBe(true);
});

test('a floating IP answers outside, inside the namespace, and on its own network', async () => {
  for (const namespace of [lab.outside, lab.inside, two]) {
    expect(await namespace.reaches(floatingAddress), namespace.name).toBe(true);
  }
});

test('100 MB arrive through the floating IP', async () => {
  expect(await transfer(one, lab.outside, floatingAddress, 8001)).toBe(`received ${megabytes100}`);
});

test('100 MB arrive at a process inside the namespace, and on the own network through the floating IP', async () => {
  expect(await transfer(one, lab.inside, floatingAddress, 8002)).toBe(`received ${megabytes100}`);
  expect(await transfer(one, two, floatingAddress, 8003)).toBe(`received ${megabytes100}`);
});

test('100 MB come in from the outside, and from a neighbour', async () => {
  expect(await transfer(lab.outside, two, '172.24.4.1', 8004)).toBe(`received ${megabytes100}`);
  expect(await transfer(one, two, '10.0.0.11', 8005)).toBe(`received ${megabytes100}`);
});

test('single ports of a floating IP lead to guests of their own', async () => {
  const forwarding = (externalPort: number, fixedAddress: string) => ({
    ...{ floatingIpId: newId(), floatingAddress: '172.24.4.21', protocol: 'tcp' as const },
    ...{ externalPort, fixedAddress, internalPort: 8060 },
  });
  const router = tenant.routerWithFloatingIp(port1);
  const forwarded = [forwarding(1001, '10.0.0.11'), forwarding(1002, '10.0.0.12')];
  await lab.engine.applyRouter({ ...router, portForwardings: forwarded });
  expect(await said(one.tcp('serve', 8060, 1_000_001))).toBe('listening');
  expect(await said(two.tcp('serve', 8060, 1_000_002))).toBe('listening');
  const fetched = (tcpPort: number) => said(lab.outside.tcp('fetch', '172.24.4.21', tcpPort));
  await expect.poll(() => fetched(1001), { timeout: 15_000 }).toBe('received 1000001');
  expect(await fetched(1002)).toBe('received 1000002');
  expect(await said(lab.outside.tcp('probe', '172.24.4.21', 1003))).toBe('closed');
  await lab.engine.applyRouter(router);
  await expect.poll(() => said(lab.outside.tcp('probe', '172.24.4.21', 1001)), { timeout: 15_000 }).toBe('closed');
});

test('a security group lets in what its rules say, and cuts what they no longer say', async () => {
  const [allowed, forbidden] = [one.tcp('echo', 8050), one.tcp('echo', 9000)];
  expect([await said(allowed), await said(forbidden)]).toEqual(['listening', 'listening']);
  expect(await said(two.tcp('probe', '10.0.0.11', 9000))).toBe('closed');
  const connection = lab.outside.tcp('beat', floatingAddress, 8050);
  expect(await said(connection)).toBe('alive');
  await lab.engine.applySecurityGroup({ ...group, rules: group.rules.filter((one) => one !== web) });
  expect(await said(connection)).toBe('cut');
  expect(await said(lab.outside.tcp('probe', floatingAddress, 8050))).toBe('closed');
  await lab.engine.applySecurityGroup(group);
  await expect.poll(() => said(lab.outside.tcp('probe', floatingAddress, 8050)), { timeout: 10_000 }).toBe('open');
});

test('a rule may name the members of a group', async () => {
  const members = rule({ protocol: 'tcp', portRangeMin: 7000, portRangeMax: 7000, remoteGroupId: group.id });
  await lab.engine.applySecurityGroup({ ...group, rules: [...group.rules, members] });
  expect(await said(one.tcp('echo', 7000))).toBe('listening');
  await expect.poll(() => said(two.tcp('probe', '10.0.0.11', 7000)), { timeout: 10_000 }).toBe('open');
  expect(await said(lab.outside.tcp('probe', floatingAddress, 7000))).toBe('closed');
});

test('a guest that takes an address which is not its own is not heard', async () => {
  await two.ip('address', 'add', '10.0.0.99/24', 'dev', 'eth0');
  const ping = two.run('busybox', 'ping', '-c', '1', '-W', '1', '-I', '10.0.0.99', '10.0.0.11');
  await expect(ping).rejects.toThrow();
  await two.ip('address', 'delete', '10.0.0.99/24', 'dev', 'eth0');
  expect(await two.reaches('10.0.0.11')).toBe(true);
});

test('the switch dies: guests, taps and the address of the bridge come back with it', async () => {
  const nic = { portId: newId(), networkId: newId(), mac: 'fa:16:3e:00:00:07', mtu: 1442 };
  const { ifname } = await lab.host.plugger.plug(nic, 60_000);
  const stale = await lab.host.plugger.plug({ ...nic, portId: newId() }, 60_000);
  await lab.inside.ip('link', 'delete', 'dev', stale.ifname);
  await lab.crash('ovs-vswitchd');
  await expect.poll(() => lab.outside.reaches(floatingAddress), { timeout: 10_000 }).toBe(true);
  await expect.poll(() => lab.inside.reaches(floatingAddress), { timeout: 10_000 }).toBe(true);
  expect(await transfer(one, lab.outside, floatingAddress, 8006)).toBe(`received ${megabytes100}`);
  const devices = await lab.openVSwitch.devicesOf('br-int');
  expect(devices).toContain(ifname);
  expect(devices).not.toContain(stale.ifname);
  await lab.host.plugger.unplug(nic.portId);
});

test('the controller and the databases die: what runs goes on, and what is new comes to work', async () => {
  for (const name of ['ovn-controller', 'ovn-northbound', 'ovn-southbound', 'ovn-northd', 'ovsdb'])
    await lab.crash(name);
  expect(await lab.outside.reaches(floatingAddress)).toBe(true);
  const port = tenant.port(3);
  await lab.engine.applyPort(port).catch(() => lab.engine.applyPort(port));
  const three = await lab.guest(port);
  expect(await three.lease(lab.folder)).toContain('10.0.0.13');
  expect(await three.reaches('10.0.0.11')).toBe(true);
  await lab.engine.removePort(port.id);
});

test('a host that was renamed gets its network back', async () => {
  const { runDir, hostName } = lab.installation;
  const transact = (...operations: readonly object[]) =>
    callOnce(sockets.ovnSouthbound(runDir), 'transact', ['OVN_Southbound', ...operations]);
  const names = async () =>
    JSON.stringify(await transact({ op: 'select', table: 'Chassis', where: [], columns: ['name'] }));
  await transact(
    { op: 'update', table: 'Chassis', where: [], row: { name: 'former' } },
    { op: 'update', table: 'Encap', where: [], row: { chassis_name: 'former' } },
  );
  await lab.crash('ovn-controller');
  expect(await names()).toBe(JSON.stringify([{ rows: [{ name: hostName }] }]));
  await expect.poll(() => lab.outside.reaches(floatingAddress), { timeout: 10_000 }).toBe(true);
});

test('a tap is made for its owner once, brings its port up, and goes', async () => {
  const port = tenant.port(4);
  await lab.engine.applyPort(port);
  const nic = { portId: port.id, networkId: port.networkId, mac: port.mac, mtu: 1442 };
  const { plugger } = lab.host;
  expect(await plugger.plug(nic, 60_001)).toEqual({ ifname: tapName(port.id) });
  await lab.portIs(port.id, true);
  expect(await plugger.plug(nic, 60_001)).toEqual({ ifname: tapName(port.id) });
  const tap = await lab.inside.ip('-details', 'link', 'show', 'dev', tapName(port.id));
  expect(tap).toContain('mtu 1442');
  expect(tap).toContain('user 60001');
  await plugger.unplug(port.id);
  await plugger.unplug(port.id);
  await lab.portIs(port.id, false);
  await expect(lab.inside.ip('link', 'show', 'dev', tapName(port.id))).rejects.toThrow('does not exist');
  await lab.engine.removePort(port.id);
});

test('the hosts that carry packets are alive while their controller is', async () => {
  const [agent] = await lab.engine.agents();
  expect(agent).toMatchObject({ host: 'host1', alive: true });
  const controller = lab.supervisor.status().find(({ name }) => name === 'ovn-controller')?.pid;
  if (controller === undefined) throw new Error('the controller does not run');
  process.kill(controller, 'SIGSTOP');
  expect(await lab.engine.agents()).toMatchObject([{ host: 'host1', alive: false }]);
  process.kill(controller, 'SIGCONT');
  await expect.poll(() => lab.engine.agents(), { timeout: 10_000 }).toMatchObject([{ alive: true }]);
});

test('the northbound socket is for its group, the others are not', async () => {
  const modes = await lab.inside.run('stat', '-c', '%a %g', `${lab.installation.runDir}/ovn/ovnnb_db.sock`);
  expect(modes.trim()).toBe('660 65534');
  const ovs = await lab.inside.run('stat', '-c', '%a %g', `${lab.installation.runDir}/ovs`);
  expect(ovs.trim()).toBe('700 0');
});

test('the next host process finds the daemons running and takes them over', async () => {
  const next = createOvnHost({ installation: lab.installation, externalVeth: 'uplink', log: lab.log });
  await next.ready();
  const port = tenant.port(5);
  await next.plugger.plug({ portId: port.id, networkId: port.networkId, mac: port.mac, mtu: 1442 }, 60_000);
  await expect.poll(() => lab.openVSwitch.devicesOf('br-int')).toContain(tapName(port.id));
  await next.plugger.unplug(port.id);
  await next.close();
  expect(await lab.openVSwitch.devicesOf('br-ex')).toEqual(['uplink']);
});

test('all daemons together stay under 60 MB', async () => {
  const { total, each } = await lab.memory();
  console.log('PSS in KiB:', total, each);
  expect(total).toBeLessThan(60 * 1024);
});

test('removal takes everything out of the switch again', async () => {
  const { engine } = lab;
  await engine.removeRouter(tenant.router.id);
  for (const id of [port1.id, port2.id]) await engine.removePort(id);
  await engine.removeNetwork(tenant.network.id);
  await engine.removeNetwork(tenant.external.id);
  await engine.removeSecurityGroup(group.id);
  expect(await engine.inventory()).toEqual({ networks: [], ports: [], securityGroups: [], routers: [] });
  await expect.poll(() => lab.outside.reaches(floatingAddress), { timeout: 10_000 }).toBe(false);
});
