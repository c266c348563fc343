import { createReadStream } from 'node:fs';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { Tx } from '../../../kernel/store/index.ts';
import type { Reconciler } from '../../../kernel/work/index.ts';
import { mismatch } from '../domain/capabilities.ts';
import { bytesPerGiB, type Origin, type VolumeRecord } from '../domain/volume.ts';
import { emitVolume } from '../events.ts';
import { holderOf } from '../operations/create-volume.ts';
import { volumeReconciler } from '../operations/settings.ts';
import type { VolumeSource } from '../ports.ts';
import { settleGroup } from '../store/groups.ts';
import { findType } from '../store/types.ts';
import { changeVolume, findVolume, knownVolumes, unfinishedVolumes, type VolumeChange } from '../store/volumes.ts';
import { attempt, ownerOf, restingStatus, tellUser, type VolumeWork } from './volume-work.ts';

const sweepMs = 60_000;

/** Makes each volume's disk what its row says; removes disks that no row wants. */
export function createVolumeReconciler(work: VolumeWork): Reconciler {
  return {
    name: volumeReconciler,
    sweepMs,
    async reconcile(id, log) {
      const volume = isUuid(id) ? await findVolume(work.store.db, id) : undefined;
      await step({ ...work, log }, id, volume);
      return undefined;
    },
    /** Volumes with unfinished work, and disks of volumes that are gone. */
    async list() {
      const unfinished = await unfinishedVolumes(work.store.db);
      const here = await work.engine.inventory().catch((error): undefined => {
        work.log.warn({ err: error }, 'the volume engine does not answer; its disks are looked at later');
        return undefined;
      });
      if (here === undefined) return unfinished;
      const known = await knownVolumes(work.store.db, here.volumes);
      return [...new Set([...unfinished, ...here.volumes.filter((id) => !known.has(id))])];
    },
  };
}

async function step(work: VolumeWork, id: string, volume: VolumeRecord | undefined): Promise<void> {
  if (volume === undefined || volume.deletedAt !== null) return work.engine.removeVolume(id);
  switch (volume.status) {
    case 'creating':
    case 'downloading':
      return create(work, volume);
    case 'deleting':
      return remove(work, volume);
    case 'extending':
      return extend(work, volume);
    case 'uploading':
      return upload(work, volume);
    case 'reverting':
      return revert(work, volume);
    case 'available':
      // It may have been grown while a guest had it and was off.
      return work.engine.growVolume(id, volume.sizeGiB * bytesPerGiB);
    default:
      return;
  }
}

async function create(work: VolumeWork, volume: VolumeRecord): Promise<void> {
  const { id, origin } = volume;
  const unfit = await capabilityMissing(work, volume);
  const fault =
    unfit === undefined
      ? await attempt(work, volume.createdAt, `create volume ${id}`, () =>
          work.engine.createVolume({ id, sizeBytes: volume.sizeGiB * bytesPerGiB, source: sourceOf(work, origin) }),
        )
      : undefined;
  await settle(work, volume, async (tx, now) => {
    if (origin.kind === 'image') await work.images.releaseImage(tx, origin.imageId, holderOf(id));
    const failure = unfit ?? fault?.message;
    if (failure !== undefined) {
      const action = unfit === undefined ? 'create' : 'schedule';
      await tellUser(tx, now, volume, { type: 'VOLUME', id }, action, failure);
      return { status: 'error' };
    }
    return { status: await restingStatus(tx, volume), launched_at: volume.launchedAt ?? now };
  });
}

/** What the volume's type asks for and the backend does not have. */
async function capabilityMissing(work: VolumeWork, volume: VolumeRecord): Promise<string | undefined> {
  const type = await findType(work.store.db, volume.typeId, { usableBy: undefined });
  return type === undefined ? undefined : mismatch(type.extra_specs, work.engine.kind);
}

function sourceOf(work: VolumeWork, origin: Origin): VolumeSource {
  if (origin.kind !== 'image') return origin;
  return { kind: 'image', path: work.images.localPath(origin.imageId), format: origin.format };
}

async function remove(work: VolumeWork, volume: VolumeRecord): Promise<void> {
  const { id, origin } = volume;
  const since = volume.updatedAt ?? volume.createdAt;
  const fault = await attempt(work, since, `delete volume ${id}`, () => work.engine.removeVolume(id));
  await settle(work, volume, async (tx, now) => {
    if (fault !== undefined) {
      await tellUser(tx, now, volume, { type: 'VOLUME', id }, 'delete', fault.message);
      return { status: 'error_deleting' };
    }
    if (origin.kind === 'image') await work.images.releaseImage(tx, origin.imageId, holderOf(id));
    return { deleted_at: now };
  });
}

/** At rest, its disk grows; in a guest, the guest grows it: compute hears of the event. */
async function extend(work: VolumeWork, volume: VolumeRecord): Promise<void> {
  const { id, sizeGiB, previousStatus } = volume;
  const since = volume.updatedAt ?? volume.createdAt;
  const inUse = previousStatus === 'in-use';
  const fault = await attempt(work, since, `extend volume ${id}`, async () => {
    if (!inUse) await work.engine.growVolume(id, sizeGiB * bytesPerGiB);
  });
  await settle(
    work,
    volume,
    async (tx, now) => {
      if (fault === undefined) return { status: await restingStatus(tx, volume), previous_status: null };
      await tellUser(tx, now, volume, { type: 'VOLUME', id }, 'extend', fault.message);
      return { status: 'error_extending' };
    },
    fault === undefined ? 'extended' : undefined,
  );
}

async function revert(work: VolumeWork, volume: VolumeRecord): Promise<void> {
  const { id, revertTo } = volume;
  const since = volume.updatedAt ?? volume.createdAt;
  const fault = await attempt(work, since, `revert volume ${id}`, async () => {
    if (revertTo !== null) await work.engine.revertToSnapshot(id, revertTo);
  });
  await settle(work, volume, async (tx, now) => {
    if (fault === undefined) return { status: 'available', previous_status: null, revert_to: null };
    await tellUser(tx, now, volume, { type: 'VOLUME', id }, 'revert', fault.message);
    return { status: 'error', revert_to: null };
  });
}

/** Copies the volume to an image that was made for it; when that fails for good, the image goes. */
async function upload(work: VolumeWork, volume: VolumeRecord): Promise<void> {
  const { id, upload: wanted } = volume;
  if (wanted === null) return;
  const owner = ownerOf({ ...wanted, requestId: volume.requestId });
  const since = volume.updatedAt ?? volume.createdAt;
  const fault = await attempt(work, since, `upload volume ${id}`, async () => {
    const image = await work.images.getImage(owner, wanted.imageId);
    // An earlier try had it done.
    if (image.status === 'active') return;
    const source = { volumeId: id, snapshotId: null };
    const { path } = await work.engine.exportVolume({ id: wanted.imageId, source, format: wanted.diskFormat });
    await work.images.upload(owner, wanted.imageId, () => createReadStream(path));
  });
  await work.engine.removeExport(wanted.imageId);
  if (fault !== undefined) await work.images.deleteImage(owner, wanted.imageId).catch(() => undefined);
  await settle(work, volume, async (tx, now) => {
    if (fault !== undefined) await tellUser(tx, now, volume, { type: 'VOLUME', id }, 'upload', fault.message);
    return { status: await restingStatus(tx, volume), previous_status: null, upload: null };
  });
}

/** Writes what the work ended in, unless the volume's status changed meanwhile: then the next look decides anew. */
async function settle(
  work: VolumeWork,
  volume: VolumeRecord,
  change: (tx: Tx, now: Date) => Promise<VolumeChange>,
  event?: 'extended',
): Promise<void> {
  const now = work.clock.now();
  await work.store.transact(async (tx) => {
    const current = await findVolume(tx, volume.id, 'update');
    if (current?.status !== volume.status) {
      await work.work.wake(tx, volumeReconciler, volume.id);
      return;
    }
    await changeVolume(tx, volume.id, { ...(await change(tx, now)), updated_at: now });
    await settleGroup(tx, volume.groupId);
    const after = await findVolume(tx, volume.id);
    if (after === undefined) return;
    const born = volume.launchedAt === null && after.launchedAt !== null;
    if (born) await emitVolume(tx, 'created', after, now);
    if (event !== undefined) await emitVolume(tx, event, after, now);
  });
}
