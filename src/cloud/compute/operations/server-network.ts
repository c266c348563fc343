import { type Context, projectContext } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import type { PortRecord } from '../../network/index.ts';
import type { ServerRecord } from '../domain/server.ts';
import { recordAction, refuseLocked, stateConflict, visibleServer } from './servers.ts';
import type { ComputeSettings } from './settings.ts';

/** The server that is to be changed, and its ports as the network service knows them. */
async function portsToChange(
  settings: ComputeSettings,
  context: Context,
  id: string,
): Promise<{ server: ServerRecord; owner: Context; ports: PortRecord[] }> {
  const server = await visibleServer(settings.store.db, context, id);
  refuseLocked(context, server);
  const owner = projectContext(context.requestId, server.userId, server.projectId);
  const { network } = settings.proxied;
  const ports = await Promise.all(server.nics.map(({ portId }) => network.getPort(owner, portId)));
  return { server, owner, ports };
}

/** The group that is meant, by name or id; 404 and 400 in Nova's words. */
async function groupId(settings: ComputeSettings, context: Context, nameOrId: string): Promise<string> {
  const groups = await settings.proxied.network.listSecurityGroups(context);
  const found = groups.filter(({ id, name }) => id === nameOrId || name === nameOrId);
  if (found.length > 1) {
    throw new Fault(
      'conflict',
      `Multiple security_group matches found for name '${nameOrId}', use an ID to be more specific.`,
    );
  }
  const [group] = found;
  if (group === undefined) {
    throw new Fault('notFound', `Unable to find security_group with name or id '${nameOrId.slice(0, 255)}'`);
  }
  return group.id;
}

/** Lets the group's rules hold for all ports of the server's. */
export async function addSecurityGroup(
  settings: ComputeSettings,
  context: Context,
  id: string,
  name: string,
): Promise<undefined> {
  const { owner, ports } = await portsToChange(settings, context, id);
  const group = await groupId(settings, owner, name);
  if (ports.length === 0) throw badRequest(`Server ${id} has no port for the security group.`);
  for (const port of ports) {
    if (port.securityGroupIds.includes(group)) continue;
    await settings.proxied.network.updatePort(owner, port.id, { securityGroupIds: [...port.securityGroupIds, group] });
  }
}

export async function removeSecurityGroup(
  settings: ComputeSettings,
  context: Context,
  id: string,
  name: string,
): Promise<undefined> {
  const { owner, ports } = await portsToChange(settings, context, id);
  const group = await groupId(settings, owner, name);
  const inIt = ports.filter(({ securityGroupIds }) => securityGroupIds.includes(group));
  if (inIt.length === 0) throw new Fault('notFound', `Security group ${group} is not associated with instance ${id}`);
  for (const port of inIt) {
    const securityGroupIds = port.securityGroupIds.filter((other) => other !== group);
    await settings.proxied.network.updatePort(owner, port.id, { securityGroupIds });
  }
}

/** One more address of the network, for the server's port there. */
export async function addFixedIp(
  settings: ComputeSettings,
  context: Context,
  id: string,
  networkId: string,
): Promise<undefined> {
  const { server, owner, ports } = await portsToChange(settings, context, id);
  const port = ports.find((one) => one.networkId === networkId);
  const subnetId = port?.fixedIps[0]?.subnetId;
  if (port === undefined || subnetId === undefined)
    throw badRequest(`Server ${id} has no port on network ${networkId}.`);
  await settings.proxied.network.updatePort(owner, port.id, { fixedIps: [...port.fixedIps, { subnetId }] });
  await noted(settings, context, server, 'addFixedIp');
}

export async function removeFixedIp(
  settings: ComputeSettings,
  context: Context,
  id: string,
  address: string,
): Promise<undefined> {
  const { server, owner, ports } = await portsToChange(settings, context, id);
  const port = ports.find(({ fixedIps }) => fixedIps.some(({ ipAddress }) => ipAddress === address));
  if (port === undefined) throw badRequest(`Fixed IP ${address} is not one of instance ${id}.`);
  const fixedIps = port.fixedIps.filter(({ ipAddress }) => ipAddress !== address);
  await settings.proxied.network.updatePort(owner, port.id, { fixedIps });
  await noted(settings, context, server, 'removeFixedIp');
}

async function floatingIpId(settings: ComputeSettings, context: Context, address: string): Promise<string> {
  const [found] = await settings.proxied.network.listFloatingIps(context, { address });
  if (found === undefined) throw new Fault('notFound', `floating IP ${address} not found`);
  return found.id;
}

/** The floating IP leads to the server, at its first address unless another is named. */
export async function addFloatingIp(
  settings: ComputeSettings,
  context: Context,
  id: string,
  address: string,
  fixedAddress: string | undefined,
): Promise<undefined> {
  const { server, owner, ports } = await portsToChange(settings, context, id);
  const floating = await floatingIpId(settings, context, address);
  if (server.vmState === 'building') throw stateConflict('addFloatingIp', id, 'vm_state building');
  const addresses = ports.flatMap((port) => port.fixedIps.map(({ ipAddress }) => ({ portId: port.id, ipAddress })));
  const target = addresses.find(({ ipAddress }) =>
    fixedAddress === undefined ? ipAddress.includes('.') : ipAddress === fixedAddress,
  );
  if (target === undefined) throw badRequest('No fixed IPs associated to instance, or not that one.');
  const changes = { portId: target.portId, fixedAddress: target.ipAddress };
  await settings.proxied.network.updateFloatingIp(owner, floating, changes).catch((error: unknown) => {
    throw error instanceof Fault && error.code === 'conflict' ? badRequest(error.message) : error;
  });
}

export async function removeFloatingIp(
  settings: ComputeSettings,
  context: Context,
  id: string,
  address: string,
): Promise<undefined> {
  const { owner, ports } = await portsToChange(settings, context, id);
  const floating = await settings.proxied.network.getFloatingIp(owner, await floatingIpId(settings, context, address));
  if (!ports.some((port) => port.id === floating.fixedPortId)) {
    throw new Fault('conflict', `Floating IP ${address} is not associated with instance ${id}.`);
  }
  await settings.proxied.network.updateFloatingIp(owner, floating.id, { portId: null });
}

function noted(settings: ComputeSettings, context: Context, server: ServerRecord, name: string): Promise<void> {
  const now = settings.clock.now();
  return settings.store.transact((tx) => recordAction(tx, context, server, name, now, true));
}
