import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { derivedId } from '../../../kernel/base/ids.ts';
import { type Attachment, type Flavor, scratchDisksOf, type VolumeSource } from '../domain/server.ts';
import { volumesOf } from '../work/server-work.ts';
import { usableImage } from './server-images.ts';
import type { ComputeSettings } from './settings.ts';

/** A volume as a creation asks for it: one that exists, or one to be made. */
export interface RequestedDevice {
  readonly from: 'volume' | 'image' | 'snapshot' | 'blank';
  /** Of the volume, image or snapshot. */
  readonly id: string | null;
  readonly bootIndex: number | null;
  readonly sizeGiB: number | null;
  readonly deleteOnTermination: boolean;
  readonly volumeType: string | null;
  readonly tag: string | null;
}

/** The same, checked. */
export interface WantedDevice extends Pick<Attachment, 'bootIndex' | 'deleteOnTermination' | 'tag' | 'source'> {
  /** Null for a volume that the build makes. */
  readonly volumeId: string | null;
}

/** Checks what was asked for with the block storage and image services, as its caller; 400 says which device is wrong. */
export async function wantedDevices(
  settings: ComputeSettings,
  context: Context,
  flavor: Flavor,
  requested: readonly RequestedDevice[],
): Promise<WantedDevice[]> {
  const indices = requested.map(({ bootIndex }) => bootIndex).filter((index) => index !== null && index >= 0);
  if (new Set(indices).size < indices.length) {
    throw badRequest(
      'Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid.',
    );
  }
  const volumes = requested.filter(({ from }) => from === 'volume').map(({ id }) => id);
  if (new Set(volumes).size < volumes.length) throw badRequest('A volume was given twice.');
  return Promise.all(requested.map((device) => wantedDevice(settings, context, flavor, device)));
}

async function wantedDevice(
  settings: ComputeSettings,
  context: Context,
  flavor: Flavor,
  device: RequestedDevice,
): Promise<WantedDevice> {
  const { bootIndex, deleteOnTermination, tag } = device;
  const common = { bootIndex, deleteOnTermination, tag };
  if (device.from !== 'volume') {
    return { ...common, volumeId: null, source: await sourceOf(settings, context, flavor, device) };
  }
  const volume = await asBadRequest(
    volumesOf(settings).getVolume(context, device.id ?? ''),
    `Block Device Mapping is Invalid: failed to get volume ${device.id}.`,
  );
  if (bootIndex === 0 && !volume.bootable) {
    throw badRequest(`Block Device Mapping is Invalid: volume ${volume.id} is not bootable.`);
  }
  if (volume.image !== null && bootIndex === 0 && flavor.memoryMiB < volume.image.minRam) {
    throw badRequest("Flavor's memory is too small for requested image.");
  }
  return { ...common, volumeId: volume.id, source: null };
}

async function sourceOf(
  settings: ComputeSettings,
  context: Context,
  flavor: Flavor,
  { from, id, sizeGiB, volumeType }: RequestedDevice,
): Promise<VolumeSource> {
  const none = { imageId: null, snapshotId: null, volumeType };
  if (from === 'blank') {
    if (sizeGiB === null) throw badRequest('Block Device Mapping is Invalid: a blank volume needs volume_size.');
    return { ...none, sizeGiB };
  }
  if (from === 'snapshot') {
    const snapshot = await asBadRequest(
      volumesOf(settings).getSnapshot(context, id ?? ''),
      `Block Device Mapping is Invalid: failed to get snapshot ${id}.`,
    );
    return { ...none, snapshotId: snapshot.id, sizeGiB: sizeGiB ?? snapshot.sizeGiB };
  }
  volumesOf(settings);
  const { image } = await usableImage(settings.images, context, id ?? '');
  const size = sizeGiB ?? flavor.diskGiB;
  if (size <= 0) throw badRequest('Block Device Mapping is Invalid: a volume made from an image needs volume_size.');
  return { ...none, imageId: image.id, sizeGiB: size };
}

async function asBadRequest<T>(found: Promise<T>, message: string): Promise<T> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Fault && error.code === 'notFound') throw badRequest(message);
    throw error;
  }
}

/** The server's volumes with their names, which follow from the server's, so that a repeat makes no others. */
export function attachmentsOf(serverId: string, flavor: Flavor, wanted: readonly WantedDevice[]): Attachment[] {
  const boots = wanted.some(({ bootIndex }) => bootIndex === 0);
  // The first is the one that the server starts from; disks of its own are there before the others.
  const further = scratchDisksOf(flavor).length + (boots ? 0 : 1);
  const ordered = [...wanted].sort((a, b) => Number(b.bootIndex === 0) - Number(a.bootIndex === 0));
  return ordered.map((device, index) => ({
    ...device,
    id: derivedId('compute.attachment', serverId, String(index)),
    volumeId: device.volumeId ?? derivedId('compute.volume', serverId, String(index)),
    device: deviceName(boots && index === 0 ? 0 : further + index),
    state: 'joining',
  }));
}

/** `/dev/vda` for 0. */
export function deviceName(index: number): string {
  return `/dev/vd${String.fromCharCode('a'.charCodeAt(0) + index)}`;
}
