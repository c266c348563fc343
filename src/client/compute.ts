import { ifFound, onlyOne, pathOf, type ServiceClient } from './service.ts';

/** A server (Compute API 2.1). */
export interface Server {
  readonly id: string;
  readonly name: string;
  /** `BUILD`, `ACTIVE`, `SHUTOFF`, `ERROR`… */
  readonly status: string;
  readonly projectId: string;
  readonly flavorId: string;
  /** Undefined for a server that boots from a volume. */
  readonly imageId: string | undefined;
  readonly keyName: string | undefined;
  readonly createdAt: string;
  /** By name of the network. */
  readonly addresses: Readonly<Record<string, readonly ServerAddress[]>>;
  /** Why it is in `ERROR`. */
  readonly fault: string | undefined;
}

export interface ServerAddress {
  readonly address: string;
  readonly version: 4 | 6;
  readonly kind: 'fixed' | 'floating';
}

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
}

export interface Keypair {
  readonly name: string;
  readonly fingerprint: string;
  readonly publicKey: string;
}

export interface NewServer {
  readonly name: string;
  readonly imageId: string;
  readonly flavorId: string;
  readonly networkIds?: readonly string[];
  readonly securityGroups?: readonly string[];
  readonly keyName?: string;
  /** As plain text. */
  readonly userData?: string;
}

/** The calls of Nova. */
export interface ComputeClient {
  listServers(filter?: { readonly name?: string; readonly allProjects?: boolean }): Promise<readonly Server[]>;
  findServer(id: string): Promise<Server | undefined>;
  createServer(server: NewServer): Promise<{ readonly id: string }>;
  /** Starts the deletion; false when there is no such server. */
  deleteServer(id: string): Promise<boolean>;
  startServer(id: string): Promise<void>;
  stopServer(id: string): Promise<void>;
  /** What the guest printed on its serial console; the last `lines` of it if given. */
  consoleOutput(id: string, lines?: number): Promise<string>;
  listFlavors(): Promise<readonly Flavor[]>;
  findFlavor(nameOrId: string): Promise<Flavor | undefined>;
  listKeypairs(): Promise<readonly Keypair[]>;
  importKeypair(name: string, publicKey: string): Promise<Keypair>;
  deleteKeypair(name: string): Promise<boolean>;
}

interface ServerView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly tenant_id: string;
  readonly flavor: { readonly id: string };
  readonly image: { readonly id: string } | '';
  readonly key_name: string | null;
  readonly created: string;
  readonly addresses: Readonly<Record<string, readonly AddressView[]>>;
  readonly fault?: { readonly message: string };
}

interface AddressView {
  readonly addr: string;
  readonly version: 4 | 6;
  readonly 'OS-EXT-IPS:type'?: 'fixed' | 'floating';
}

interface FlavorView {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
}

interface KeypairView {
  readonly keypair: { readonly name: string; readonly fingerprint: string; readonly public_key: string };
}

export function createComputeClient(nova: ServiceClient): ComputeClient {
  const act = async (id: string, action: unknown) =>
    (await nova.call('POST', pathOf`/servers/${id}/action`, { json: action })).json;

  async function listFlavors(): Promise<Flavor[]> {
    const { json } = await nova.call('GET', '/flavors/detail');
    return (json as { flavors: FlavorView[] }).flavors.map(flavorOf);
  }

  return {
    async listServers({ name, allProjects } = {}) {
      const query = {
        // Nova takes a regular expression.
        ...(name !== undefined && { name: `^${name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$` }),
        ...(allProjects && { all_tenants: 1 }),
      };
      const { json } = await nova.call('GET', '/servers/detail', { query });
      return (json as { servers: ServerView[] }).servers.map(serverOf);
    },
    async findServer(id) {
      const answer = await ifFound(nova.call('GET', pathOf`/servers/${id}`));
      return answer && serverOf((answer.json as { server: ServerView }).server);
    },
    async createServer(wanted) {
      const { json } = await nova.call('POST', '/servers', { json: { server: serverBody(wanted) } });
      return { id: (json as { server: { id: string } }).server.id };
    },
    async deleteServer(id) {
      return (await ifFound(nova.call('DELETE', pathOf`/servers/${id}`))) !== undefined;
    },
    async startServer(id) {
      await act(id, { 'os-start': null });
    },
    async stopServer(id) {
      await act(id, { 'os-stop': null });
    },
    async consoleOutput(id, lines) {
      const answer = await act(id, { 'os-getConsoleOutput': lines === undefined ? {} : { length: lines } });
      return (answer as { output: string }).output;
    },
    listFlavors,
    async findFlavor(nameOrId) {
      const flavors = await listFlavors();
      const named = flavors.filter(({ name }) => name === nameOrId);
      return flavors.find(({ id }) => id === nameOrId) ?? onlyOne('flavor', nameOrId, named);
    },
    async listKeypairs() {
      const { json } = await nova.call('GET', '/os-keypairs');
      return (json as { keypairs: KeypairView[] }).keypairs.map(keypairOf);
    },
    async importKeypair(name, publicKey) {
      const keypair = { name, public_key: publicKey };
      return keypairOf((await nova.call('POST', '/os-keypairs', { json: { keypair } })).json as KeypairView);
    },
    async deleteKeypair(name) {
      return (await ifFound(nova.call('DELETE', pathOf`/os-keypairs/${name}`))) !== undefined;
    },
  };
}

function serverBody({ name, imageId, flavorId, networkIds, securityGroups, keyName, userData }: NewServer): unknown {
  return {
    name,
    imageRef: imageId,
    flavorRef: flavorId,
    ...(networkIds && { networks: networkIds.map((uuid) => ({ uuid })) }),
    ...(securityGroups && { security_groups: securityGroups.map((group) => ({ name: group })) }),
    ...(keyName !== undefined && { key_name: keyName }),
    ...(userData !== undefined && { user_data: Buffer.from(userData).toString('base64') }),
  };
}

function serverOf(view: ServerView): Server {
  const addresses = Object.entries(view.addresses).map(([network, all]) => [
    network,
    all.map(({ addr, version, 'OS-EXT-IPS:type': kind = 'fixed' }) => ({ address: addr, version, kind })),
  ]);
  return {
    id: view.id,
    name: view.name,
    status: view.status,
    projectId: view.tenant_id,
    flavorId: view.flavor.id,
    imageId: view.image === '' ? undefined : view.image.id,
    keyName: view.key_name ?? undefined,
    createdAt: view.created,
    addresses: Object.fromEntries(addresses),
    fault: view.fault?.message,
  };
}

function flavorOf({ id, name, vcpus, ram, disk }: FlavorView): Flavor {
  return { id, name, vcpus, memoryMiB: ram, diskGiB: disk };
}

function keypairOf({ keypair }: KeypairView): Keypair {
  return { name: keypair.name, fingerprint: keypair.fingerprint, publicKey: keypair.public_key };
}
