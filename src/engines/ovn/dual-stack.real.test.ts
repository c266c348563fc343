import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ipv6Mode } from '../../cloud/network/ports.ts';
import { newId } from '../../kernel/base/ids.ts';
import { rule, Tenant } from './testing/intents.ts';
import { Lab } from './testing/lab.ts';
import { type Namespace, said } from './testing/namespace.ts';

const tenant = new Tenant();
const group = {
  ...tenant.group,
  rules: [
    ...tenant.group.rules,
    rule({ direction: 'egress', ethertype: 'IPv6' }),
    rule({ protocol: 'icmp' }),
    rule({ ethertype: 'IPv6', protocol: 'ipv6-icmp' }),
    rule({ protocol: 'udp', portRangeMin: 68, portRangeMax: 68 }),
    rule({ protocol: 'tcp', portRangeMin: 8000, portRangeMax: 8099 }),
  ],
};
/** A network of one IPv6 subnet, as guests with this way of getting addresses see it. */
function network6(prefix: string, ipv6AddressMode: Ipv6Mode) {
  const id = newId();
  const subnet = {
    ...{ id: newId(), networkId: id, cidr: `${prefix}::/64`, gatewayIp: `${prefix}::1`, enableDhcp: true },
    ...{ dnsNameservers: [`${prefix}::53`], hostRoutes: [], ipv6AddressMode },
  };
  const leg = {
    ...{ portId: newId(), networkId: id, cidrs: [`${prefix}::1/64`] },
    announces: { addressMode: ipv6AddressMode, mtu: 1442 },
  };
  return { intent: { id, name: prefix, mtu: 1442, external: false, dnsDomain: null, subnets: [subnet] }, subnet, leg };
}

const slaac = network6('fd00:1', 'slaac');
const stateful = network6('fd00:2', 'dhcpv6-stateful');
const stateless = network6('fd00:3', 'dhcpv6-stateless');
const router = {
  ...tenant.router,
  interfaces: [
    ...tenant.router.interfaces,
    { ...slaac.leg, mac: 'fa:16:3e:ff:00:11' },
    { ...stateful.leg, mac: 'fa:16:3e:ff:00:12' },
    { ...stateless.leg, mac: 'fa:16:3e:ff:00:13' },
  ],
};

/** A port with an address of one of these networks. */
const portOn = ({ intent, subnet }: typeof slaac, n: number, ipAddress: string) =>
  tenant.port(n, { networkId: intent.id, fixedIps: [{ subnetId: subnet.id, ipAddress }] });
const [one, two, given, informed] = [
  portOn(slaac, 1, 'fd00:1::f816:3eff:fe00:1'),
  portOn(slaac, 2, 'fd00:1::f816:3eff:fe00:2'),
  portOn(stateful, 3, 'fd00:2::33'),
  portOn(stateless, 4, 'fd00:3::f816:3eff:fe00:4'),
] as const;
const [four, five] = [tenant.port(5), tenant.port(6)];
let lab: Lab;
let guests: Record<'one' | 'two' | 'given' | 'informed' | 'four' | 'five', Namespace>;

beforeAll(async () => {
  lab = await Lab.open();
  const { engine } = lab;
  const networks = [tenant.external, tenant.network, slaac.intent, stateful.intent, stateless.intent];
  for (const network of networks) await engine.applyNetwork(network);
  await engine.applySecurityGroup(group);
  await engine.applyRouter(router);
  for (const port of [one, two, given, informed, four, five]) await engine.applyPort(port);
  guests = {
    one: await lab.guest(one),
    two: await lab.guest(two),
    given: await lab.guest(given),
    informed: await lab.guest(informed),
    four: await lab.guest(four),
    five: await lab.guest(five),
  };
  for (const guest of Object.values(guests)) await guest.solicit();
});

afterAll(() => lab?.close());

const lastLine = (text: string) => text.trim().split('\n').at(-1);

const has = (guest: Namespace, address: string) =>
  expect.poll(() => guest.addresses6(), { timeout: 15_000 }).toContain(address);

test('a guest makes itself the address that its port has, of what the router announces', async () => {
  await has(guests.one, 'fd00:1::f816:3eff:fe00:1');
  await has(guests.two, 'fd00:1::f816:3eff:fe00:2');
  expect(await guests.one.reaches('fd00:1::f816:3eff:fe00:2')).toBe(true);
  expect(await guests.one.reaches('fd00:1::1')).toBe(true);
});

test('a guest is given its address by DHCPv6 where the subnet says so', async () => {
  expect(await guests.given.lease6(lab.folder)).toBe('fd00:2::33 fd00:2::53');
  // The router says that there are addresses to ask for, and does not have guests make them.
  expect(await guests.given.addresses6()).toEqual(['fd00:2::33']);
});

test('a guest that makes its own address is told the resolvers by DHCPv6', async () => {
  await has(guests.informed, 'fd00:3::f816:3eff:fe00:4');
  expect(await guests.informed.lease6(lab.folder, '-S')).toBe('fd00:3::53');
});

test('IPv6 goes through the router between networks, untranslated', async () => {
  await has(guests.one, 'fd00:1::f816:3eff:fe00:1');
  expect(await guests.one.reaches('fd00:2::33')).toBe(true);
  expect(await guests.given.reaches('fd00:3::f816:3eff:fe00:4')).toBe(true);
});

test('on a network without IPv6 nobody is heard in IPv6, unless port security is off', async () => {
  for (const guest of [guests.four, guests.five]) await guest.lease(lab.folder);
  const announce = async () => {
    await guests.four.forge('router', 'fd00:bad');
    // What was sent before this has been carried, or not, when it is answered.
    expect(await guests.four.reaches('10.0.0.16')).toBe(true);
    return guests.five.addresses6();
  };
  expect(await announce()).toEqual([]);
  const open = { portSecurity: false, securityGroupIds: [] };
  await lab.engine.applyPort({ ...five, ...open });
  await lab.engine.applyPort({ ...four, ...open });
  await expect.poll(announce, { timeout: 15_000 }).toContain('fd00:bad::f816:3eff:fe00:6');
  for (const port of [four, five]) await lab.engine.applyPort(port);
});

test('a guest answers nobody’s question for an address', async () => {
  const heard = async () => {
    const hearing = guests.five.forge('hear', '1');
    await guests.four.forge('dhcp');
    return lastLine(await hearing);
  };
  expect(await heard()).toBe('nothing');
  await lab.engine.applyPort({ ...four, portSecurity: false, securityGroupIds: [] });
  await expect.poll(heard, { timeout: 15_000 }).toBe('offer 0');
  await lab.engine.applyPort(four);
});

test('a guest is heard under its own addresses and its pairs’, and under no other', async () => {
  await guests.four.ip('address', 'add', '10.0.0.99/24', 'dev', 'eth0');
  const heard = () =>
    guests.four.run('busybox', 'ping', '-c', '1', '-W', '1', '-I', '10.0.0.99', '10.0.0.16').then(
      () => true,
      () => false,
    );
  // Port security may have been off a moment ago.
  await expect.poll(heard, { timeout: 15_000 }).toBe(false);
  await lab.engine.applyPort({ ...four, addressPairs: [{ ipAddress: '10.0.0.99', macAddress: four.mac }] });
  await expect.poll(heard, { timeout: 15_000 }).toBe(true);
  await lab.engine.applyPort(four);
  await expect.poll(heard, { timeout: 15_000 }).toBe(false);
  expect(await guests.four.reaches('10.0.0.16')).toBe(true);
  await guests.four.ip('link', 'set', 'dev', 'eth0', 'address', 'fa:16:3e:00:00:77');
  expect(await guests.four.reaches('10.0.0.16')).toBe(false);
  await guests.four.ip('link', 'set', 'dev', 'eth0', 'address', four.mac);
});

test('a port is given as much as its policy says, both ways', async () => {
  const limit = (direction: 'ingress' | 'egress') => ({
    ...{ direction, maxKbps: 8_000, maxBurstKbps: 0, dscpMark: null },
  });
  await lab.engine.applyPort({ ...four, qos: [limit('egress'), limit('ingress')] });
  // 24 megabits, of which little more than a half fits into the bucket.
  const bytes = 3_000_000;
  let tcpPort = 8001;
  const seconds = async (server: Namespace, client: Namespace, address: string) => {
    tcpPort += 1;
    expect(await said(server.tcp('serve', tcpPort, bytes))).toBe('listening');
    const start = performance.now();
    expect(await said(client.tcp('fetch', address, tcpPort))).toBe(`received ${bytes}`);
    return (performance.now() - start) / 1000;
  };
  const egress = () => seconds(guests.four, guests.five, '10.0.0.15');
  const ingress = () => seconds(guests.five, guests.four, '10.0.0.16');
  for (const way of [egress, ingress]) await expect.poll(way, { timeout: 30_000 }).toBeGreaterThan(0.8);
  await lab.engine.applyPort(four);
});

test('a port’s packets are put into the class that its policy says', async () => {
  const mark = { direction: 'egress', maxKbps: null, maxBurstKbps: null, dscpMark: 46 } as const;
  const heard = async () => {
    const hearing = guests.five.forge('hear', '1');
    await guests.four.forge('say', '10.0.0.16');
    return lastLine(await hearing);
  };
  await lab.engine.applyPort({ ...four, qos: [mark] });
  await expect.poll(heard, { timeout: 15_000 }).toBe('hello 46');
  await lab.engine.applyPort(four);
});
