import type { Context } from '../../../kernel/access/context.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import type { ImageRecord, Visibility } from '../../image/index.ts';
import { wrongStatus } from '../domain/faults.ts';
import type { Upload, VolumeRecord } from '../domain/volume.ts';
import { findType } from '../store/types.ts';
import { projectOf } from './create-volume.ts';
import { type VolumeSettings, volumeReconciler } from './settings.ts';
import { alterVolume, visibleVolume } from './volumes.ts';

export interface UploadAttributes {
  readonly name: string;
  readonly diskFormat: string;
  readonly containerFormat: string;
  readonly visibility: Visibility;
  readonly protected: boolean;
  /** Also of a volume that a server has. */
  readonly force: boolean;
}

const formats: readonly string[] = ['raw', 'qcow2', 'vmdk', 'vdi'] satisfies Upload['diskFormat'][];

/** Facts of the image that the volume was made from, which are the new image's own. */
const ownFacts = new Set([
  ...['image_id', 'image_name', 'checksum', 'container_format', 'disk_format', 'min_disk', 'min_ram', 'size'],
]);

/** Makes an image, queued, and begins to copy the volume to it. */
export async function uploadVolume(
  settings: VolumeSettings,
  context: Context,
  id: string,
  wanted: UploadAttributes,
): Promise<{ volume: VolumeRecord; image: ImageRecord; type: Record<string, unknown> | null }> {
  if (!formats.includes(wanted.diskFormat)) {
    throw new Fault('notSupported', `Volumes are written as ${formats.join(', ')} only.`);
  }
  const diskFormat = wanted.diskFormat as Upload['diskFormat'];
  const seen = await visibleVolume(settings.store.db, context, id);
  refuse(seen);
  const image = await settings.images.createImage(context, {
    ...{ name: wanted.name, diskFormat, containerFormat: wanted.containerFormat },
    ...{ visibility: wanted.visibility, protected: wanted.protected, minDisk: seen.sizeGiB },
    properties: Object.fromEntries(Object.entries(seen.imageMetadata ?? {}).filter(([key]) => !ownFacts.has(key))),
  });
  try {
    const upload = { imageId: image.id, diskFormat, userId: context.userId, projectId: projectOf(context) };
    const volume = await alterVolume(settings, context, id, async (current, tx) => {
      refuse(current);
      await settings.work.wake(tx, volumeReconciler, id);
      return { status: 'uploading', previous_status: current.status, upload };
    });
    return { volume, image, type: await typeView(settings, volume.typeId) };
  } catch (error) {
    await settings.images.deleteImage(context, image.id).catch(() => undefined);
    throw error;
  }
}

/** What a server writes to cannot be copied whole. */
function refuse(volume: VolumeRecord): void {
  if (volume.status !== 'available') throw wrongStatus('Volume', 'be uploaded', 'available', volume.status);
}

/** The volume's type as this one answer of Cinder tells it. */
async function typeView({ store }: VolumeSettings, id: string): Promise<Record<string, unknown> | null> {
  const type = await findType(store.db, id, { usableBy: undefined });
  if (type === undefined) return null;
  const { name, description, is_public, extra_specs, qos_specs_id } = type;
  return { id, name, description, is_public, extra_specs, qos_specs_id };
}
