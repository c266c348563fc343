import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sockets } from '../../kernel/supervise/installation.ts';
import { createOvnHost } from './host.ts';
import { Tenant } from './testing/intents.ts';
import { Lab } from './testing/lab.ts';
import { type Namespace, said } from './testing/namespace.ts';

/** Two tenants who chose the same addresses. */
const [one, two] = [new Tenant(), new Tenant()];
const [portOne, portTwo] = [one.port(1), two.port(1)];
let lab: Lab;
let api: Server;
let guestOne: Namespace;
let guestTwo: Namespace;

/** In the place of `api`: says how it was asked. */
function serveApi(path: string, gid: number): Promise<unknown> {
  mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
  api = createServer((request, response) => response.end(JSON.stringify(request.headers))).listen(path);
  return once(api, 'listening').then(() => {
    chownSync(path, 0, gid);
    chmodSync(path, 0o660);
  });
}

beforeAll(async () => {
  lab = await Lab.open();
  await serveApi(sockets.metadata(lab.installation.runDir), lab.installation.users.proxy.gid);
  for (const tenant of [one, two]) {
    await lab.engine.applyNetwork(tenant.network);
    await lab.engine.applySecurityGroup({ ...tenant.group, rules: [] });
  }
  await lab.engine.applyPort(portOne);
  await lab.engine.applyPort(portTwo);
  guestOne = await lab.guest(portOne);
  guestTwo = await lab.guest(portTwo);
  for (const guest of [guestOne, guestTwo]) {
    expect(await guest.lease(lab.folder)).toBe('10.0.0.11 10.0.0.1 10.0.0.1 1442 vm1');
  }
});

afterAll(async () => {
  await lab?.close();
  api?.close();
});

async function ask(guest: Namespace, ...options: readonly string[]): Promise<IncomingHttpHeaders> {
  const url = 'http://169.254.169.254/latest/meta-data/';
  // Three seconds are enough for the first packet to be lost and sent again.
  const patience = ['--max-time', '5', '--retry', '3', '--retry-all-errors'];
  return JSON.parse(await guest.run('curl', '--silent', '--fail', ...patience, ...options, url));
}

test('a guest with an address by DHCP asks as its own network, though it may send nothing else', async () => {
  expect(await ask(guestOne)).toMatchObject({
    'x-metadata-network': one.network.id,
    'x-metadata-address': '10.0.0.11',
  });
});

test('another tenant with the same addresses asks as its own', async () => {
  expect(await ask(guestTwo)).toMatchObject({
    'x-metadata-network': two.network.id,
    'x-metadata-address': '10.0.0.11',
  });
});

test('what a guest says of itself does not count', async () => {
  const forged = [
    `X-Metadata-Network: ${two.network.id}`,
    'x-metadata-address: 10.0.0.12',
    'X-Forwarded-For: 10.0.0.12',
  ];
  const headers = await ask(guestOne, ...forged.flatMap((header) => ['--header', header]));
  expect(headers).toMatchObject({ 'x-metadata-network': one.network.id, 'x-metadata-address': '10.0.0.11' });
  expect(headers['x-forwarded-for']).toBeUndefined();
});

test('a guest that takes a neighbour’s address is not answered', async () => {
  await guestOne.ip('address', 'add', '10.0.0.12/24', 'dev', 'eth0');
  const asNeighbour = guestOne.run(
    'curl',
    '--silent',
    '--max-time',
    '2',
    '--interface',
    '10.0.0.12',
    'http://169.254.169.254/',
  );
  await expect(asNeighbour).rejects.toThrow();
  await guestOne.ip('address', 'delete', '10.0.0.12/24', 'dev', 'eth0');
});

test('behind the address there is the proxy, unprivileged, and nothing else', async () => {
  const listening = await lab.metadata.run('ss', '-Hltun');
  expect(listening.trim().split('\n')).toHaveLength(2);
  expect(listening.match(/169\.254\.169\.254%meta[0-9a-f]{11}:80 /g)).toHaveLength(2);
  const { pid } = lab.supervisor.status().find(({ name }) => name === 'metadata-proxy') ?? {};
  const status = await lab.metadata.run('cat', `/proc/${pid}/status`);
  expect(status).toMatch(/^Uid:\t65534\t65534/m);
  expect(status).toMatch(/^CapBnd:\t0000000000000000$/m);
});

test('no packet gets through the service’s namespace to another network, or to the cloud’s own addresses', async () => {
  const gateway = await lab.metadata.run('cat', '/proc/sys/net/ipv4/ip_forward');
  expect(gateway.trim()).toBe('0');
  // Its own group lets the other guest be reached by anybody, were there a way.
  expect(await said(guestTwo.tcp('echo', 80))).toBe('listening');
  await guestOne.ip('route', 'replace', '10.0.0.0/24', 'via', '169.254.169.254', 'dev', 'eth0', 'onlink');
  await guestOne.ip('route', 'replace', '172.24.4.2/32', 'via', '169.254.169.254', 'dev', 'eth0', 'onlink');
  for (const address of ['10.0.0.12', '172.24.4.2'])
    expect(await said(guestOne.tcp('probe', address, 80))).toBe('closed');
  await guestOne.ip('route', 'delete', '172.24.4.2/32');
  await guestOne.ip('route', 'replace', '10.0.0.0/24', 'dev', 'eth0');
});

test('the proxy dies, the switch dies, the host process is replaced: guests are answered again', async () => {
  await lab.crash('metadata-proxy');
  expect(await ask(guestOne)).toMatchObject({ 'x-metadata-network': one.network.id });
  await lab.crash('ovs-vswitchd');
  expect(await ask(guestTwo)).toMatchObject({ 'x-metadata-network': two.network.id });
  const next = createOvnHost({ installation: lab.installation, externalVeth: 'uplink', log: lab.log });
  await next.ready();
  expect(await ask(guestOne)).toMatchObject({ 'x-metadata-network': one.network.id });
  await next.close();
});

test('a network’s link goes with its last guest, and comes back with the next', async () => {
  const devices = async () =>
    (await lab.metadata.ip('-brief', 'link', 'show', 'type', 'veth')).trim().split('\n').length;
  expect(await devices()).toBe(2);
  await lab.engine.removePort(portTwo.id);
  await expect.poll(devices, { timeout: 15_000 }).toBe(1);
  expect(await ask(guestOne)).toMatchObject({ 'x-metadata-network': one.network.id });
  await lab.engine.applyPort(portTwo);
  await lab.portIs(portTwo.id, true);
  expect(await ask(guestTwo)).toMatchObject({ 'x-metadata-network': two.network.id });
});

test('removal of the networks takes everything away', async () => {
  for (const tenant of [one, two]) await lab.engine.removeNetwork(tenant.network.id);
  const left = async () => (await lab.metadata.ip('-brief', 'link', 'show', 'type', 'veth')).trim();
  await expect.poll(left, { timeout: 15_000 }).toBe('');
  expect((await lab.openVSwitch.devicesOf('br-int')).filter((name) => name.startsWith('meta'))).toEqual([]);
});
