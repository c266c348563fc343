import type { Context } from '../../../kernel/access/context.ts';

/** How Glance names the stages of an image's life; `saving` is never seen, as a failed upload leaves no trace. */
export type ImageStatus = 'queued' | 'uploading' | 'importing' | 'active' | 'deactivated' | 'deleted';
/** The one place where bytes are kept, as Glance's lists of stores name it. */
export const storeName = 'files';
/** Who sees an image: everybody; its project; its project and its members; everybody who knows its id. */
export const visibilities = ['public', 'private', 'shared', 'community'] as const;
export type Visibility = (typeof visibilities)[number];

/** Disk formats that may be declared (Glance v2 API reference, `disk_format`). */
export const diskFormats = ['raw', 'qcow2', 'ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'vdi', 'iso', 'ploop'] as const;
/** Container formats that may be declared (Glance v2 API reference, `container_format`). */
export const containerFormats = ['bare', 'ami', 'ari', 'aki', 'ovf', 'ova', 'docker', 'compressed'] as const;

/** An image as the rest of the cloud sees it. */
export interface ImageRecord {
  readonly id: string;
  /** The owning project; null: the cloud's own. */
  readonly owner: string | null;
  readonly name: string | null;
  readonly status: ImageStatus;
  readonly visibility: Visibility;
  /** As declared. */
  readonly diskFormat: string | null;
  readonly containerFormat: string | null;
  /** What the bytes are: what an engine must open them as; null when they are nothing that we know. */
  readonly contentFormat: string | null;
  /** Null until the bytes are there. */
  readonly sizeBytes: bigint | null;
  /** The size of the disk that it holds; null when that is not known. */
  readonly virtualSizeBytes: bigint | null;
  /** MD5, hex. */
  readonly checksum: string | null;
  readonly hashAlgorithm: string | null;
  readonly hashValue: string | null;
  /** GiB. */
  readonly minDisk: number;
  /** MiB. */
  readonly minRam: number;
  readonly protected: boolean;
  readonly hidden: boolean;
  readonly tags: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  /** The last import came to nothing. */
  readonly importFailed: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a project has been told of an image that is shared with it. */
export type MemberStatus = 'pending' | 'accepted' | 'rejected';

/** Whether the caller may know of the image; `isMember` says whether it is shared with the caller's project. */
export function mayRead(context: Context, image: ImageRecord, isMember: boolean): boolean {
  if (context.isAdmin || isOwner(context, image)) return true;
  return (
    image.visibility === 'public' || image.visibility === 'community' || (image.visibility === 'shared' && isMember)
  );
}

/** Whether the caller may change or delete the image. */
export function mayChange(context: Context, image: ImageRecord): boolean {
  return context.isAdmin || (isOwner(context, image) && context.roles.includes('member'));
}

function isOwner(context: Context, image: ImageRecord): boolean {
  return image.owner !== null && context.projectId === image.owner;
}
