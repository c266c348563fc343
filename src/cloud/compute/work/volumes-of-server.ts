import { Fault } from '../../../kernel/base/errors.ts';
import { type Later, later } from '../../../kernel/work/index.ts';
import type { DeviceState, ServerRecord } from '../domain/server.ts';
import { ownerOf, type ServerWork, volumesOf } from './server-work.ts';

/** How soon a volume that is being made is looked at again. */
const againMs = 250;

/** Makes and reserves the volumes that the server's build is to make; says when to look again while one is in the making. */
export async function makeVolumes(work: ServerWork, server: ServerRecord): Promise<Later | undefined> {
  const owner = ownerOf(server);
  const asked = server.volumes.filter(({ source }) => source !== null);
  if (asked.length === 0) return undefined;
  const service = volumesOf(work);
  for (const { volumeId, source } of asked) {
    if (source === null) continue;
    const { sizeGiB, imageId, snapshotId, volumeType } = source;
    await service.createVolume(
      owner,
      {
        sizeGiB,
        ...(imageId === null ? {} : { imageId }),
        ...(snapshotId === null ? {} : { snapshotId }),
        ...(volumeType === null ? {} : { volumeType }),
      },
      { id: volumeId },
    );
  }
  for (const attachment of asked) {
    const { status } = await service.getVolume(owner, attachment.volumeId);
    if (status === 'creating' || status === 'downloading') return later(againMs);
    if (status.startsWith('error')) {
      throw new Fault(
        'conflict',
        `Volume ${attachment.volumeId} did not finish being created: its status is ${status}.`,
      );
    }
    await work.store.transact((tx) => service.reserve(tx, owner, { ...attachment, serverId: server.id }));
  }
  return undefined;
}

/** The guest has all of them. */
export async function completeVolumes(work: ServerWork, server: ServerRecord): Promise<void> {
  for (const { id } of server.volumes.filter(({ state }) => state === 'joining')) {
    await volumesOf(work).complete(ownerOf(server), id);
  }
}

/** Lets go of these volumes of the server's, and deletes those that go with it. */
export async function dropVolumes(work: ServerWork, server: ServerRecord, volumes = server.volumes): Promise<void> {
  for (const { id, volumeId, deleteOnTermination } of volumes) {
    await volumesOf(work).release(ownerOf(server), id);
    if (deleteOnTermination) await dropVolume(work, server, volumeId);
  }
}

/** A volume that may not be deleted (it has snapshots, it belongs to a group) outlives its server, as in Nova. */
async function dropVolume(work: ServerWork, server: ServerRecord, volumeId: string): Promise<void> {
  try {
    await volumesOf(work).deleteVolume(ownerOf(server), volumeId);
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'badRequest')) throw error;
    work.log.warn({ err: error, serverId: server.id, volumeId }, 'a volume stays that was to go with its server');
  }
}

/** Devices as they are when those on their way have arrived. */
export function settled<D extends { readonly state?: DeviceState }>(devices: readonly D[]): D[] {
  return devices.filter(({ state }) => state !== 'leaving').map(({ state: _arrived, ...device }) => device as D);
}
