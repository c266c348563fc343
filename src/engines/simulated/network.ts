import { isDeepStrictEqual } from 'node:util';
import type {
  NetworkEngine,
  NetworkIntent,
  PortIntent,
  RouterIntent,
  SecurityGroupIntent,
} from '../../cloud/network/ports.ts';
import { notFound } from '../../kernel/base/errors.ts';
import { type Effect, Effects, passBefore, readEffects, type SimulationOptions } from './effects.ts';

type Kind = 'network' | 'port' | 'securityGroup' | 'router';
type Intent = NetworkIntent | PortIntent | SecurityGroupIntent | RouterIntent;
type World = Record<Kind, Map<string, Intent>>;
type PortEvent = { readonly portId: string; readonly up: boolean };

/** A network engine that remembers intents and carries no packet. A port is up as soon as a host has it and it is meant to be. */
export function simulatedNetworkEngine(options: SimulationOptions = {}): NetworkEngine {
  const effects = new Effects(options);
  const world: World = { network: new Map(), port: new Map(), securityGroup: new Map(), router: new Map() };
  const listeners = new Set<(event: PortEvent) => void>();
  for (const effect of readEffects(options.dir)) replay(world, effect);

  async function apply(kind: Kind, intent: Intent): Promise<void> {
    await passBefore(options, `apply ${kind}`, intent.id);
    const before = world[kind].get(intent.id);
    if (isDeepStrictEqual(before, intent)) return;
    const what = before === undefined ? 'create' : 'update';
    replay(world, effects.record(`${kind}.${what}`, intent.id, { intent: structuredClone(intent) }));
  }

  async function remove(kind: Kind, id: string): Promise<void> {
    await passBefore(options, `remove ${kind}`, id);
    if (world[kind].has(id)) replay(world, effects.record(`${kind}.remove`, id));
  }

  return {
    applyNetwork: (network) => apply('network', network),
    removeNetwork: (id) => remove('network', id),
    async applyPort(port) {
      assertKnown(world, port);
      const before = world.port.get(port.id) as PortIntent | undefined;
      await apply('port', port);
      if (before !== undefined && isUp(before) === isUp(port)) return;
      for (const listener of listeners) listener({ portId: port.id, up: isUp(port) });
    },
    removePort: (id) => remove('port', id),
    applySecurityGroup: (group) => apply('securityGroup', group),
    removeSecurityGroup: (id) => remove('securityGroup', id),
    applyRouter: (router) => apply('router', router),
    removeRouter: (id) => remove('router', id),
    async inventory() {
      return {
        networks: [...world.network.keys()],
        ports: [...world.port.keys()],
        securityGroups: [...world.securityGroup.keys()],
        routers: [...world.router.keys()],
      };
    },
    agents: async () => [{ host: 'simulated', alive: true, seenAt: new Date() }],
    watch(listener, signal) {
      if (signal.aborted) return;
      listeners.add(listener);
      signal.addEventListener('abort', () => listeners.delete(listener), { once: true });
      for (const port of world.port.values()) listener({ portId: port.id, up: isUp(port as PortIntent) });
    },
  };
}

function isUp({ adminStateUp, hostName }: PortIntent): boolean {
  return adminStateUp && hostName !== null;
}

/** As the real engine does: what a port names must have been applied before. */
function assertKnown({ network, securityGroup }: World, port: PortIntent): void {
  if (!network.has(port.networkId)) throw notFound('Network', port.networkId);
  const unknown = port.securityGroupIds.find((id) => !securityGroup.has(id));
  if (unknown !== undefined) throw notFound('Security group', unknown);
}

function replay(world: World, { effect, id, intent }: Effect): void {
  const [kind = '', what] = effect.split('.');
  if (!(kind in world)) return;
  if (what === 'remove') world[kind as Kind].delete(id);
  else world[kind as Kind].set(id, intent as Intent);
}
