import type { Context } from '../../../kernel/access/context.ts';

/** How Cinder names what is being done to a volume, or what it is ready for. */
export type VolumeStatus =
  | 'creating'
  | 'downloading'
  | 'available'
  | 'reserved'
  | 'attaching'
  | 'in-use'
  | 'detaching'
  | 'maintenance'
  | 'deleting'
  | 'awaiting-transfer'
  | 'error'
  | 'error_deleting'
  | 'error_extending'
  | 'error_managing'
  | 'backing-up'
  | 'restoring-backup'
  | 'error_backing-up'
  | 'error_restoring'
  | 'uploading'
  | 'retyping'
  | 'extending'
  | 'reverting';

/** What a volume was made of, as it must be to be made again; ids of what may be gone by now. */
export type Origin =
  | { readonly kind: 'blank' }
  | { readonly kind: 'image'; readonly imageId: string; readonly format: 'qcow2' | 'raw' }
  | { readonly kind: 'volume'; readonly volumeId: string }
  | { readonly kind: 'snapshot'; readonly volumeId: string; readonly snapshotId: string }
  | { readonly kind: 'backup'; readonly backupId: string };

/** A volume. */
export interface VolumeRecord {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly requestId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly sizeGiB: number;
  readonly status: VolumeStatus;
  /** The status to go back to when what is being done is done. */
  readonly previousStatus: VolumeStatus | null;
  readonly typeId: string;
  readonly typeName: string;
  readonly availabilityZone: string;
  readonly origin: Origin;
  /** As asked for at creation, for whoever shows it. */
  readonly snapshotId: string | null;
  readonly sourceVolumeId: string | null;
  readonly groupId: string | null;
  readonly bootable: boolean;
  readonly multiattach: boolean;
  /** Null: nobody said. */
  readonly readOnly: boolean | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** What the image that it was made from said of itself; null: none. */
  readonly imageMetadata: Readonly<Record<string, string>> | null;
  /** What is being uploaded to the image service, while it is. */
  readonly upload: Upload | null;
  /** The snapshot that it is being reverted to, while it is. */
  readonly revertTo: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
  readonly launchedAt: Date | null;
  readonly deletedAt: Date | null;
}

/** An upload of a volume to the image service. */
export interface Upload {
  readonly imageId: string;
  readonly diskFormat: 'raw' | 'qcow2' | 'vmdk' | 'vdi';
  readonly userId: string;
  readonly projectId: string;
}

/** A snapshot of a volume. */
export interface SnapshotRecord {
  readonly id: string;
  readonly volumeId: string;
  readonly projectId: string;
  readonly userId: string;
  readonly requestId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly sizeGiB: number;
  readonly status: SnapshotStatus;
  /** `80%`, where whoever makes it said so. */
  readonly progress: string | null;
  readonly typeId: string;
  /** The snapshot of a group that it is part of. */
  readonly groupSnapshotId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
  readonly deletedAt: Date | null;
}

export type SnapshotStatus =
  | 'creating'
  | 'available'
  | 'deleting'
  | 'error'
  | 'error_deleting'
  | 'backing-up'
  | 'restoring'
  | 'unmanaging';

/** Whether the caller may know of a thing of that project. */
export function mayUse(context: Context, thing: { readonly projectId: string }): boolean {
  return context.isAdmin || thing.projectId === context.projectId;
}

/** The statuses in which nothing is being done to a volume that no server has. */
export const atRest: readonly VolumeStatus[] = [
  'available',
  'error',
  'error_deleting',
  'error_extending',
  'error_restoring',
  'error_backing-up',
  'error_managing',
];

/** In these a volume may be deleted (Cinder's rule, without those that only its groups or migrations reach). */
export const deletable: readonly VolumeStatus[] = atRest;

/** Work that the reconciler still has to do. */
export const unfinished: readonly VolumeStatus[] = [
  'creating',
  'downloading',
  'deleting',
  'extending',
  'uploading',
  'reverting',
];

/** Statuses that an administrator may set by `os-reset_status`. */
export const resettable: readonly VolumeStatus[] = [
  'creating',
  'available',
  'deleting',
  'error',
  'error_deleting',
  'error_managing',
  'error_extending',
  'attaching',
  'detaching',
  'in-use',
  'maintenance',
  'uploading',
  'downloading',
  'retyping',
  'extending',
];

export const bytesPerGiB = 1024 ** 3;

/** GiB that hold so many bytes. */
export function gibibytes(bytes: bigint): number {
  const unit = BigInt(bytesPerGiB);
  return Number((bytes + unit - 1n) / unit);
}
