import { isUuid } from '../../../kernel/base/ids.ts';
import type { Reconciler } from '../../../kernel/work/index.ts';
import type { SnapshotRecord } from '../domain/volume.ts';
import { snapshotReconciler } from '../operations/settings.ts';
import { settleGroupSnapshot } from '../store/groups.ts';
import { changeSnapshot, findSnapshot, type SnapshotChange, unfinishedSnapshots } from '../store/snapshots.ts';
import { findVolume } from '../store/volumes.ts';
import { attempt, tellUser, type VolumeWork } from './volume-work.ts';

/** Makes and removes snapshots. */
export function createSnapshotReconciler(work: VolumeWork): Reconciler {
  return {
    name: snapshotReconciler,
    async reconcile(id, log) {
      const snapshot = isUuid(id) ? await findSnapshot(work.store.db, id) : undefined;
      if (snapshot === undefined || snapshot.deletedAt !== null) return undefined;
      if (snapshot.status === 'creating') await create({ ...work, log }, snapshot);
      if (snapshot.status === 'deleting') await remove({ ...work, log }, snapshot);
      return undefined;
    },
    list: () => unfinishedSnapshots(work.store.db),
  };
}

async function create(work: VolumeWork, snapshot: SnapshotRecord): Promise<void> {
  const { id, volumeId } = snapshot;
  const fault = await attempt(work, snapshot.createdAt, `snapshot volume ${volumeId}`, () =>
    work.engine.createSnapshot(volumeId, id),
  );
  await settle(work, snapshot, fault?.message, 'snapshot', { status: fault === undefined ? 'available' : 'error' });
}

async function remove(work: VolumeWork, snapshot: SnapshotRecord): Promise<void> {
  const { id, volumeId } = snapshot;
  const since = snapshot.updatedAt ?? snapshot.createdAt;
  const fault = await attempt(work, since, `delete snapshot ${id}`, async () => {
    const volume = await findVolume(work.store.db, volumeId);
    // Its disk, and the snapshot in it, is gone or going.
    if (volume === undefined || volume.deletedAt !== null) return;
    await work.engine.removeSnapshot(volumeId, id);
  });
  const deleted: SnapshotChange = { deleted_at: work.clock.now() };
  await settle(work, snapshot, fault?.message, 'delete', fault === undefined ? deleted : { status: 'error_deleting' });
}

async function settle(
  work: VolumeWork,
  snapshot: SnapshotRecord,
  failure: string | undefined,
  action: 'snapshot' | 'delete',
  change: SnapshotChange,
): Promise<void> {
  const now = work.clock.now();
  await work.store.transact(async (tx) => {
    const written = await changeSnapshot(tx, snapshot.id, { ...change, updated_at: now }, snapshot.status);
    if (!written) return work.work.wake(tx, snapshotReconciler, snapshot.id);
    await settleGroupSnapshot(tx, snapshot.groupSnapshotId);
    const resource = { type: 'VOLUME_SNAPSHOT', id: snapshot.id } as const;
    if (failure !== undefined) await tellUser(tx, now, snapshot, resource, action, failure);
  });
}
