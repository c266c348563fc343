import { randomBytes } from 'node:crypto';
import type { ServerPort } from '../collaborators.ts';
import { configDriveOf } from '../domain/guest-metadata.ts';
import { bootVolume, type ServerImage, type ServerRecord, scratchDisksOf } from '../domain/server.ts';
import type { ConfigDrive, GuestDisk, GuestPower, GuestRescue, GuestSpec, GuestVolume } from '../ports.ts';
import { ownerOf, type ServerWork, volumesOf } from './server-work.ts';

const gib = 1024 ** 3;

/** What the engine is told of the server's guest: all that its row says that it is, doing what `power` says. */
export async function guestSpec(work: ServerWork, server: ServerRecord, power: GuestPower): Promise<GuestSpec> {
  const ports = await portsInOrder(work, server);
  const scratchDisks = scratchDisksOf(server.flavor);
  return {
    id: server.id,
    name: server.name,
    vcpus: server.flavor.vcpus,
    memoryMiB: server.flavor.memoryMiB,
    disk: rootDisk(work, server),
    ...(scratchDisks.length > 0 ? { scratchDisks } : {}),
    nics: ports.map(({ id, networkId, mac, mtu }) => ({ portId: id, networkId, mac, mtu })),
    volumes: await guestVolumes(work, server),
    configDrive: configDrive(work, server, ports, server.sealedAdminPass),
    rescue: rescueOf(work, server, ports),
    power,
  };
}

/** The server's ports in the order of its network cards; those that leave or were deleted from under it are left out. */
export async function portsInOrder(
  { networks }: Pick<ServerWork, 'networks'>,
  server: ServerRecord,
): Promise<ServerPort[]> {
  const staying = server.nics.filter(({ state }) => state !== 'leaving');
  if (staying.length === 0) return [];
  const ports = await networks.listPorts(ownerOf(server), { deviceId: [server.id] });
  const byId = new Map(ports.map((port) => [port.id, port]));
  return staying.flatMap(({ portId }) => byId.get(portId) ?? []);
}

/** Those that stay, the one that it starts from first. */
async function guestVolumes(work: ServerWork, server: ServerRecord): Promise<GuestVolume[]> {
  const boot = bootVolume(server);
  const staying = server.volumes.filter(({ state }) => state !== 'leaving');
  const ordered = boot === undefined ? staying : [boot, ...staying.filter(({ id }) => id !== boot.id)];
  const found: GuestVolume[] = [];
  for (const { id, volumeId } of ordered) {
    const owner = ownerOf(server);
    const { readOnly, ...where } = await volumesOf(work).connect(owner, id, server.host ?? work.hostName);
    const { sizeGiB } = await volumesOf(work).getVolume(owner, volumeId);
    found.push({ volumeId, connection: { driver: 'file', ...where }, readOnly, sizeBytes: sizeGiB * gib });
  }
  return found;
}

function rootDisk(work: ServerWork, server: ServerRecord): GuestDisk | null {
  if (bootVolume(server) !== undefined) return null;
  const sizeBytes = server.flavor.diskGiB * gib;
  const base = server.diskImage ?? server.image;
  const generation = server.diskGeneration;
  if (base === null) return { baseImage: null, baseFormat: 'raw', sizeBytes, generation };
  return { ...overlayOf(work, base), sizeBytes: Math.max(sizeBytes, base.virtualSizeBytes), generation };
}

function overlayOf({ images }: ServerWork, { id, format, virtualSizeBytes }: ServerImage): GuestDisk {
  return { baseImage: images.localPath(id), baseFormat: format, sizeBytes: virtualSizeBytes };
}

function rescueOf(work: ServerWork, server: ServerRecord, ports: readonly ServerPort[]): GuestRescue | null {
  if (server.rescue === null || server.taskState === 'unrescuing') return null;
  const { image, sealedAdminPass } = server.rescue;
  return { disk: overlayOf(work, image), configDrive: configDrive(work, server, ports, sealedAdminPass) };
}

function configDrive(
  work: ServerWork,
  server: ServerRecord,
  ports: readonly ServerPort[],
  sealedAdminPass: string | null,
): ConfigDrive | null {
  if (!server.configDrive) return null;
  return configDriveOf(server, ports, {
    zone: work.zone,
    randomSeed: randomBytes(512).toString('base64'),
    adminPass: sealedAdminPass && work.sealer.open(sealedAdminPass, server.id),
  });
}
