import { type Context, projectContext } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { derivedId, newId } from '../../../kernel/base/ids.ts';
import { bootVolume, type ServerRecord, type SnapshotTask, scratchGiB } from '../domain/server.ts';
import { checkMetadata } from './quotas.ts';
import { act } from './servers.ts';
import type { ComputeSettings } from './settings.ts';

/** A snapshot, or one of a rotation of backups. */
export interface SnapshotAttributes {
  readonly name: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly backup?: SnapshotTask['backup'];
  /** MiB. */
  readonly minRam?: number;
}

/** Begins to copy the server's disk into an image; answers that image's id. */
export async function snapshotServer(
  settings: ComputeSettings,
  context: Context,
  id: string,
  asked: SnapshotAttributes,
): Promise<string> {
  const { backup, metadata = {} } = asked;
  await checkMetadata(settings, context.projectId ?? '', metadata);
  const imageId = newId(settings.clock.now().getTime());
  const action = backup === undefined ? 'createImage' : 'createBackup';
  const server = await act(settings, context, id, action, async (current) => {
    refuseVolumeBacked(current, action);
    const minRam = await minRamOf(settings, context, current);
    return { task_data: taskOf(current, imageId, { ...asked, minRam }, context) };
  });
  if (server.snapshot !== null) {
    const owner = projectContext(context.requestId, server.userId, server.projectId);
    await settings.images.createImage(owner, server.snapshot.image, { id: imageId });
  }
  return imageId;
}

/** Begins to put the server away: its disk becomes an image, and it takes nothing of the host any more. */
export async function shelveServer(settings: ComputeSettings, context: Context, id: string): Promise<void> {
  await act(settings, context, id, 'shelve', (server) => {
    if (bootVolume(server) !== undefined) return { task_data: null };
    const imageId = derivedId('compute.shelved', server.id, String(server.diskGeneration));
    return { task_data: taskOf(server, imageId, { name: `${server.name}-shelved` }, context) };
  });
}

/** What the system on the disk needs: what its image says, while that is there. */
async function minRamOf({ images }: ComputeSettings, context: Context, { image }: ServerRecord): Promise<number> {
  if (image === null) return 0;
  return images.getImage(context, image.id).then(
    ({ minRam }) => minRam,
    () => 0,
  );
}

function taskOf(
  server: ServerRecord,
  imageId: string,
  { name, metadata, backup, minRam = 0 }: SnapshotAttributes,
  context: Context,
): SnapshotTask {
  return {
    imageId,
    image: {
      name,
      visibility: 'private',
      diskFormat: server.image?.format ?? 'raw',
      containerFormat: 'bare',
      minDisk: server.diskGiB - scratchGiB(server.flavor),
      minRam,
      properties: {
        image_type: backup === undefined ? 'snapshot' : 'backup',
        ...(backup === undefined ? {} : { backup_type: backup.type }),
        instance_uuid: server.id,
        user_id: context.userId,
        ...(server.image === null ? {} : { base_image_ref: server.image.id }),
        ...metadata,
      },
    },
    ...(backup === undefined ? {} : { backup }),
  };
}

function refuseVolumeBacked(server: ServerRecord, action: 'createImage' | 'createBackup'): void {
  if (bootVolume(server) === undefined) return;
  if (action === 'createBackup') throw badRequest('Backup is not supported for volume-backed instances.');
  throw new Fault('notSupported', 'Images of servers that start from a volume are not supported: snapshot the volume.');
}
