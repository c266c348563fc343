import type { ServerRecord } from '../domain/server.ts';
import { powerStates } from '../domain/states.ts';
import { finishActions } from '../store/actions.ts';
import { changeServer } from '../store/servers.ts';
import { dropPorts } from './ports-of-server.ts';
import type { ServerWork } from './server-work.ts';
import { forget } from './slow.ts';

/** Who holds an image for a server. */
export function holderOf(serverId: string): string {
  return `compute.server/${serverId}`;
}

/** Gives back everything that the server has; its row stays, marked as deleted. */
export async function remove(work: ServerWork, server: ServerRecord): Promise<boolean> {
  forget(server.id);
  await work.hypervisor.remove(server.id);
  await dropPorts(work, server);
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
        updated_at: now,
        deleted_at: now,
        terminated_at: now,
      },
      server,
    );
    if (!written) return false;
    if (server.image !== null) await work.images.releaseImage(tx, server.image.id, holderOf(server.id));
    await finishActions(tx, server.id, { finished_at: now, result: 'Success' });
    return true;
  });
}
