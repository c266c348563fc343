import { isUuid } from '../../../kernel/base/ids.ts';
import type { Tx } from '../../../kernel/store/index.ts';
import type { Reconciler } from '../../../kernel/work/index.ts';
import type { BackupRecord } from '../domain/backup.ts';
import { backupReconciler, volumeReconciler } from '../operations/settings.ts';
import { changeBackup, findBackup, unfinishedBackups, wantedData } from '../store/backups.ts';
import { changeSnapshot } from '../store/snapshots.ts';
import { changeVolume, findVolume } from '../store/volumes.ts';
import { attempt, restingStatus, tellUser, type VolumeWork } from './volume-work.ts';

/** Makes, restores and removes backups; removes copies that no row wants. */
export function createBackupReconciler(work: VolumeWork): Reconciler {
  return {
    name: backupReconciler,
    async reconcile(id, log) {
      const backup = isUuid(id) ? await findBackup(work.store.db, id) : undefined;
      if (backup === undefined || backup.deletedAt !== null) await removeUnwanted(work, id);
      else if (backup.status === 'creating') await create({ ...work, log }, backup);
      else if (backup.status === 'restoring') await restore({ ...work, log }, backup);
      else if (backup.status === 'deleting') await remove({ ...work, log }, backup);
      return undefined;
    },
    async list() {
      const { backups } = await work.engine.inventory().catch(() => ({ backups: [] as string[] }));
      const wanted = await wantedData(work.store.db, backups);
      const unfinished = await unfinishedBackups(work.store.db);
      return [...new Set([...unfinished, ...backups.filter((id) => !wanted.has(id))])];
    },
  };
}

async function removeUnwanted(work: VolumeWork, id: string): Promise<void> {
  if (!(await wantedData(work.store.db, [id])).has(id)) await work.engine.removeBackup(id);
}

async function create(work: VolumeWork, backup: BackupRecord): Promise<void> {
  const { volumeId, snapshotId } = backup;
  const fault = await attempt(work, backup.createdAt, `back up volume ${volumeId}`, () => copy(work, backup));
  if (fault !== undefined) await dropMoment(work, backup).catch((err) => work.log.warn({ err }, 'a snapshot is left'));
  await settle(work, backup, fault?.message, 'backup', async (tx, now) => {
    if (snapshotId !== null)
      await changeSnapshot(tx, snapshotId, { status: 'available', updated_at: now }, 'backing-up');
    else await letGo(work, tx, volumeId, now);
    return { status: fault === undefined ? 'available' : 'error', fail_reason: fault?.message ?? null };
  });
}

async function copy(work: VolumeWork, backup: BackupRecord): Promise<void> {
  const { id, volumeId, snapshotId } = backup;
  const volume = await findVolume(work.store.db, volumeId);
  const isOfMoment = snapshotId === null && volume?.previousStatus === 'in-use';
  if (isOfMoment) await work.engine.createSnapshot(volumeId, id);
  await work.engine.createBackup({ id, source: { volumeId, snapshotId: isOfMoment ? id : snapshotId } });
  if (isOfMoment) await dropMoment(work, backup);
}

/**
 * A volume that a server has is copied as it was at one moment: of a snapshot in its disk, under the backup's id, that no row
 * tells of. It goes with the copy's end, or else with the backup.
 */
async function dropMoment({ engine }: VolumeWork, { id, volumeId, snapshotId }: BackupRecord): Promise<void> {
  if (snapshotId === null) await engine.removeSnapshot(volumeId, id);
}

/** The volume is what it was before; what was put off meanwhile is looked at. */
async function letGo({ work }: VolumeWork, tx: Tx, volumeId: string, now: Date): Promise<void> {
  const volume = await findVolume(tx, volumeId, 'update');
  if (volume?.status !== 'backing-up') return;
  const status = await restingStatus(tx, volume);
  await changeVolume(tx, volumeId, { status, previous_status: null, updated_at: now });
  await work.wake(tx, volumeReconciler, volumeId);
}

async function restore(work: VolumeWork, backup: BackupRecord): Promise<void> {
  const { dataId, restoreTo, volumeFacts } = backup;
  const since = backup.updatedAt ?? backup.createdAt;
  const fault = await attempt(work, since, `restore backup ${backup.id}`, async () => {
    if (restoreTo !== null) await work.engine.restoreBackup(dataId, restoreTo);
  });
  await settle(work, backup, fault?.message, 'restore', async (tx, now) => {
    if (restoreTo !== null) {
      const { bootable, imageMetadata } = volumeFacts;
      const restored = { status: 'available', bootable, image_metadata: imageMetadata } as const;
      const change = fault === undefined ? restored : ({ status: 'error_restoring' } as const);
      await changeVolume(tx, restoreTo, { ...change, previous_status: null, updated_at: now }, 'restoring-backup');
    }
    return { status: 'available', restore_to: null };
  });
}

async function remove(work: VolumeWork, backup: BackupRecord): Promise<void> {
  await dropMoment(work, backup);
  // The bytes go when no backup, this one included, has them any more.
  await settle(work, backup, undefined, 'backup', async (_tx, now) => ({ deleted_at: now }));
  await removeUnwanted(work, backup.dataId);
}

async function settle(
  work: VolumeWork,
  backup: BackupRecord,
  failure: string | undefined,
  action: 'backup' | 'restore',
  change: (tx: Tx, now: Date) => Promise<Parameters<typeof changeBackup>[2]>,
): Promise<void> {
  const now = work.clock.now();
  await work.store.transact(async (tx) => {
    const current = await findBackup(tx, backup.id, 'update');
    if (current?.status !== backup.status) return work.work.wake(tx, backupReconciler, backup.id);
    await changeBackup(tx, backup.id, { ...(await change(tx, now)), updated_at: now });
    if (failure !== undefined) {
      await tellUser(tx, now, backup, { type: 'VOLUME_BACKUP', id: backup.id }, action, failure);
    }
  });
}
