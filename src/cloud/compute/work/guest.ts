import { randomBytes } from 'node:crypto';
import type { ServerPort } from '../collaborators.ts';
import { configDriveOf } from '../domain/config-drive.ts';
import type { ServerRecord } from '../domain/server.ts';
import type { GuestDisk, GuestSpec } from '../ports.ts';
import { ownerOf, type ServerWork } from './server-work.ts';

const gib = 1024 ** 3;

/** What the engine is told of the server's guest. */
export async function guestSpec(work: ServerWork, server: ServerRecord, power: 'on' | 'off'): Promise<GuestSpec> {
  const ports = await portsInOrder(work, server);
  return {
    id: server.id,
    name: server.name,
    vcpus: server.flavor.vcpus,
    memoryMiB: server.flavor.memoryMiB,
    disk: await diskOf(work, server),
    nics: ports.map(({ id, networkId, mac, mtu }) => ({ portId: id, networkId, mac, mtu })),
    volumes: [],
    configDrive: configDriveOf(server, ports, {
      zone: work.zone,
      randomSeed: randomBytes(512).toString('base64'),
      adminPass: server.sealedAdminPass && work.sealer.open(server.sealedAdminPass, server.id),
    }),
    rescue: null,
    power,
  };
}

/** The server's ports in the order of its network cards; those that were deleted from under it are left out. */
export async function portsInOrder(work: ServerWork, server: ServerRecord): Promise<ServerPort[]> {
  if (server.nics.length === 0) return [];
  const ports = await work.networks.listPorts(ownerOf(server), { deviceId: [server.id] });
  const byId = new Map(ports.map((port) => [port.id, port]));
  return server.nics.flatMap(({ portId }) => byId.get(portId) ?? []);
}

async function diskOf({ images }: ServerWork, server: ServerRecord): Promise<GuestDisk> {
  const sizeBytes = server.flavor.diskGiB * gib;
  const { image } = server;
  if (image === null) return { baseImage: null, baseFormat: 'raw', sizeBytes };
  return {
    baseImage: images.localPath(image.id),
    baseFormat: image.format,
    sizeBytes: Math.max(sizeBytes, image.virtualSizeBytes),
  };
}
