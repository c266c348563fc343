import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { sql, type Tx } from '../../../kernel/store/index.ts';
import type { ImageRecord } from '../../image/index.ts';
import type { BackupRecord } from '../domain/backup.ts';
import { wrongStatus } from '../domain/faults.ts';
import { volumeDemand } from '../domain/quotas.ts';
import { gibibytes, mayUse, type Origin, type VolumeRecord } from '../domain/volume.ts';
import { checkQuota, checkVolumeSize } from '../store/quotas.ts';
import type { VolumeTypeRow } from '../store/tables.ts';
import { findType } from '../store/types.ts';
import { findVolume, insertVolume } from '../store/volumes.ts';
import { joinableGroup } from './group-rules.ts';
import { type VolumeSettings, volumeReconciler } from './settings.ts';
import { visibleSnapshot } from './snapshots.ts';
import { idTaken, visibleVolume } from './volumes.ts';

/** What may be said of a volume at its creation. */
export interface VolumeAttributes {
  /** May be left out when there is a source: then as large as that. */
  readonly sizeGiB?: number | undefined;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly imageId?: string | undefined;
  readonly snapshotId?: string | undefined;
  readonly sourceVolumeId?: string | undefined;
  /** Only of this project's own; the volume is made from it. */
  readonly backup?: BackupRecord | undefined;
  /** By id or name. */
  readonly volumeType?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly multiattach?: boolean | undefined;
  readonly groupId?: string | undefined;
}

/** What the source asks of the volume. */
interface Basis {
  readonly origin: Origin;
  readonly leastGiB: number;
  readonly typeId?: string;
  readonly bootable: boolean;
  readonly imageMetadata: Readonly<Record<string, string>> | null;
}

/** Accepts the creation; the reconciler makes it. Repeated with the same id by the same project, it answers what exists. */
export async function createVolume(
  settings: VolumeSettings,
  context: Context,
  attributes: VolumeAttributes,
  options: { readonly id?: string } = {},
): Promise<VolumeRecord> {
  const id = options.id ?? newId();
  const made = options.id === undefined ? undefined : await findVolume(settings.store.db, id);
  if (made !== undefined) {
    if (!mayUse(context, made)) throw idTaken(id);
    return made;
  }
  const image = attributes.imageId === undefined ? undefined : await usableImage(settings, context, attributes.imageId);
  return settings.store.transact((tx) => addVolume(settings, tx, context, attributes, { id, image }));
}

/** The same within a transaction, of an image that the caller may use. */
export async function addVolume(
  settings: VolumeSettings,
  tx: Tx,
  context: Context,
  attributes: VolumeAttributes,
  { id, image }: { readonly id: string; readonly image?: ImageRecord | undefined },
): Promise<VolumeRecord> {
  const basis = await basisOf(tx, context, attributes, image);
  const sizeGiB = sizeOf(attributes, basis, image);
  const type = await typeOf(tx, context, attributes.volumeType ?? basis.typeId);
  const projectId = projectOf(context);
  if (attributes.groupId !== undefined) await joinableGroup(tx, context, attributes.groupId, type.id);
  await checkVolumeSize(tx, projectId, sizeGiB);
  await checkQuota(tx, projectId, volumeDemand(type.name, sizeGiB));
  if (basis.origin.kind === 'image') await settings.images.holdImage(tx, basis.origin.imageId, holderOf(id));
  const inserted = await insertVolume(tx, {
    ...rowOf(context, attributes),
    ...{ id, project_id: projectId, size_gib: sizeGiB, type_id: type.id, origin: basis.origin },
    availability_zone: zoneOf(settings, attributes.availabilityZone),
    bootable: basis.bootable,
    image_metadata: basis.imageMetadata,
    multiattach: attributes.multiattach === true || type.extra_specs.multiattach === '<is> True',
    created_at: settings.clock.now(),
  });
  if (!inserted) throw idTaken(id);
  await settings.work.wake(tx, volumeReconciler, id);
  return (await findVolume(tx, id)) as VolumeRecord;
}

/** Who holds the image until the volume is made. */
export function holderOf(volumeId: string): string {
  return `volume:${volumeId}`;
}

function rowOf(context: Context, attributes: VolumeAttributes) {
  return {
    user_id: context.userId,
    request_id: context.requestId,
    name: attributes.name ?? null,
    description: attributes.description ?? null,
    status: 'creating' as const,
    previous_status: null,
    snapshot_id: attributes.snapshotId ?? null,
    source_volume_id: attributes.sourceVolumeId ?? null,
    group_id: attributes.groupId ?? null,
    read_only: null,
    metadata: attributes.metadata ?? {},
    upload: null,
    revert_to: null,
    updated_at: null,
    launched_at: null,
    deleted_at: null,
  };
}

export function projectOf(context: Context): string {
  if (context.projectId === null) throw badRequest('A token of a project is needed.');
  return context.projectId;
}

export function zoneOf({ zone }: VolumeSettings, asked: string | undefined): string {
  if (asked !== undefined && asked !== zone) throw badRequest(`Availability zone '${asked.slice(0, 64)}' is invalid.`);
  return zone;
}

async function basisOf(
  tx: Tx,
  context: Context,
  { snapshotId, sourceVolumeId, backup }: VolumeAttributes,
  image: ImageRecord | undefined,
): Promise<Basis> {
  const given = [image, snapshotId, sourceVolumeId, backup].filter((source) => source !== undefined);
  if (given.length > 1)
    throw badRequest('A volume is made of one source only: an image, a snapshot, a volume or a backup.');
  if (snapshotId !== undefined) return snapshotBasis(tx, context, snapshotId);
  if (sourceVolumeId !== undefined) return volumeBasis(tx, context, sourceVolumeId);
  if (backup !== undefined) {
    const { bootable, imageMetadata } = backup.volumeFacts;
    const origin: Origin = { kind: 'backup', backupId: backup.dataId };
    return { origin, leastGiB: backup.sizeGiB, bootable, imageMetadata };
  }
  if (image === undefined) return { origin: { kind: 'blank' }, leastGiB: 1, bootable: false, imageMetadata: null };
  const leastGiB = Math.max(1, image.minDisk, gibibytes(image.virtualSizeBytes ?? image.sizeBytes ?? 0n));
  const format = image.contentFormat === 'qcow2' ? 'qcow2' : 'raw';
  return {
    origin: { kind: 'image', imageId: image.id, format },
    leastGiB,
    bootable: true,
    imageMetadata: imageMetadataOf(image),
  };
}

async function snapshotBasis(tx: Tx, context: Context, snapshotId: string): Promise<Basis> {
  const snapshot = await visibleSnapshot(tx, context, snapshotId);
  if (snapshot.status !== 'available') {
    throw wrongStatus('Snapshot', 'make a volume of it', 'available', snapshot.status);
  }
  const volume = await findVolume(tx, snapshot.volumeId);
  return {
    origin: { kind: 'snapshot', volumeId: snapshot.volumeId, snapshotId },
    leastGiB: snapshot.sizeGiB,
    typeId: snapshot.typeId,
    bootable: volume?.bootable ?? false,
    imageMetadata: volume?.imageMetadata ?? null,
  };
}

async function volumeBasis(tx: Tx, context: Context, volumeId: string): Promise<Basis> {
  const source = await visibleVolume(tx, context, volumeId);
  if (source.status !== 'available') throw wrongStatus('Volume', 'be cloned', 'available', source.status);
  return {
    origin: { kind: 'volume', volumeId },
    leastGiB: source.sizeGiB,
    typeId: source.typeId,
    bootable: source.bootable,
    imageMetadata: source.imageMetadata,
  };
}

async function usableImage({ images }: VolumeSettings, context: Context, imageId: string): Promise<ImageRecord> {
  const image = await images.getImage(context, imageId).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'notFound') {
      throw badRequest(`Invalid image identifier or unable to access requested image: ${imageId.slice(0, 64)}.`);
    }
    throw error;
  });
  if (image.status !== 'active') throw badRequest(`Image ${image.id} is not active.`);
  if (image.contentFormat !== 'qcow2' && image.contentFormat !== 'raw') {
    throw badRequest(`Image ${image.id} is unacceptable: its content is neither a raw disk nor qcow2.`);
  }
  return image;
}

/** What Cinder remembers of the image, all as text. */
function imageMetadataOf(image: ImageRecord): Record<string, string> {
  return {
    ...image.properties,
    image_id: image.id,
    image_name: image.name ?? '',
    checksum: image.checksum ?? '',
    container_format: image.containerFormat ?? 'bare',
    disk_format: image.diskFormat ?? 'raw',
    min_disk: String(image.minDisk),
    min_ram: String(image.minRam),
    size: String(image.sizeBytes ?? 0n),
  };
}

function sizeOf({ sizeGiB }: VolumeAttributes, { origin, leastGiB }: Basis, image: ImageRecord | undefined): number {
  if (sizeGiB === undefined) {
    if (origin.kind === 'blank' || origin.kind === 'image')
      throw badRequest("Invalid input received: 'size' is missing.");
    return leastGiB;
  }
  if (sizeGiB >= leastGiB) return sizeGiB;
  const source = image === undefined ? `the ${origin.kind}` : 'image minDisk and content';
  throw badRequest(
    `Invalid input received: Volume size ${sizeGiB}GB cannot be smaller than ${leastGiB}GB of ${source}.`,
  );
}

/** The type that is asked for, or the default one; 404 when the project may not use it. */
export async function typeOf(tx: Tx, context: Context, asked: string | undefined): Promise<VolumeTypeRow> {
  const usableBy = context.isAdmin ? undefined : (context.projectId ?? '');
  const type = asked === undefined ? await defaultType(tx) : await findType(tx, asked, { usableBy });
  if (type === undefined)
    throw new Fault('notFound', `Volume type with name or id ${(asked ?? '').slice(0, 64)} could not be found.`);
  return type;
}

/** The type of volumes that name none: the oldest one. */
export async function defaultType(tx: Tx): Promise<VolumeTypeRow | undefined> {
  const { rows } =
    await sql<VolumeTypeRow>`select * from block_storage.volume_type order by created_at, id limit 1`.execute(tx);
  return rows[0];
}
