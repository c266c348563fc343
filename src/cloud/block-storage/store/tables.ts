import { type RawBuilder, sql } from 'kysely';
import type { AttachmentRecord, AttachStatus } from '../domain/attachment.ts';
import type { BackupRecord, BackupStatus, VolumeFacts } from '../domain/backup.ts';
import type { GroupStatus } from '../domain/group.ts';
import type { Origin, SnapshotRecord, SnapshotStatus, Upload, VolumeRecord, VolumeStatus } from '../domain/volume.ts';

type Texts = Readonly<Record<string, string>>;

export interface VolumeRow {
  id: string;
  project_id: string;
  user_id: string;
  request_id: string;
  name: string | null;
  description: string | null;
  size_gib: number;
  status: VolumeStatus;
  previous_status: VolumeStatus | null;
  type_id: string;
  availability_zone: string;
  origin: Origin;
  snapshot_id: string | null;
  source_volume_id: string | null;
  group_id: string | null;
  bootable: boolean;
  multiattach: boolean;
  read_only: boolean | null;
  metadata: Texts;
  image_metadata: Texts | null;
  upload: Upload | null;
  revert_to: string | null;
  created_at: Date;
  updated_at: Date | null;
  launched_at: Date | null;
  deleted_at: Date | null;
}

export interface SnapshotRow {
  id: string;
  volume_id: string;
  project_id: string;
  user_id: string;
  request_id: string;
  name: string | null;
  description: string | null;
  size_gib: number;
  status: SnapshotStatus;
  progress: string | null;
  type_id: string;
  group_snapshot_id: string | null;
  metadata: Texts;
  created_at: Date;
  updated_at: Date | null;
  deleted_at: Date | null;
}

export interface AttachmentRow {
  id: string;
  volume_id: string;
  project_id: string;
  server_id: string | null;
  host_name: string | null;
  device: string | null;
  by_compute: boolean;
  mode: 'rw' | 'ro';
  status: AttachStatus;
  connector: Readonly<Record<string, unknown>> | null;
  created_at: Date;
  attached_at: Date | null;
}

export interface BackupRow {
  id: string;
  project_id: string;
  user_id: string;
  request_id: string;
  volume_id: string;
  snapshot_id: string | null;
  name: string | null;
  description: string | null;
  container: string | null;
  size_gib: number;
  status: BackupStatus;
  fail_reason: string | null;
  availability_zone: string | null;
  metadata: Texts;
  volume_facts: VolumeFacts;
  restore_to: string | null;
  data_id: string;
  data_timestamp: Date;
  created_at: Date;
  updated_at: Date | null;
  deleted_at: Date | null;
}

export interface VolumeTypeRow {
  id: string;
  name: string;
  description: string | null;
  is_public: boolean;
  extra_specs: Texts;
  qos_specs_id: string | null;
  created_at: Date;
  updated_at: Date | null;
}

export interface TypeAccessRow {
  type_id: string;
  project_id: string;
}

export interface QosSpecsRow {
  id: string;
  name: string;
  consumer: 'front-end' | 'back-end' | 'both';
  specs: Texts;
  created_at: Date;
}

export interface GroupTypeRow {
  id: string;
  name: string;
  description: string | null;
  is_public: boolean;
  group_specs: Texts;
  created_at: Date;
}

export interface GroupRow {
  id: string;
  project_id: string;
  user_id: string;
  name: string | null;
  description: string | null;
  status: GroupStatus;
  group_type_id: string;
  volume_type_ids: readonly string[];
  availability_zone: string;
  group_snapshot_id: string | null;
  source_group_id: string | null;
  created_at: Date;
}

export interface GroupSnapshotRow {
  id: string;
  group_id: string;
  group_type_id: string;
  project_id: string;
  user_id: string;
  name: string | null;
  description: string | null;
  status: GroupStatus;
  created_at: Date;
}

export interface TransferRow {
  id: string;
  volume_id: string;
  project_id: string;
  name: string | null;
  salt: string;
  key_hash: string;
  no_snapshots: boolean;
  created_at: Date;
}

export interface QuotaRow {
  project_id: string;
  resource: string;
  quota_limit: number;
}

export interface MessageRow {
  id: string;
  project_id: string;
  request_id: string;
  resource_type: string;
  resource_id: string;
  event_id: string;
  text: string;
  created_at: Date;
  guaranteed_until: Date;
}

export interface DisabledServiceRow {
  binary: string;
  host: string;
  reason: string | null;
  frozen: boolean;
}

/** The tables of this context. */
export interface VolumeTables {
  'block_storage.volume': VolumeRow;
  'block_storage.snapshot': SnapshotRow;
  'block_storage.attachment': AttachmentRow;
  'block_storage.backup': BackupRow;
  'block_storage.volume_type': VolumeTypeRow;
  'block_storage.type_access': TypeAccessRow;
  'block_storage.qos_specs': QosSpecsRow;
  'block_storage.group_type': GroupTypeRow;
  'block_storage.volume_group': GroupRow;
  'block_storage.group_snapshot': GroupSnapshotRow;
  'block_storage.transfer': TransferRow;
  'block_storage.quota': QuotaRow;
  'block_storage.message': MessageRow;
  'block_storage.disabled_service': DisabledServiceRow;
}

/** A value of a jsonb column, which the driver would otherwise send as an array or as nothing. */
export function jsonb<T>(value: T): RawBuilder<T> {
  return sql<T>`${value === null ? null : JSON.stringify(value)}::jsonb`;
}

export function volumeOf(row: VolumeRow & { readonly type_name: string }): VolumeRecord {
  return {
    id: row.id,
    projectId: row.project_id,
    userId: row.user_id,
    requestId: row.request_id,
    name: row.name,
    description: row.description,
    sizeGiB: row.size_gib,
    status: row.status,
    previousStatus: row.previous_status,
    typeId: row.type_id,
    typeName: row.type_name,
    availabilityZone: row.availability_zone,
    origin: row.origin,
    snapshotId: row.snapshot_id,
    sourceVolumeId: row.source_volume_id,
    groupId: row.group_id,
    bootable: row.bootable,
    multiattach: row.multiattach,
    readOnly: row.read_only,
    metadata: row.metadata,
    imageMetadata: row.image_metadata,
    upload: row.upload,
    revertTo: row.revert_to,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    launchedAt: row.launched_at,
    deletedAt: row.deleted_at,
  };
}

export function snapshotOf(row: SnapshotRow): SnapshotRecord {
  return {
    id: row.id,
    volumeId: row.volume_id,
    projectId: row.project_id,
    userId: row.user_id,
    requestId: row.request_id,
    name: row.name,
    description: row.description,
    sizeGiB: row.size_gib,
    status: row.status,
    progress: row.progress,
    typeId: row.type_id,
    groupSnapshotId: row.group_snapshot_id,
    metadata: row.metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
  };
}

export function attachmentOf(row: AttachmentRow): AttachmentRecord {
  return {
    id: row.id,
    volumeId: row.volume_id,
    projectId: row.project_id,
    serverId: row.server_id,
    hostName: row.host_name,
    device: row.device,
    byCompute: row.by_compute,
    mode: row.mode,
    status: row.status,
    connector: row.connector,
    createdAt: row.created_at,
    attachedAt: row.attached_at,
  };
}

export function backupOf(row: BackupRow): BackupRecord {
  return {
    id: row.id,
    projectId: row.project_id,
    userId: row.user_id,
    requestId: row.request_id,
    volumeId: row.volume_id,
    snapshotId: row.snapshot_id,
    name: row.name,
    description: row.description,
    container: row.container,
    sizeGiB: row.size_gib,
    status: row.status,
    failReason: row.fail_reason,
    availabilityZone: row.availability_zone,
    metadata: row.metadata,
    volumeFacts: row.volume_facts,
    restoreTo: row.restore_to,
    dataId: row.data_id,
    dataTimestamp: row.data_timestamp,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
  };
}
