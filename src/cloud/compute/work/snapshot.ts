import { Fault } from '../../../kernel/base/errors.ts';
import type { ServerRecord, SnapshotTask } from '../domain/server.ts';
import { effect } from './effect.ts';
import { guestSpec } from './guest.ts';
import { ownerOf, type Progress, type ServerWork, settle } from './server-work.ts';

/** Copies the server's disk into its image; the server goes on as it was. What cannot be leaves no image behind. */
export function snapshot(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const task = taskOf(server);
  return effect(
    work,
    server,
    async () => {
      await copyDisk(work, server, task);
      if (task.backup !== undefined) await rotate(work, server, task.backup);
    },
    () => settle(work, server, { task_state: null, task_data: null }),
    async (_work, _server, message) => {
      await deleteImage(work, server, task.imageId);
      return settle(work, server, { task_state: null, task_data: null }, { failed: message });
    },
  );
}

/** ACTIVE, SHUTOFF or held to SHELVED: its disk becomes an image and its guest stops; to be taken off the host next. */
export function shelve(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const copy = async () => {
    await work.hypervisor.ensure(await guestSpec(work, server, 'off'));
    if (server.snapshot !== null) await copyDisk(work, server, server.snapshot);
  };
  return effect(work, server, copy, async () => {
    const change = { vm_state: 'shelved', task_state: 'shelving_offloading' } as const;
    await settle(work, server, change, { event: server.vmState === 'stopped' ? undefined : 'stopped' });
    return false;
  });
}

function taskOf({ id, snapshot: task }: ServerRecord): SnapshotTask {
  if (task === null) throw new Error(`no snapshot of server ${id} was asked for`);
  return task;
}

/** The image is made when the request is accepted; here again, should that have been cut short. */
async function copyDisk(work: ServerWork, server: ServerRecord, task: SnapshotTask): Promise<void> {
  const { images, hypervisor } = work;
  const image = await images.createImage(ownerOf(server), task.image, { id: task.imageId });
  if (image.status === 'active') return;
  // Not the name of an image: were it left behind, a repeat would overwrite it.
  const file = `${images.localPath(task.imageId)}.snapshot`;
  const { format } = await hypervisor.snapshot(server.id, file);
  await images.adopt(task.imageId, file, format);
}

/** Deletes the oldest backups of the server's, beyond those that are kept. */
async function rotate(
  work: ServerWork,
  server: ServerRecord,
  backup: { type: string; rotation: number },
): Promise<void> {
  const found = await work.images.listImages(ownerOf(server), {
    columns: new Map([['status', ['active']]]),
    properties: new Map([
      ['image_type', 'backup'],
      ['backup_type', backup.type],
      ['instance_uuid', server.id],
    ]),
    ...{ tags: [], times: [], sizeMin: undefined, sizeMax: undefined },
    ...{ visibility: undefined, memberStatus: 'accepted', hidden: false },
    ...{ sort: [{ column: 'created_at', direction: 'desc' }], limit: maxBackups, marker: undefined },
  });
  for (const { id } of found.slice(backup.rotation)) await deleteImage(work, server, id);
}

/** More of a server's are never looked at in one go; those that are left go with the next backup. */
const maxBackups = 1000;

/** An image that is not there is fine. */
export async function deleteImage(work: ServerWork, server: ServerRecord, id: string): Promise<void> {
  try {
    await work.images.deleteImage(ownerOf(server), id);
  } catch (error) {
    if (!(error instanceof Fault && (error.code === 'notFound' || error.code === 'forbidden'))) throw error;
  }
}
