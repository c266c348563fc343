import type { ImageRecord, ImageStatus, MemberStatus, Visibility } from '../domain/image.ts';
import type { DefinitionKind } from '../domain/metadefs.ts';

/** `image.image` */
export interface ImageRow {
  id: string;
  owner: string | null;
  name: string | null;
  status: ImageStatus;
  visibility: Visibility;
  disk_format: string | null;
  container_format: string | null;
  content_format: string | null;
  size_bytes: bigint | null;
  virtual_size_bytes: bigint | null;
  checksum: string | null;
  os_hash_algo: string | null;
  os_hash_value: string | null;
  min_disk: number;
  min_ram: number;
  protected: boolean;
  os_hidden: boolean;
  tags: string[];
  /** jsonb: written as text. */
  properties: unknown;
  import_failed: boolean;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

/** `image.member` */
export interface MemberRow {
  image_id: string;
  member_id: string;
  status: MemberStatus;
  created_at: Date;
  updated_at: Date;
}

/** What a caller asks of an import (Glance API reference, "Import an image"). */
export interface ImportRequest {
  readonly method: { readonly name: string; readonly uri?: string };
}

export type TaskStatus = 'pending' | 'processing' | 'success' | 'failure';

/** `image.task` */
export interface TaskRow {
  id: string;
  image_id: string;
  owner: string | null;
  user_id: string;
  request_id: string;
  status: TaskStatus;
  /** jsonb: an `ImportRequest`, written as text. */
  request: unknown;
  message: string;
  created_at: Date;
  updated_at: Date;
  expires_at: Date | null;
}

/** `image.metadef_namespace` */
export interface NamespaceRow {
  name: string;
  display_name: string | null;
  description: string | null;
  visibility: 'public' | 'private';
  protected: boolean;
  owner: string;
  created_at: Date;
  updated_at: Date;
}

/** `image.metadef_definition` */
export interface DefinitionRow {
  namespace: string;
  kind: DefinitionKind;
  name: string;
  /** jsonb: written as text. */
  body: unknown;
  created_at: Date;
  updated_at: Date;
}

/** `image.metadef_resource_type` */
export interface ResourceTypeRow {
  name: string;
  created_at: Date;
  updated_at: Date;
}

/** The tables of this context. */
export interface ImageTables {
  'image.metadef_namespace': NamespaceRow;
  'image.metadef_definition': DefinitionRow;
  'image.metadef_resource_type': ResourceTypeRow;
  'image.image': ImageRow;
  'image.member': MemberRow;
  'image.task': TaskRow;
  'image.hold': { image_id: string; holder: string };
}

export function imageOf(row: ImageRow): ImageRecord {
  return {
    id: row.id,
    owner: row.owner,
    name: row.name,
    status: row.status,
    visibility: row.visibility,
    diskFormat: row.disk_format,
    containerFormat: row.container_format,
    contentFormat: row.content_format,
    sizeBytes: row.size_bytes,
    virtualSizeBytes: row.virtual_size_bytes,
    checksum: row.checksum,
    hashAlgorithm: row.os_hash_algo,
    hashValue: row.os_hash_value,
    minDisk: row.min_disk,
    minRam: row.min_ram,
    protected: row.protected,
    hidden: row.os_hidden,
    tags: row.tags,
    properties: row.properties as Record<string, string>,
    importFailed: row.import_failed,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
