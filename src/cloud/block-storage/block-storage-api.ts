import type { Context } from '../../kernel/access/context.ts';
import { Fault } from '../../kernel/base/errors.ts';
import { sql, type Tx } from '../../kernel/store/index.ts';
import type { AttachmentRecord } from './domain/attachment.ts';
import type { SnapshotRecord, VolumeRecord } from './domain/volume.ts';
import {
  beginDetaching,
  completeAttachment,
  connectAttachment,
  release,
  reserve,
  visibleAttachment,
} from './operations/attachments.ts';
import { createVolume, type VolumeAttributes } from './operations/create-volume.ts';
import type { VolumeSettings } from './operations/settings.ts';
import { createSnapshot, deleteSnapshot, type SnapshotAttributes, visibleSnapshot } from './operations/snapshots.ts';
import { deleteVolume, extendVolume, visibleVolume } from './operations/volumes.ts';
import type { VolumeConnection } from './ports.ts';
import { attachmentsOf } from './store/attachments.ts';
import { listSnapshots } from './store/snapshots.ts';
import { listVolumes } from './store/volumes.ts';

/** A volume, with what its image asks of a server that starts from it. */
export interface VolumeView extends VolumeRecord {
  /** Null: it was not made from an image. */
  readonly image: { readonly id: string; readonly minRam: number; readonly minDisk: number } | null;
}

/**
 * The block storage service for the other services of this process. Everything is looked up as the caller sees it: what the
 * caller may not know of is `notFound`. Volumes change in the background: look again until their status says so. What takes
 * a `tx` happens in the caller's transaction; every call repeated with the same arguments changes nothing more.
 */
export interface BlockStorageApi {
  getVolume(context: Context, id: string): Promise<VolumeView>;
  getSnapshot(context: Context, id: string): Promise<SnapshotRecord>;
  /** Accepts the creation. Repeated with the same id, it answers what exists, be it deleted. */
  createVolume(context: Context, attributes: VolumeAttributes, options?: { readonly id?: string }): Promise<VolumeView>;
  /** Accepts the deletion; a volume that is not there is fine. 400 says what stands in the way. */
  deleteVolume(context: Context, id: string): Promise<void>;
  /** Accepts that the volume grows, also while a server has it. */
  extendVolume(context: Context, id: string, sizeGiB: number): Promise<void>;
  /** The volume is this server's to be: `reserved`. 400 says which status stands in the way. */
  reserve(
    tx: Tx,
    context: Context,
    attachment: {
      readonly id: string;
      readonly volumeId: string;
      readonly serverId: string;
      readonly device: string;
      readonly mode?: 'rw' | 'ro';
    },
  ): Promise<void>;
  /** The volume's disk as `hostName` opens it: `attaching`. 404 when the attachment is not there (any more). */
  connect(
    context: Context,
    attachmentId: string,
    hostName: string,
  ): Promise<VolumeConnection & { readonly readOnly: boolean }>;
  /** The guest has it: `in-use`. */
  complete(context: Context, attachmentId: string): Promise<AttachmentRecord>;
  /** The server is about to let go of it: `detaching`. */
  beginDetaching(tx: Tx, context: Context, attachmentId: string): Promise<void>;
  /** The guest does not have it (any more): `available` again. An attachment that is not there is fine. */
  release(context: Context, attachmentId: string): Promise<void>;
  getAttachment(context: Context, id: string): Promise<AttachmentRecord>;
  /** A page of the volumes of the caller's project, newest first. */
  listVolumes(context: Context, page: SimplePage): Promise<VolumeRecord[]>;
  /** Where these volumes, which the caller may know of, are. */
  attachmentsOf(volumes: readonly VolumeRecord[]): Promise<AttachmentRecord[]>;
  /** A page of the snapshots of the caller's project, newest first. */
  listSnapshots(context: Context, page: SimplePage): Promise<SnapshotRecord[]>;
  /** Accepts the creation. */
  createSnapshot(context: Context, attributes: SnapshotAttributes): Promise<SnapshotRecord>;
  /** Accepts the deletion. */
  deleteSnapshot(context: Context, id: string): Promise<void>;
}

/** So many, after so many. */
export interface SimplePage {
  readonly limit: number;
  readonly offset: number;
}

export function blockStorageApi(settings: VolumeSettings): BlockStorageApi {
  const { db } = settings.store;
  return {
    getVolume: async (context, id) => viewOf(await visibleVolume(db, context, id)),
    getSnapshot: (context, id) => visibleSnapshot(db, context, id),
    createVolume: async (context, attributes, options) =>
      viewOf(await createVolume(settings, context, attributes, options)),
    deleteVolume: (context, id) =>
      deleteVolume(settings, context, id).catch((error: unknown) => {
        if (!(error instanceof Fault && error.code === 'notFound')) throw error;
      }),
    async extendVolume(context, id, sizeGiB) {
      await extendVolume(settings, context, id, sizeGiB, true);
    },
    async reserve(tx, context, { mode = 'rw', ...attachment }) {
      await reserve(settings, tx, context, { ...attachment, mode, byCompute: true });
    },
    async connect(context, attachmentId, hostName) {
      const { volumeId, mode } = await connectAttachment(settings, context, attachmentId, hostName);
      const { readOnly } = await visibleVolume(db, context, volumeId);
      return { ...settings.engine.connectionOf(volumeId), readOnly: mode === 'ro' || readOnly === true };
    },
    complete: (context, attachmentId) => completeAttachment(settings, context, attachmentId),
    beginDetaching: (tx, context, attachmentId) => beginDetaching(settings, tx, context, attachmentId),
    release: (context, attachmentId) => release(settings, context, attachmentId),
    getAttachment: (context, id) => visibleAttachment(db, context, id),
    listVolumes: (context, page) => listVolumes(db, [ofProject(context)], newestFirst(page)),
    attachmentsOf: (volumes) =>
      attachmentsOf(
        db,
        volumes.map(({ id }) => id),
      ),
    listSnapshots: (context, page) => listSnapshots(db, [ofProject(context)], newestFirst(page)),
    createSnapshot: (context, attributes) => createSnapshot(settings, context, attributes),
    deleteSnapshot: (context, id) => deleteSnapshot(settings, context, id),
  };
}

function ofProject({ projectId }: Context) {
  return sql`t.project_id = ${projectId ?? ''}`;
}

function newestFirst(page: SimplePage) {
  const sort = (['created_at', 'id'] as const).map((column) => ({ column, direction: 'desc' as const }));
  return { ...page, sort, marker: undefined };
}

function viewOf(volume: VolumeRecord): VolumeView {
  const { imageMetadata: facts } = volume;
  const image =
    facts?.image_id === undefined
      ? null
      : { id: facts.image_id, minRam: Number(facts.min_ram ?? 0), minDisk: Number(facts.min_disk ?? 0) };
  return { ...volume, image };
}
