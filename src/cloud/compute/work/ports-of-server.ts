import type { ServerNetworks } from '../collaborators.ts';
import type { Nic, ServerRecord } from '../domain/server.ts';
import { ownerOf, type ServerWork } from './server-work.ts';

const deviceOwner = 'compute:nova';

/** Makes the ports that the server asked for and says on which host all of its ports are. */
export async function plugPorts(work: ServerWork, server: ServerRecord): Promise<void> {
  const context = ownerOf(server);
  const { networks } = work;
  const binding = {
    deviceId: server.id,
    deviceOwner,
    hostName: server.host ?? work.hostName,
    dnsName: server.hostname,
  };
  for (const nic of server.nics.filter(({ state }) => state !== 'leaving')) {
    // At once as `bindPort` wants it, which then finds nothing to change.
    await ensurePort(work, server, nic, { hostName: binding.hostName, dnsName: binding.dnsName });
    await networks.bindPort(context, nic.portId, binding);
  }
}

/** Makes the port of a card that has none of its own yet. */
export async function ensurePort(
  { networks }: { readonly networks: ServerNetworks },
  server: ServerRecord,
  nic: Nic,
  binding: { readonly hostName?: string; readonly dnsName?: string } = {},
): Promise<void> {
  if (!nic.ours || nic.networkId === null) return;
  const attributes = {
    networkId: nic.networkId,
    deviceId: server.id,
    deviceOwner,
    ...binding,
    ...(nic.fixedIp === null ? {} : { fixedIps: [{ ipAddress: nic.fixedIp }] }),
    ...(server.securityGroups.length === 0 ? {} : { securityGroupIds: server.securityGroups }),
  };
  await networks.createPort(ownerOf(server), attributes, { id: nic.portId });
}

/** Deletes ports that are the server's own and lets go of those that were there before it. */
export async function dropPorts(work: ServerWork, server: ServerRecord, nics = server.nics): Promise<void> {
  const context = ownerOf(server);
  for (const { portId, ours } of nics) {
    if (ours) await work.networks.deletePort(context, portId);
    else await work.networks.unbindPort(context, portId);
  }
}

/** The ports stay the server's, on no host. */
export async function detachPorts(work: ServerWork, server: ServerRecord): Promise<void> {
  for (const { portId } of server.nics) {
    await work.networks.bindPort(ownerOf(server), portId, { deviceId: server.id, deviceOwner, hostName: '' });
  }
}
