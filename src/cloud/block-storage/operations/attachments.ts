import type { Context } from '../../../kernel/access/context.ts';
import { conflict } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import { type AttachmentRecord, attachable, statusWith } from '../domain/attachment.ts';
import { missing, wrongStatus } from '../domain/faults.ts';
import { mayUse, type VolumeRecord } from '../domain/volume.ts';
import {
  attachmentsOf,
  changeAttachment,
  findAttachment,
  insertAttachment,
  removeAttachment,
} from '../store/attachments.ts';
import type { AttachmentRow } from '../store/tables.ts';
import { changeVolume, findVolume } from '../store/volumes.ts';
import { type VolumeSettings, volumeReconciler } from './settings.ts';
import { visibleVolume } from './volumes.ts';

export interface NewAttachment {
  readonly id: string;
  readonly volumeId: string;
  readonly serverId: string | null;
  readonly device: string | null;
  readonly mode: 'rw' | 'ro';
  readonly byCompute: boolean;
}

/** The attachment, unless it is another project's: then `notFound`. */
export async function visibleAttachment(
  connection: Connection,
  context: Context,
  id: string,
): Promise<AttachmentRecord> {
  const attachment = isUuid(id) ? await findAttachment(connection, id) : undefined;
  if (attachment === undefined || !mayUse(context, attachment)) throw missing('Attachment', id);
  return attachment;
}

/** Reserves the volume for a server. Repeated with the same id, it changes nothing. 400 says which status is in the way. */
export async function reserve(
  { clock }: VolumeSettings,
  tx: Tx,
  context: Context,
  wanted: NewAttachment,
): Promise<AttachmentRecord> {
  const volume = await visibleVolume(tx, context, wanted.volumeId, 'update');
  const before = await attachmentsOf(tx, [volume.id]);
  const known = before.find(({ id }) => id === wanted.id);
  if (known !== undefined) return known;
  const free = volume.status === 'available' && before.length === 0;
  const shared = volume.multiattach && (volume.status === 'in-use' || volume.status === 'reserved');
  if (!free && !shared) throw wrongStatus('Volume', 'be reserved', 'available', volume.status);
  if (before.some(({ serverId }) => serverId !== null && serverId === wanted.serverId)) {
    throw conflict(`Volume ${volume.id} is already attached to server ${wanted.serverId}.`);
  }
  const now = clock.now();
  await insertAttachment(tx, {
    ...{ id: wanted.id, volume_id: volume.id, project_id: volume.projectId, server_id: wanted.serverId },
    ...{ host_name: null, device: wanted.device, by_compute: wanted.byCompute, mode: wanted.mode },
    ...{ status: 'reserved', connector: null, created_at: now, attached_at: null },
  });
  await followAttachments(tx, volume, now);
  return (await findAttachment(tx, wanted.id)) as AttachmentRecord;
}

/** Changes the attachment in one transaction, with its volume locked. */
export async function alterAttachment(
  { store, clock }: VolumeSettings,
  context: Context,
  id: string,
  change: (attachment: AttachmentRecord, now: Date) => Partial<AttachmentRow>,
): Promise<AttachmentRecord> {
  return store.transact(async (tx) => {
    const { volume, attachment } = await lockAttachment(tx, context, id);
    const now = clock.now();
    const changed = change(attachment, now);
    if (Object.keys(changed).length > 0) await changeAttachment(tx, id, changed);
    await followAttachments(tx, volume, now);
    return (await findAttachment(tx, id)) as AttachmentRecord;
  });
}

/** Whoever wants the volume says where it is: it may be opened there. One that is attached stays so. */
export function connectAttachment(
  settings: VolumeSettings,
  context: Context,
  id: string,
  hostName: string | null,
  connector: Readonly<Record<string, unknown>> | null = null,
): Promise<AttachmentRecord> {
  return alterAttachment(settings, context, id, ({ status }) => ({
    host_name: hostName,
    ...(connector === null ? {} : { connector }),
    ...(status === 'attached' ? {} : { status: 'attaching' }),
  }));
}

/** The volume is in use. */
export function completeAttachment(settings: VolumeSettings, context: Context, id: string): Promise<AttachmentRecord> {
  return alterAttachment(settings, context, id, ({ status }, now) =>
    status === 'attached' ? {} : { status: 'attached', attached_at: now },
  );
}

/** The server is about to let go of the volume. */
export async function beginDetaching({ clock }: VolumeSettings, tx: Tx, context: Context, id: string): Promise<void> {
  const { volume } = await lockAttachment(tx, context, id);
  await changeAttachment(tx, id, { status: 'detaching' });
  await followAttachments(tx, volume, clock.now());
}

/** Nobody has the volume by this attachment any more; one that is not there is fine. */
export async function release(
  settings: VolumeSettings,
  context: Context,
  id: string,
  refuse: (attachment: AttachmentRecord) => void = () => undefined,
): Promise<void> {
  const { store, clock, work } = settings;
  await store.transact(async (tx) => {
    const seen = isUuid(id) ? await findAttachment(tx, id) : undefined;
    if (seen === undefined || !mayUse(context, seen)) return;
    const { volume, attachment } = await lockAttachment(tx, context, id);
    refuse(attachment);
    await removeAttachment(tx, id);
    await followAttachments(tx, volume, clock.now());
    // It may have been grown while only the guest could do it.
    await work.wake(tx, volumeReconciler, volume.id);
  });
}

/** 409 for what only the compute service may take away: taken from under a guest, its disk could become another's. */
export function refuseComputes({ byCompute, serverId, volumeId }: AttachmentRecord): void {
  if (byCompute) {
    throw conflict(`Volume ${volumeId} is attached to server ${serverId}: detach it there, by the compute service.`);
  }
}

/** The volume's status follows from its attachments, unless something else is being done to it. */
export async function followAttachments(tx: Tx, volume: VolumeRecord, now: Date): Promise<void> {
  if (!attachable.includes(volume.status)) return;
  const status = statusWith(await attachmentsOf(tx, [volume.id]));
  if (status !== volume.status) await changeVolume(tx, volume.id, { status, updated_at: now });
}

/** Locks the volume first, then looks at the attachment: the order in which everybody does. */
async function lockAttachment(
  tx: Tx,
  context: Context,
  id: string,
): Promise<{ volume: VolumeRecord; attachment: AttachmentRecord }> {
  const seen = await visibleAttachment(tx, context, id);
  const volume = (await findVolume(tx, seen.volumeId, 'update')) as VolumeRecord;
  return { volume, attachment: await visibleAttachment(tx, context, id) };
}
