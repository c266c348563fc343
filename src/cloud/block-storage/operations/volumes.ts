import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import { missing, wrongStatus } from '../domain/faults.ts';
import { growthDemand } from '../domain/quotas.ts';
import { atRest, deletable, mayUse, type VolumeRecord } from '../domain/volume.ts';
import { emitVolume } from '../events.ts';
import { attachmentsOf, removeAttachment } from '../store/attachments.ts';
import { checkQuota, checkVolumeSize } from '../store/quotas.ts';
import { changeSnapshot, snapshotsOf } from '../store/snapshots.ts';
import { changeVolume, findVolume, type VolumeChange } from '../store/volumes.ts';
import { snapshotReconciler, type VolumeSettings, volumeReconciler } from './settings.ts';

/** The volume, unless it was deleted or is another project's: then `notFound`. */
export async function visibleVolume(
  connection: Connection,
  context: Context,
  id: string,
  lock?: 'update',
): Promise<VolumeRecord> {
  const volume = isUuid(id) ? await findVolume(connection, id, lock) : undefined;
  if (volume === undefined || volume.deletedAt !== null || !mayUse(context, volume)) throw missing('Volume', id);
  return volume;
}

/** Changes the volume, locked, in one transaction; answers it as it then is. */
export async function alterVolume(
  { store, clock }: VolumeSettings,
  context: Context,
  id: string,
  change: (volume: VolumeRecord, tx: Tx, now: Date) => Promise<VolumeChange> | VolumeChange,
): Promise<VolumeRecord> {
  return store.transact(async (tx) => {
    const volume = await visibleVolume(tx, context, id, 'update');
    const now = clock.now();
    await changeVolume(tx, id, { ...(await change(volume, tx, now)), updated_at: now });
    return (await findVolume(tx, id)) as VolumeRecord;
  });
}

/** How a volume is deleted. */
export interface Deletion {
  /** With its snapshots. */
  readonly cascade?: boolean;
  /** Whatever its status. */
  readonly force?: boolean;
}

/** Accepts the deletion. 400 says what stands in the way; repeated, it is fine. */
export async function deleteVolume(
  settings: VolumeSettings,
  context: Context,
  id: string,
  options: Deletion = {},
): Promise<void> {
  await settings.store.transact(async (tx) => {
    const { groupId } = await visibleVolume(tx, context, id);
    if (groupId !== null) {
      throw badRequest(
        `Invalid volume: it belongs to group ${groupId}: take it out, or delete the group with its volumes.`,
      );
    }
    await dropVolume(settings, tx, context, id, options);
  });
}

/** The same within a transaction, be the volume in a group. */
export async function dropVolume(
  settings: VolumeSettings,
  tx: Tx,
  context: Context,
  id: string,
  options: Deletion,
): Promise<void> {
  const volume = await visibleVolume(tx, context, id, 'update');
  if (volume.status === 'deleting') return;
  const attachments = await attachmentsOf(tx, [id]);
  const force = options.force === true;
  if (!force && (!deletable.includes(volume.status) || attachments.length > 0)) {
    const status = attachments.length > 0 && volume.status === 'available' ? 'in-use' : volume.status;
    throw wrongStatus('Volume', 'be deleted', deletable.join(' or '), status);
  }
  if (attachments.some(({ status }) => status === 'attached')) {
    throw badRequest(`Volume ${id} is still attached, detach volume first.`);
  }
  const now = settings.clock.now();
  await dropSnapshots(settings, tx, id, now, options.cascade === true || force);
  for (const { id: attachmentId } of attachments) await removeAttachment(tx, attachmentId);
  await changeVolume(tx, id, { status: 'deleting', previous_status: volume.status, updated_at: now });
  if (volume.launchedAt !== null) await emitVolume(tx, 'deleted', volume, now);
  await settings.work.wake(tx, volumeReconciler, id);
}

async function dropSnapshots(
  { work }: VolumeSettings,
  tx: Tx,
  volumeId: string,
  now: Date,
  cascade: boolean,
): Promise<void> {
  const snapshots = await snapshotsOf(tx, volumeId);
  if (snapshots.length > 0 && !cascade) {
    throw badRequest(
      `Invalid volume: Volume status must be available or error and must not have snapshots; it has ${snapshots.length}.`,
    );
  }
  for (const { id, status } of snapshots) {
    if (status === 'backing-up' || status === 'restoring')
      throw wrongStatus('Snapshot', 'be deleted', 'available', status);
    await changeSnapshot(tx, id, { status: 'deleting', updated_at: now });
    await work.wake(tx, snapshotReconciler, id);
  }
}

/** Accepts that the volume grows. Attached ones grow too: their server is told. */
export async function extendVolume(
  settings: VolumeSettings,
  context: Context,
  id: string,
  sizeGiB: number,
  attachedToo: boolean,
): Promise<VolumeRecord> {
  return alterVolume(settings, context, id, async (volume, tx) => {
    const expected = attachedToo ? ['available', 'in-use'] : ['available'];
    if (!expected.includes(volume.status)) throw wrongStatus('Volume', 'extend', expected.join(' or '), volume.status);
    if (sizeGiB <= volume.sizeGiB) {
      throw badRequest(
        `New size for extend must be greater than current size. (current: ${volume.sizeGiB}, extended: ${sizeGiB}).`,
      );
    }
    await checkVolumeSize(tx, volume.projectId, sizeGiB);
    await checkQuota(tx, volume.projectId, growthDemand(volume.typeName, sizeGiB - volume.sizeGiB));
    await settings.work.wake(tx, volumeReconciler, id);
    return { status: 'extending', previous_status: volume.status, size_gib: sizeGiB };
  });
}

/** Makes the volume what its newest snapshot kept. */
export async function revertVolume(
  settings: VolumeSettings,
  context: Context,
  id: string,
  snapshotId: string,
): Promise<void> {
  await alterVolume(settings, context, id, async (volume, tx) => {
    if (volume.status !== 'available') throw wrongStatus('Volume', 'be reverted', 'available', volume.status);
    const newest = (await snapshotsOf(tx, id)).at(-1);
    if (newest?.id !== snapshotId) throw badRequest(`Snapshot ${snapshotId.slice(0, 64)} is not the latest one.`);
    if (newest.sizeGiB !== volume.sizeGiB) throw badRequest('The volume was extended after the snapshot was made.');
    await settings.work.wake(tx, volumeReconciler, id);
    return { status: 'reverting', previous_status: volume.status, revert_to: snapshotId };
  });
}

/** 409 unless nothing is being done to the volume. */
export function refuseBusy(volume: VolumeRecord, what: string): void {
  if (!atRest.includes(volume.status)) throw wrongStatus('Volume', what, 'available', volume.status);
}

/** 403 for others than administrators, as Cinder's policies word it. */
export function refuseOthers(context: Context, rule: string): void {
  if (!context.isAdmin) throw new Fault('forbidden', `Policy doesn't allow ${rule} to be performed.`);
}

/** The id is another's: ids are never used again. */
export function idTaken(id: string): Fault {
  return conflict(`The id ${id} is taken.`);
}
