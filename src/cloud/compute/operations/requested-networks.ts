import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { derivedId, isUuid } from '../../../kernel/base/ids.ts';
import type { ServerNetworks } from '../collaborators.ts';
import type { Nic } from '../domain/server.ts';

/** One network card as a request asks for it: on a network, or at a port that exists. */
export interface RequestedNetwork {
  readonly uuid?: string;
  readonly port?: string | null;
  readonly fixedIp?: string;
  readonly tag?: string;
}

/** `auto`: the one network that the project has, made if need be; `none`: no network. */
export type RequestedNetworks = readonly RequestedNetwork[] | 'auto' | 'none';

/** A network card whose port is not named yet, as servers of one request each have their own. */
export type WantedNic = Omit<Nic, 'portId'> & { readonly portId: string | null };

/** Checks what was asked for with the network service, as its caller; 400 says which network or port is wrong. */
export async function wantedNics(
  networks: ServerNetworks,
  context: Context,
  requested: RequestedNetworks | undefined,
): Promise<WantedNic[]> {
  if (requested === 'none') return [];
  if (requested === undefined || requested === 'auto' || requested.length === 0) {
    return defaultNic(networks, context, requested === 'auto');
  }
  const nics = await Promise.all(requested.map((network) => wantedNic(networks, context, network)));
  const ports = nics.map(({ portId }) => portId).filter((id) => id !== null);
  if (new Set(ports).size < ports.length) throw badRequest('A port was given twice.');
  return nics;
}

async function defaultNic(networks: ServerNetworks, context: Context, must: boolean): Promise<WantedNic[]> {
  const available = await networks.defaultNetworks(context);
  if (available.length > 1) {
    throw conflict('Multiple possible networks found, use a Network ID to be more specific.');
  }
  const network = available[0] ?? (must ? await autoNetwork(networks, context) : undefined);
  if (network === undefined) return [];
  return [{ portId: null, networkId: network.id, fixedIp: null, tag: null, ours: true }];
}

async function autoNetwork(networks: ServerNetworks, context: Context): Promise<{ readonly id: string }> {
  try {
    return await networks.ensureAutoNetwork(context);
  } catch (error) {
    if (!(error instanceof Fault) || error.status >= 500) throw error;
    const why = error.message;
    throw badRequest(`Unable to automatically allocate a network for project ${context.projectId}: ${why}`);
  }
}

async function wantedNic(
  networks: ServerNetworks,
  context: Context,
  { uuid, port, ...asked }: RequestedNetwork,
): Promise<WantedNic> {
  const fixedIp = asked.fixedIp ?? null;
  const tag = asked.tag ?? null;
  if (typeof port === 'string') {
    if (fixedIp !== null) throw badRequest('Specified Fixed IP cannot be used with port: choose one.');
    const found = await asBadRequest(networks.getPort(context, port), `Port id ${port} could not be found.`);
    if (found.deviceId !== '') throw conflict(`Port ${port} is still in use.`);
    if (found.fixedIps.length === 0) throw badRequest(`Port ${port} requires a FixedIP in order to be used.`);
    return { portId: port, networkId: null, fixedIp: null, tag, ours: false };
  }
  if (uuid === undefined || !isUuid(uuid)) {
    throw badRequest(`Bad networks format: network uuid is not in proper format (${String(uuid).slice(0, 64)})`);
  }
  const network = await asBadRequest(networks.getNetwork(context, uuid), `Network ${uuid} could not be found.`);
  return { portId: null, networkId: network.id, fixedIp, tag, ours: true };
}

async function asBadRequest<T>(found: Promise<T>, message: string): Promise<T> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Fault && (error.code === 'notFound' || error.code === 'forbidden')) throw badRequest(message);
    throw error;
  }
}

/** The ids of the security groups that a request names, by name or id; undefined when it names none. */
export async function securityGroupIds(
  networks: ServerNetworks,
  context: Context,
  names: readonly string[] | undefined,
): Promise<string[]> {
  // `default` alone is what the network service gives by itself.
  if (names === undefined || names.every((name) => name === 'default')) return [];
  const groups = await networks.listSecurityGroups(context);
  return [...new Set(names)].map((name) => {
    const byId = groups.find(({ id }) => id === name);
    const byName = groups.filter((group) => group.name === name);
    if (byId === undefined && byName.length > 1) {
      throw conflict(`Multiple security groups are named '${name}': use an id to be more specific.`);
    }
    const group = byId ?? byName[0];
    if (group === undefined) throw badRequest(`Unable to find security_group with name or id '${name}'`);
    return group.id;
  });
}

/** The server's network cards with their ports' names, which follow from the server's, so that a repeat makes no others. */
export function nicsOf(serverId: string, wanted: readonly WantedNic[]): Nic[] {
  return wanted.map((nic, index) => ({
    ...nic,
    portId: nic.portId ?? derivedId('compute.port', serverId, String(index)),
  }));
}
