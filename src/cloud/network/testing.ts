import { systemClock } from '../../kernel/base/clock.ts';
import { notFound } from '../../kernel/base/errors.ts';
import { type TestStore, testCloud } from '../../kernel/testing/index.ts';
import { createWork } from '../../kernel/work/index.ts';
import { createNetwork, type NetworkApi } from './index.ts';
import type { NetworkEngine, NetworkIntent, PortIntent, RouterIntent, SecurityGroupIntent } from './ports.ts';

/** Tests only: an engine that remembers what it was told, and is as strict about the order as a real one. */
export interface RecordingEngine extends NetworkEngine {
  readonly networks: ReadonlyMap<string, NetworkIntent>;
  readonly ports: ReadonlyMap<string, PortIntent>;
  readonly groups: ReadonlyMap<string, SecurityGroupIntent>;
  readonly routers: ReadonlyMap<string, RouterIntent>;
  /** Says that a port's data path came up or went down. */
  tell(portId: string, up: boolean): void;
  /** Forgets everything, as an engine whose database was lost. */
  forget(): void;
  /** Has every call fail until it is called again with undefined. */
  fail(error: Error | undefined): void;
  /** Resolves when what is asked about has come true. */
  until(what: string, come: (engine: RecordingEngine) => boolean): Promise<void>;
}

export function recordingEngine(): RecordingEngine {
  const networks = new Map<string, NetworkIntent>();
  const ports = new Map<string, PortIntent>();
  const groups = new Map<string, SecurityGroupIntent>();
  const routers = new Map<string, RouterIntent>();
  const listeners = new Set<(event: { portId: string; up: boolean }) => void>();
  const waiting = new Set<() => void>();
  let failure: Error | undefined;

  function attempt(): void {
    if (failure !== undefined) throw failure;
  }
  function changed(): void {
    for (const look of [...waiting]) look();
  }
  function put<I extends { readonly id: string }>(held: Map<string, I>, intent: I): void {
    held.set(intent.id, intent);
    changed();
  }
  function drop(held: Map<string, unknown>, id: string): void {
    attempt();
    held.delete(id);
    changed();
  }

  const engine: RecordingEngine = {
    networks,
    ports,
    groups,
    routers,
    async applyNetwork(network) {
      attempt();
      put(networks, network);
    },
    async applyPort(port) {
      attempt();
      const network = networks.get(port.networkId);
      if (network === undefined) throw notFound('Network', port.networkId);
      for (const { subnetId } of port.fixedIps) {
        if (!network.subnets.some(({ id }) => id === subnetId)) throw notFound('Subnet', subnetId);
      }
      for (const id of port.securityGroupIds) if (!groups.has(id)) throw notFound('Security group', id);
      put(ports, port);
    },
    async applySecurityGroup(group) {
      attempt();
      put(groups, group);
    },
    async applyRouter(router) {
      attempt();
      for (const leg of router.interfaces) {
        if (!networks.has(leg.networkId)) throw notFound('Network', leg.networkId);
      }
      put(routers, router);
    },
    removeNetwork: async (id) => drop(networks, id),
    removePort: async (id) => drop(ports, id),
    removeSecurityGroup: async (id) => drop(groups, id),
    removeRouter: async (id) => drop(routers, id),
    inventory: async () => ({
      networks: [...networks.keys()],
      ports: [...ports.keys()],
      securityGroups: [...groups.keys()],
      routers: [...routers.keys()],
    }),
    agents: async () => [{ host: 'host1', alive: failure === undefined, seenAt: new Date('2026-01-02T03:04:05Z') }],
    watch(listener, signal) {
      listeners.add(listener);
      signal.addEventListener('abort', () => listeners.delete(listener));
    },
    tell(portId, up) {
      for (const listener of listeners) listener({ portId, up });
    },
    forget() {
      for (const held of [networks, ports, groups, routers]) held.clear();
    },
    fail(error) {
      failure = error;
    },
    until: (what, come) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`never came true: ${what}`)), 10_000);
        const look = () => {
          if (!come(engine)) return;
          clearTimeout(late);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
  return engine;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape.
type Json = any;

/** Tests only: the service behind a real HTTP server, on a recording engine. */
export interface TestNetwork {
  readonly api: NetworkApi;
  readonly engine: RecordingEngine;
  /** The body of the expected answer; an answer with another status fails the test. */
  call(
    token: string | null,
    method: string,
    path: string,
    body?: unknown,
    status?: number,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Json>;
  /** Looks at everything, as at the start of a process. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

const expected: Readonly<Record<string, number>> = { GET: 200, POST: 201, PUT: 200, DELETE: 204 };

export async function testNetwork(store: TestStore, engine = recordingEngine()): Promise<TestNetwork> {
  const cloud = testCloud(store);
  const module = createNetwork({ ...cloud.deps, engine });
  await cloud.serve([module]);
  return {
    api: module.api,
    engine,
    async call(token, method, path, body, status = expected[method], headers = {}) {
      const answer = await cloud.call(token, method, `/network${path}`, { json: body, headers });
      if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return answer.body;
    },
    async sweep() {
      const work = createWork({ store, clock: systemClock, log: store.log });
      createNetwork({ ...cloud.deps, work, engine });
      await work.run();
      await work.stop();
    },
    close: () => cloud.close(),
  };
}

/** Tests only: one caller of the API, with the requests that most tests begin with. */
export function clientOf(cloud: () => TestNetwork, token: string) {
  const call = (method: string, path: string, body?: unknown, status?: number) =>
    cloud().call(token, method, path, body, status);
  const make = (path: string, key: string) => async (attributes: object, status?: number) => {
    const answer = await call('POST', `/v2.0/${path}`, { [key]: attributes }, status);
    return status === undefined ? answer[key] : answer.NeutronError;
  };
  const client = {
    call,
    network: make('networks', 'network'),
    subnet: make('subnets', 'subnet'),
    port: make('ports', 'port'),
    router: make('routers', 'router'),
    floatingIp: make('floatingips', 'floatingip'),
    group: make('security-groups', 'security_group'),
    rule: make('security-group-rules', 'security_group_rule'),
    /** The `NeutronError` of a request that is refused. */
    refused: async (status: number, method: string, path: string, body?: unknown) =>
      (await call(method, path, body, status)).NeutronError,
    /** A network with one subnet. */
    async lan(cidr = '10.1.0.0/24') {
      const network = await client.network({ name: 'lan' });
      const subnet = await client.subnet({ network_id: network.id, cidr, ip_version: 4 });
      return { network, subnet };
    },
    /** A network with one subnet, behind a router with a gateway. */
    async routed(externalId: string, cidr?: string) {
      const { network, subnet } = await client.lan(cidr);
      const router = await client.router({ name: 'r', external_gateway_info: { network_id: externalId } });
      await call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
      return { network, subnet, router };
    },
  };
  return client;
}
