import { queryOptions } from '@tanstack/react-query';
import { call } from './http.ts';
import { openStackList } from './list.ts';

const compute = '/compute/v2.1';
const headers = { 'OpenStack-API-Version': 'compute 2.79' };

export interface Address {
  readonly addr: string;
  readonly version: 4 | 6;
  readonly 'OS-EXT-IPS:type': 'fixed' | 'floating';
}

/** A server as Nova 2.79 shows it, as far as the pages read it. */
export interface Server {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly 'OS-EXT-STS:task_state': string | null;
  readonly addresses: Readonly<Record<string, readonly Address[]>>;
  readonly flavor: {
    readonly original_name: string;
    readonly vcpus: number;
    readonly ram: number;
    readonly disk: number;
  };
  /** An empty text when it boots from a volume. */
  readonly image: { readonly id: string } | '';
  readonly key_name: string | null;
  readonly created: string;
  readonly security_groups?: readonly { readonly name: string }[];
  readonly fault?: { readonly message: string };
}

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  /** MiB */
  readonly ram: number;
  /** GiB */
  readonly disk: number;
}

export interface KeyPair {
  readonly name: string;
  readonly type: string;
  readonly fingerprint: string;
}

export const servers = openStackList<Server>('servers', {
  ...{ path: `${compute}/servers/detail`, name: 'servers', headers },
  markerOf: ({ id }) => id,
});

export const serverQuery = (id: string) =>
  queryOptions({
    queryKey: ['cloud', 'server', id],
    queryFn: async () => (await call<{ server: Server }>('GET', `${compute}/servers/${id}`, { headers })).server,
  });

export const flavorsQuery = queryOptions({
  queryKey: ['flavors'],
  queryFn: async () => (await call<{ flavors: Flavor[] }>('GET', `${compute}/flavors/detail`, { headers })).flavors,
});

export const keyPairs = openStackList<{ readonly keypair: KeyPair }>('keypairs', {
  ...{ path: `${compute}/os-keypairs`, name: 'keypairs', headers },
  markerOf: ({ keypair }) => keypair.name,
});

export interface NewServer {
  readonly name: string;
  readonly imageRef: string;
  readonly flavorRef: string;
  readonly networkId: string;
  readonly keyName: string;
  readonly userData: string;
}

export async function createServer({
  name,
  imageRef,
  flavorRef,
  networkId,
  keyName,
  userData,
}: NewServer): Promise<string> {
  const server = {
    ...{ name, imageRef, flavorRef, networks: [{ uuid: networkId }] },
    ...(keyName === '' ? {} : { key_name: keyName }),
    ...(userData === '' ? {} : { user_data: base64(userData) }),
  };
  return (await call<{ server: { id: string } }>('POST', `${compute}/servers`, { body: { server }, headers })).server
    .id;
}

function base64(text: string): string {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(text)));
}

export type ServerAction = 'start' | 'stop' | 'reboot' | 'delete';

const actionBodies = {
  start: { 'os-start': null },
  stop: { 'os-stop': null },
  reboot: { reboot: { type: 'SOFT' } },
} as const;

export async function act(serverId: string, action: ServerAction): Promise<void> {
  const path = `${compute}/servers/${serverId}`;
  if (action === 'delete') return call('DELETE', path);
  await call('POST', `${path}/action`, { body: actionBodies[action], headers });
}

/** The end of what a server has said on its serial console. */
export async function consoleLog(serverId: string, lines: number): Promise<string> {
  const body = { 'os-getConsoleOutput': { length: lines } };
  return (await call<{ output: string }>('POST', `${compute}/servers/${serverId}/action`, { body })).output;
}

/** Adds a public key. */
export async function importKeyPair(name: string, publicKey: string): Promise<void> {
  const keypair = { name, type: 'ssh', public_key: publicKey };
  await call('POST', `${compute}/os-keypairs`, { body: { keypair }, headers });
}

export async function deleteKeyPair(name: string): Promise<void> {
  await call('DELETE', `${compute}/os-keypairs/${encodeURIComponent(name)}`);
}

/** A host as administrators see it (`os-hypervisors/detail`). */
export interface Hypervisor {
  readonly id: string;
  readonly hypervisor_hostname: string;
  readonly hypervisor_type: string;
  readonly state: 'up' | 'down';
  readonly status: string;
  readonly vcpus: number;
  readonly vcpus_used: number;
  readonly memory_mb: number;
  readonly memory_mb_used: number;
  readonly local_gb: number;
  readonly local_gb_used: number;
  readonly running_vms: number;
}

export const hypervisorsQuery = queryOptions({
  queryKey: ['cloud', 'hypervisors'],
  queryFn: async () =>
    (await call<{ hypervisors: Hypervisor[] }>('GET', `${compute}/os-hypervisors/detail`)).hypervisors,
});

/** The newest servers of all projects. */
export const allServersQuery = queryOptions({
  queryKey: ['cloud', 'all-servers'],
  queryFn: async () => {
    const query = { all_tenants: 1, limit: 1000 };
    return (await call<{ servers: Server[] }>('GET', `${compute}/servers/detail`, { headers, query })).servers;
  },
});

/** A process of the cloud, and whether it answers. */
export interface EngineState {
  readonly name: string;
  readonly host: string;
  readonly isUp: boolean;
}

/** The processes behind servers (`os-services`) and networks (Neutron's agents). */
export const enginesQuery = queryOptions({
  queryKey: ['cloud', 'engines'],
  async queryFn(): Promise<EngineState[]> {
    const [{ services }, { agents }] = await Promise.all([
      call<{ services: { binary: string; host: string; state: string }[] }>('GET', `${compute}/os-services`),
      call<{ agents: { binary: string; host: string; alive: boolean }[] }>('GET', '/network/v2.0/agents'),
    ]);
    return [
      ...services.map(({ binary, host, state }) => ({ name: binary, host, isUp: state === 'up' })),
      ...agents.map(({ binary, host, alive }) => ({ name: binary, host, isUp: alive })),
    ];
  },
});

/** Where the server's serial line is, once and within a minute; on this page's own host, which its policy allows. */
export async function serialConsoleSocket(serverId: string, signal: AbortSignal): Promise<string> {
  const body = { remote_console: { protocol: 'serial', type: 'serial' } };
  const { pathname, search } = new URL(await remoteConsole(serverId, body, signal));
  return `${location.origin.replace(/^http/, 'ws')}${pathname}${search}`;
}

/** A link that opens the server's screen, once and within a minute. */
export async function screenLink(serverId: string): Promise<string> {
  return remoteConsole(serverId, { remote_console: { protocol: 'vnc', type: 'novnc' } });
}

async function remoteConsole(serverId: string, body: object, signal?: AbortSignal): Promise<string> {
  const path = `${compute}/servers/${serverId}/remote-consoles`;
  const options = { body, headers, ...(signal === undefined ? {} : { signal }) };
  return (await call<{ remote_console: { url: string } }>('POST', path, options)).remote_console.url;
}
