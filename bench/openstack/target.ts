import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accessFromEnvironment, type CallOptions, type OpenStack, openStack } from '../../src/client/index.ts';

/** A cloud that is measured: any OpenStack, known by an openrc file. */
export interface Target {
  readonly cloud: OpenStack;
  readonly credentials: Readonly<Record<string, string>>;
  readonly flavorId: string;
  readonly imageId: string;
  readonly networkId: string;
  /** Takes away what `openTarget` made. */
  close(): Promise<void>;
}

/** The prefix of everything that the bench makes. */
export const prefix = 'andromede-bench';

/** Signs in by an openrc file (a shell script that sets `OS_…`) and makes the network that servers and ports are made on. */
export async function openTarget(openrc: string): Promise<Target> {
  const said = execFileSync('env', ['-i', 'sh', '-c', '. "$0"; env -0', resolve(openrc)], { encoding: 'utf8' });
  const credentials = Object.fromEntries(said.split('\0').map((line) => line.split(/=(.*)/s) as [string, string]));
  const access = accessFromEnvironment(credentials);
  if (access === undefined) throw new Error(`${openrc} sets no OS_AUTH_URL`);
  const cloud = openStack(access);
  const [flavor] = [...(await cloud.compute.listFlavors())].sort((a, b) => a.memoryMiB - b.memoryMiB);
  const [image] = await cloud.image.listImages();
  if (flavor === undefined || image === undefined) throw new Error(`${openrc}: a flavor and an image are needed`);
  await liftQuotas(cloud);
  const network = await created(cloud, 'network', '/networks', { network: { name: prefix } });
  const subnet = { network_id: network, ip_version: 4, cidr: '10.77.0.0/16' };
  await created(cloud, 'network', '/subnets', { subnet });
  const target = { cloud, credentials, flavorId: flavor.id, imageId: image.id, networkId: network };
  return {
    ...target,
    async close() {
      await deleteServers({ ...target, close: async () => undefined }, prefix);
      await deletePorts(cloud);
      await call(cloud, 'network', 'DELETE', `/networks/${network}`);
      cloud.close();
    },
  };
}

/** What is measured is the cloud, not its patience with one project. */
async function liftQuotas(cloud: OpenStack): Promise<void> {
  const { project } = await cloud.session.current();
  if (project === undefined) throw new Error('the credentials are not scoped to a project');
  const quota_set = { instances: -1, cores: -1, ram: -1 };
  await call(cloud, 'compute', 'PUT', `/os-quota-sets/${project.id}`, { json: { quota_set } });
  await call(cloud, 'network', 'PUT', `/quotas/${project.id}`, {
    json: { quota: { port: -1, network: -1, subnet: -1 } },
  });
}

async function created(cloud: OpenStack, type: string, path: string, json: Record<string, object>): Promise<string> {
  const answer = (await call(cloud, type, 'POST', path, { json })) as Record<string, { id: string }>;
  const [made] = Object.values(answer);
  if (made === undefined) throw new Error(`POST ${path} answered nothing`);
  return made.id;
}

/** Calls a service by its type; the network and image services are spoken to below their version. */
export async function call(
  cloud: OpenStack,
  type: string,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<unknown> {
  return (await cloud.service(type).call(method, `${await versionPath(cloud, type)}${path}`, options)).json;
}

/** A service's URL below which its resources are. */
export async function urlOf({ cloud }: Target, type: string): Promise<string> {
  return `${await cloud.session.endpoint(type)}${await versionPath(cloud, type)}`;
}

async function versionPath(cloud: OpenStack, type: string): Promise<string> {
  const version = { network: '/v2.0', image: '/v2' }[type] ?? '';
  return (await cloud.session.endpoint(type)).endsWith(version) ? '' : version;
}

/** The microversion from which servers may be made without a network. */
const microversion = { 'OpenStack-API-Version': 'compute 2.37', 'X-OpenStack-Nova-API-Version': '2.37' };

/** Asks for a server; resolves when it is accepted. */
export async function createServer(target: Target, name: string, withNetwork: boolean): Promise<string> {
  const networks = withNetwork ? [{ uuid: target.networkId }] : 'none';
  const server = { name, flavorRef: target.flavorId, imageRef: target.imageId, networks };
  return createdServer(target.cloud, { server });
}

async function createdServer(cloud: OpenStack, json: object): Promise<string> {
  const answer = await call(cloud, 'compute', 'POST', '/servers', { json, headers: microversion });
  return (answer as { server: { id: string } }).server.id;
}

/** How many servers whose name begins so are in that state. Asks for ids only, so that watching slows little. */
export async function countServers({ cloud }: Target, begin: string, status: string): Promise<number> {
  const query = { name: `^${begin}`, status, limit: 1000 };
  const answer = await call(cloud, 'compute', 'GET', '/servers', { query });
  return (answer as { servers: unknown[] }).servers.length;
}

/** Waits until so many servers are ACTIVE, asking at most about a tenth of the time. */
export async function allActive(target: Target, begin: string, wanted: number): Promise<void> {
  for (;;) {
    const asked = performance.now();
    if ((await countServers(target, begin, 'ACTIVE')) >= wanted) return;
    if ((await countServers(target, begin, 'ERROR')) > 0) throw new Error(`a server ${begin}… is in ERROR`);
    await sleep(Math.min(2000, Math.max(20, 9 * (performance.now() - asked))));
  }
}

/** Deletes the servers whose names begin so, and waits until they are gone. */
export async function deleteServers(target: Target, begin: string): Promise<void> {
  for (;;) {
    const query = { name: `^${begin}`, limit: 1000 };
    const answer = await call(target.cloud, 'compute', 'GET', '/servers', { query });
    const { servers } = answer as { servers: { id: string }[] };
    if (servers.length === 0) return;
    await inParallel(servers, 8, ({ id }) => target.cloud.compute.deleteServer(id));
    await sleep(200);
  }
}

/** Deletes the ports that the bench made. Some were still being made when their client had gone. */
export async function deletePorts(cloud: OpenStack): Promise<void> {
  const query = { name: prefix, fields: 'id' };
  for (let empty = 0; empty < 2; ) {
    const { ports } = (await call(cloud, 'network', 'GET', '/ports', { query })) as { ports: { id: string }[] };
    await inParallel(ports, 8, ({ id }) => call(cloud, 'network', 'DELETE', `/ports/${id}`));
    empty = ports.length === 0 ? empty + 1 : 0;
    await sleep(500);
  }
}

/** Does something for each, some at once. */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
