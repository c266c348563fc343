import type { Context } from '../../../kernel/access/context.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid, newId } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import type { BackupRecord } from '../domain/backup.ts';
import { missing, wrongStatus } from '../domain/faults.ts';
import { mayUse, type VolumeRecord } from '../domain/volume.ts';
import { type BackupChange, changeBackup, findBackup, insertBackup } from '../store/backups.ts';
import { checkQuota } from '../store/quotas.ts';
import { changeSnapshot } from '../store/snapshots.ts';
import { changeVolume } from '../store/volumes.ts';
import { createVolume } from './create-volume.ts';
import { backupReconciler, type VolumeSettings } from './settings.ts';
import { visibleSnapshot } from './snapshots.ts';
import { visibleVolume } from './volumes.ts';

/** The backup, unless it was deleted or is another project's: then `notFound`. */
export async function visibleBackup(
  connection: Connection,
  context: Context,
  id: string,
  lock?: 'update',
): Promise<BackupRecord> {
  const backup = isUuid(id) ? await findBackup(connection, id, lock) : undefined;
  if (backup === undefined || backup.deletedAt !== null || !mayUse(context, backup)) throw missing('Backup', id);
  return backup;
}

export interface BackupAttributes {
  readonly volumeId: string;
  readonly snapshotId: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly container: string | null;
  readonly availabilityZone: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Also of a volume that a server has: as a power cut at that moment would have left it. */
  readonly force: boolean;
}

/** Accepts the creation; the reconciler copies. What is copied says so by its status until it is done. */
export async function createBackup(
  { store, work, clock }: VolumeSettings,
  context: Context,
  attributes: BackupAttributes,
): Promise<BackupRecord> {
  const { volumeId, snapshotId, name, description, container, availabilityZone, metadata } = attributes;
  return store.transact(async (tx) => {
    const volume = await visibleVolume(tx, context, volumeId, 'update');
    const now = clock.now();
    await checkQuota(tx, volume.projectId, { backups: 1, backup_gigabytes: volume.sizeGiB });
    const dataTimestamp = snapshotId === null ? now : await backUpSnapshot(tx, context, volume, snapshotId, now);
    if (snapshotId === null) {
      refuseBackup(volume, attributes.force);
      await changeVolume(tx, volumeId, { status: 'backing-up', previous_status: volume.status, updated_at: now });
    }
    const id = newId(now.getTime());
    await insertBackup(tx, {
      ...{ id, volume_id: volumeId, snapshot_id: snapshotId, name, description, container, metadata },
      ...{ project_id: volume.projectId, user_id: context.userId, request_id: context.requestId },
      ...{ size_gib: volume.sizeGiB, status: 'creating', fail_reason: null, availability_zone: availabilityZone },
      ...{ volume_facts: factsOf(volume), restore_to: null, data_id: id, data_timestamp: dataTimestamp },
      ...{ created_at: now, updated_at: null, deleted_at: null },
    });
    await work.wake(tx, backupReconciler, id);
    return (await findBackup(tx, id)) as BackupRecord;
  });
}

function refuseBackup({ status }: VolumeRecord, force: boolean): void {
  if (status === 'available' || (force && status === 'in-use')) return;
  if (status === 'in-use') {
    throw badRequest('Invalid volume: Backing up an in-use volume must use the force flag.');
  }
  throw wrongStatus('Volume', 'be backed up', force ? 'available or in-use' : 'available', status);
}

async function backUpSnapshot(
  tx: Tx,
  context: Context,
  volume: VolumeRecord,
  snapshotId: string,
  now: Date,
): Promise<Date> {
  const snapshot = await visibleSnapshot(tx, context, snapshotId, 'update');
  if (snapshot.volumeId !== volume.id) throw badRequest('The snapshot is not one of the volume.');
  if (snapshot.status !== 'available') throw wrongStatus('Snapshot', 'be backed up', 'available', snapshot.status);
  await changeSnapshot(tx, snapshotId, { status: 'backing-up', updated_at: now });
  return snapshot.createdAt;
}

function factsOf({ name, description, metadata, imageMetadata, bootable }: VolumeRecord): BackupRecord['volumeFacts'] {
  return { name, description, metadata, imageMetadata, bootable };
}

/** Changes the backup, locked, in one transaction; answers it as it then is. */
export async function alterBackup(
  { store, clock }: VolumeSettings,
  context: Context,
  id: string,
  change: (backup: BackupRecord, tx: Tx, now: Date) => Promise<BackupChange> | BackupChange,
): Promise<BackupRecord> {
  return store.transact(async (tx) => {
    const backup = await visibleBackup(tx, context, id, 'update');
    const now = clock.now();
    await changeBackup(tx, id, { ...(await change(backup, tx, now)), updated_at: now });
    return (await findBackup(tx, id)) as BackupRecord;
  });
}

/** Accepts the deletion; with `force`, whatever its status. */
export async function deleteBackup(
  settings: VolumeSettings,
  context: Context,
  id: string,
  force = false,
): Promise<void> {
  await alterBackup(settings, context, id, async (backup, tx) => {
    const expected = ['available', 'error', 'error_deleting', 'deleting'];
    if (!force && !expected.includes(backup.status)) {
      throw wrongStatus('Backup', 'be deleted', 'available or error', backup.status);
    }
    await settings.work.wake(tx, backupReconciler, id);
    return { status: 'deleting' };
  });
}

/** Accepts the restoration: to a volume that is there, or to a new one. Answers the volume. */
export async function restoreBackup(
  settings: VolumeSettings,
  context: Context,
  id: string,
  target: { readonly volumeId: string | undefined; readonly name: string | undefined },
): Promise<VolumeRecord> {
  const backup = await visibleBackup(settings.store.db, context, id);
  if (backup.status !== 'available') throw wrongStatus('Backup', 'be restored', 'available', backup.status);
  if (target.volumeId === undefined) {
    const { name, description, metadata } = backup.volumeFacts;
    return createVolume(settings, context, {
      ...{ backup, sizeGiB: backup.sizeGiB, description, metadata },
      name: target.name ?? name ?? `restore_backup_${id}`,
    });
  }
  const { volumeId } = target;
  await alterBackup(settings, context, id, async (_current, tx, now) => {
    const volume = await visibleVolume(tx, context, volumeId, 'update');
    if (volume.status !== 'available') throw wrongStatus('Volume', 'be restored to', 'available', volume.status);
    if (volume.sizeGiB < backup.sizeGiB) {
      throw badRequest(`Volume ${volumeId} is smaller than the backup: ${volume.sizeGiB} < ${backup.sizeGiB} GB.`);
    }
    await changeVolume(tx, volumeId, { status: 'restoring-backup', previous_status: volume.status, updated_at: now });
    await settings.work.wake(tx, backupReconciler, id);
    return { status: 'restoring', restore_to: volumeId };
  });
  return visibleVolume(settings.store.db, context, volumeId);
}
