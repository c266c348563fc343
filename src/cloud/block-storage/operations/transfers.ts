import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from '../../../kernel/access/context.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid, newId } from '../../../kernel/base/ids.ts';
import { type Connection, type Tx, tables } from '../../../kernel/store/index.ts';
import { missing, wrongStatus } from '../domain/faults.ts';
import { snapshotDemand, volumeDemand } from '../domain/quotas.ts';
import { mayUse } from '../domain/volume.ts';
import { emitVolume } from '../events.ts';
import { checkQuota } from '../store/quotas.ts';
import { changeSnapshot, snapshotsOf } from '../store/snapshots.ts';
import type { TransferRow, VolumeTables } from '../store/tables.ts';
import { changeVolume, findVolume } from '../store/volumes.ts';
import { projectOf } from './create-volume.ts';
import type { VolumeSettings } from './settings.ts';
import { visibleVolume } from './volumes.ts';

const table = 'block_storage.transfer';

/** The transfer, unless it is another project's: then `notFound`. */
export async function visibleTransfer(connection: Connection, context: Context, id: string): Promise<TransferRow> {
  const transfer = await findTransfer(connection, id);
  if (transfer === undefined || !mayUse(context, { projectId: transfer.project_id })) throw missing('Transfer', id);
  return transfer;
}

async function findTransfer(connection: Connection, id: string): Promise<TransferRow | undefined> {
  if (!isUuid(id)) return undefined;
  return tables<VolumeTables>(connection).selectFrom(table).selectAll().where('id', '=', id).executeTakeFirst();
}

export async function listTransfers(connection: Connection, projectId: string | undefined): Promise<TransferRow[]> {
  const query = tables<VolumeTables>(connection).selectFrom(table).selectAll().orderBy('created_at', 'desc');
  return (projectId === undefined ? query : query.where('project_id', '=', projectId)).execute();
}

/** Offers the volume to whoever has the key, which is told once. */
export async function createTransfer(
  { store, clock }: VolumeSettings,
  context: Context,
  wanted: { readonly volumeId: string; readonly name: string | null; readonly noSnapshots: boolean },
): Promise<{ transfer: TransferRow; key: string }> {
  const [salt, key] = [randomBytes(8).toString('hex'), randomBytes(16).toString('hex')];
  return store.transact(async (tx) => {
    const volume = await visibleVolume(tx, context, wanted.volumeId, 'update');
    if (volume.status !== 'available') throw wrongStatus('Volume', 'be transferred', 'available', volume.status);
    if (volume.groupId !== null) throw badRequest('Invalid volume: it belongs to a group: take it out first.');
    if (wanted.noSnapshots && (await snapshotsOf(tx, volume.id)).length > 0) {
      throw badRequest('The volume has snapshots, which cannot stay behind.');
    }
    const now = clock.now();
    const transfer: TransferRow = {
      ...{ id: newId(now.getTime()), volume_id: volume.id, project_id: volume.projectId, name: wanted.name },
      ...{ salt, key_hash: hashOf(salt, key), no_snapshots: wanted.noSnapshots, created_at: now },
    };
    await tables<VolumeTables>(tx).insertInto(table).values(transfer).execute();
    await changeVolume(tx, volume.id, { status: 'awaiting-transfer', updated_at: now });
    return { transfer, key };
  });
}

/** Takes the offer back. */
export async function deleteTransfer({ store, clock }: VolumeSettings, context: Context, id: string): Promise<void> {
  await store.transact(async (tx) => {
    const transfer = await visibleTransfer(tx, context, id);
    await changeVolume(tx, transfer.volume_id, { status: 'available', updated_at: clock.now() }, 'awaiting-transfer');
    await removeTransfer(tx, id);
  });
}

/** The volume, and its snapshots, become the caller's project's. A wrong key is told like an unknown transfer. */
export async function acceptTransfer(
  { store, clock }: VolumeSettings,
  context: Context,
  id: string,
  key: string,
): Promise<TransferRow> {
  return store.transact(async (tx) => {
    const transfer = await findTransfer(tx, id);
    if (transfer === undefined || !isKey(transfer, key)) throw missing('Transfer', id);
    const volume = await findVolume(tx, transfer.volume_id, 'update');
    if (volume === undefined || (await findTransfer(tx, id)) === undefined) throw missing('Transfer', id);
    if (volume.status !== 'awaiting-transfer') {
      throw wrongStatus('Volume', 'be accepted', 'awaiting-transfer', volume.status);
    }
    const projectId = projectOf(context);
    await checkQuota(tx, projectId, volumeDemand(volume.typeName, volume.sizeGiB));
    const owner = { project_id: projectId, user_id: context.userId };
    const now = clock.now();
    for (const snapshot of await snapshotsOf(tx, volume.id)) {
      await checkQuota(tx, projectId, snapshotDemand(volume.typeName, snapshot.sizeGiB));
      await changeSnapshot(tx, snapshot.id, { ...owner, updated_at: now });
    }
    await changeVolume(tx, volume.id, { ...owner, status: 'available', updated_at: now });
    await removeTransfer(tx, id);
    const after = await findVolume(tx, volume.id);
    if (after !== undefined) await emitVolume(tx, 'transferred', after, now);
    return transfer;
  });
}

async function removeTransfer(tx: Tx, id: string): Promise<void> {
  await tables<VolumeTables>(tx).deleteFrom(table).where('id', '=', id).execute();
}

function hashOf(salt: string, key: string): string {
  return createHash('sha256').update(`${salt}:${key}`).digest('hex');
}

function isKey({ salt, key_hash }: TransferRow, key: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(salt, key), 'hex'), Buffer.from(key_hash, 'hex'));
}
