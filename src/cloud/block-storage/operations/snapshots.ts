import type { Context } from '../../../kernel/access/context.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid, newId } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import { missing, wrongStatus } from '../domain/faults.ts';
import { snapshotDemand } from '../domain/quotas.ts';
import { mayUse, type SnapshotRecord } from '../domain/volume.ts';
import { checkQuota } from '../store/quotas.ts';
import { changeSnapshot, findSnapshot, insertSnapshot, type SnapshotChange } from '../store/snapshots.ts';
import { snapshotReconciler, type VolumeSettings } from './settings.ts';
import { visibleVolume } from './volumes.ts';

/** The snapshot, unless it was deleted or is another project's: then `notFound`. */
export async function visibleSnapshot(
  connection: Connection,
  context: Context,
  id: string,
  lock?: 'update',
): Promise<SnapshotRecord> {
  const snapshot = isUuid(id) ? await findSnapshot(connection, id, lock) : undefined;
  if (snapshot === undefined || snapshot.deletedAt !== null || !mayUse(context, snapshot)) {
    throw missing('Snapshot', id);
  }
  return snapshot;
}

export interface SnapshotAttributes {
  readonly volumeId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Also of a volume that a server has. */
  readonly force: boolean;
}

/** Accepts the creation; the reconciler makes it. */
export async function createSnapshot(
  settings: VolumeSettings,
  context: Context,
  attributes: SnapshotAttributes,
): Promise<SnapshotRecord> {
  return settings.store.transact((tx) => addSnapshot(settings, tx, context, attributes, null));
}

/** The same within a transaction, as part of a group's snapshot or not. */
export async function addSnapshot(
  { work, clock }: VolumeSettings,
  tx: Tx,
  context: Context,
  attributes: SnapshotAttributes,
  groupSnapshotId: string | null,
): Promise<SnapshotRecord> {
  const { volumeId, name, description, metadata, force } = attributes;
  const volume = await visibleVolume(tx, context, volumeId, 'update');
  const expected = force ? ['available', 'in-use'] : ['available'];
  if (!expected.includes(volume.status)) {
    throw wrongStatus('Volume', 'be snapshotted', expected.join(' or '), volume.status);
  }
  await checkQuota(tx, volume.projectId, snapshotDemand(volume.typeName, volume.sizeGiB));
  const now = clock.now();
  const id = newId(now.getTime());
  await insertSnapshot(tx, {
    ...{ id, volume_id: volumeId, name, description, metadata, status: 'creating', progress: null },
    ...{ project_id: volume.projectId, user_id: context.userId, request_id: context.requestId },
    ...{ size_gib: volume.sizeGiB, type_id: volume.typeId, group_snapshot_id: groupSnapshotId },
    ...{ created_at: now, updated_at: null, deleted_at: null },
  });
  await work.wake(tx, snapshotReconciler, id);
  return (await findSnapshot(tx, id)) as SnapshotRecord;
}

/** Changes the snapshot, locked, in one transaction; answers it as it then is. */
export async function alterSnapshot(
  { store, clock }: VolumeSettings,
  context: Context,
  id: string,
  change: (snapshot: SnapshotRecord, tx: Tx) => Promise<SnapshotChange> | SnapshotChange,
): Promise<SnapshotRecord> {
  return store.transact(async (tx) => {
    const snapshot = await visibleSnapshot(tx, context, id, 'update');
    await changeSnapshot(tx, id, { ...(await change(snapshot, tx)), updated_at: clock.now() });
    return (await findSnapshot(tx, id)) as SnapshotRecord;
  });
}

/** Accepts the deletion; with `force`, whatever its status. */
export async function deleteSnapshot(
  settings: VolumeSettings,
  context: Context,
  id: string,
  force = false,
): Promise<void> {
  await settings.store.transact(async (tx) => {
    const { groupSnapshotId } = await visibleSnapshot(tx, context, id);
    if (groupSnapshotId !== null) {
      throw badRequest(
        `Invalid snapshot: it is part of group snapshot ${groupSnapshotId}, which is deleted as a whole.`,
      );
    }
    await dropSnapshot(settings, tx, context, id, force);
  });
}

/** The same within a transaction, part of a group's snapshot or not. */
export async function dropSnapshot(
  { work, clock }: VolumeSettings,
  tx: Tx,
  context: Context,
  id: string,
  force: boolean,
): Promise<void> {
  const snapshot = await visibleSnapshot(tx, context, id, 'update');
  const expected = ['available', 'error', 'error_deleting', 'deleting'];
  if (!force && !expected.includes(snapshot.status)) {
    throw badRequest(`Invalid snapshot: Snapshot status must be available or error, but is ${snapshot.status}.`);
  }
  await work.wake(tx, snapshotReconciler, id);
  await changeSnapshot(tx, id, { status: 'deleting', updated_at: clock.now() });
}
