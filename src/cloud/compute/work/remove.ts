import type { ServerRecord } from '../domain/server.ts';
import { powerStates } from '../domain/states.ts';
import { finishActions } from '../store/actions.ts';
import { changeServer } from '../store/servers.ts';
import { dropPorts } from './ports-of-server.ts';
import type { ServerWork } from './server-work.ts';
import { forget } from './slow.ts';
import { deleteImage } from './snapshot.ts';
import { dropVolumes } from './volumes-of-server.ts';

/** Who holds an image for a server. */
export function holderOf(serverId: string): string {
  return `compute.server/${serverId}`;
}

/** The same, for its mending. */
export function rescueHolder(serverId: string): string {
  return `${holderOf(serverId)}/rescue`;
}

/** Gives back everything that the server has; its row stays, marked as deleted. */
export async function remove(work: ServerWork, server: ServerRecord): Promise<boolean> {
  forget(server.id);
  await work.hypervisor.remove(server.id);
  await dropPorts(work, server);
  await dropVolumes(work, server);
  if (server.vmState.startsWith('shelved') && server.snapshot !== null) {
    await deleteImage(work, server, server.snapshot.imageId);
  }
  const now = work.clock.now();
  return work.store.transact(async (tx) => {
    const written = await changeServer(
      tx,
      server.id,
      {
        vm_state: 'deleted',
        task_state: null,
        power_state: powerStates.none,
        admin_pass: null,
        devices_pending: false,
        updated_at: now,
        deleted_at: now,
        terminated_at: now,
      },
      server,
    );
    if (!written) return false;
    await work.room.giveBack(tx, server.id);
    const held = [server.image?.id, server.diskImage?.id].filter((id) => id !== undefined);
    for (const id of held) await work.images.releaseImage(tx, id, holderOf(server.id));
    if (server.rescue !== null) await work.images.releaseImage(tx, server.rescue.image.id, rescueHolder(server.id));
    await finishActions(tx, server.id, { finished_at: now, result: 'Success' });
    return true;
  });
}
