import type { Context } from '../../../kernel/access/context.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { bootVolume, type Flavor, type ServerRecord, scratchGiB } from '../domain/server.ts';
import { emitServer } from '../events.ts';
import { findFlavor } from '../store/flavors.ts';
import { insertMigration, setMigration } from '../store/migrations.ts';
import { serverReconciler } from '../work/reconcile-server.ts';
import { checkQuota } from './quotas.ts';
import { act, changeTo, recordAction, refuseLocked, stateConflict, visibleServer } from './servers.ts';
import type { ComputeSettings } from './settings.ts';

/** Begins to give the server another flavor. Until that is confirmed it takes the larger of both. */
export async function resizeServer(
  settings: ComputeSettings,
  context: Context,
  id: string,
  asked: { readonly flavorId: string; readonly diskConfig?: 'AUTO' | 'MANUAL' },
): Promise<void> {
  const flavor = await findFlavor(settings.store.db, context, asked.flavorId);
  await act(settings, context, id, 'resize', async (server, tx, now) => {
    if (flavor === undefined) throw badRequest(`Flavor ${asked.flavorId.slice(0, 255)} could not be found.`);
    refuseFlavor(server, flavor);
    await checkQuota(settings, tx, server.projectId, {
      instances: 0,
      cores: Math.max(0, flavor.vcpus - server.flavor.vcpus),
      ram: Math.max(0, flavor.memoryMiB - server.flavor.memoryMiB),
    });
    await insertMigration(tx, {
      ...{ uuid: newId(now.getTime()), server_id: id, project_id: server.projectId, user_id: context.userId },
      ...{ type: 'resize', status: 'migrating', host: server.host ?? settings.hostName },
      ...{ old_flavor_id: server.flavor.id, new_flavor_id: flavor.id, created_at: now },
    });
    return {
      flavor,
      resized_from: { flavor: server.flavor, vmState: server.vmState },
      vcpus: Math.max(flavor.vcpus, server.flavor.vcpus),
      memory_mib: Math.max(flavor.memoryMiB, server.flavor.memoryMiB),
      disk_gib: rootGiB(server, flavor) + scratchGiB(flavor) + surplusGiB(server.flavor, flavor),
      ...(asked.diskConfig === undefined ? {} : { disk_config: asked.diskConfig }),
    };
  });
}

/** A root disk never shrinks. */
function rootGiB(server: ServerRecord, { diskGiB }: Flavor): number {
  return Math.max(server.diskGiB - scratchGiB(server.flavor), bootVolume(server) === undefined ? diskGiB : 0);
}

/** What a server's other disks take until it is certain that it leaves a flavor for another. */
function surplusGiB(left: Flavor, flavor: Flavor): number {
  return Math.max(0, scratchGiB(left) - scratchGiB(flavor));
}

function refuseFlavor(server: ServerRecord, flavor: Flavor): void {
  if (flavor.id === server.flavor.id) throw badRequest('When resizing, instances must change flavor!');
  if (flavor.ephemeralGiB < server.flavor.ephemeralGiB) {
    throw badRequest(`The ephemeral disk of flavor ${flavor.id} is smaller than the server’s: a disk cannot shrink.`);
  }
  if (bootVolume(server) !== undefined) return;
  if (flavor.diskGiB === 0 && server.flavor.diskGiB !== 0) {
    throw badRequest('Resize to zero disk flavor is not allowed.');
  }
  if (flavor.diskGiB < server.flavor.diskGiB) {
    throw badRequest(`The disk of flavor ${flavor.id} is smaller than the server’s: a disk cannot shrink.`);
  }
}

/** The server stays what it was resized to. */
export async function confirmResize(settings: ComputeSettings, context: Context, id: string): Promise<void> {
  const { store, clock, work } = settings;
  await store.transact(async (tx) => {
    const server = await visibleServer(tx, context, id, 'update');
    refuseLocked(context, server);
    const { resizedFrom, flavor } = server;
    if (server.vmState !== 'resized' || resizedFrom === null) {
      throw stateConflict('confirmResize', id, `vm_state ${server.vmState}`);
    }
    if (server.taskState !== null) throw stateConflict('confirmResize', id, `task_state ${server.taskState}`);
    const now = clock.now();
    const after = await changeTo(tx, server, {
      ...{ vm_state: resizedFrom.vmState, resized_from: null, updated_at: now },
      ...{ vcpus: flavor.vcpus, memory_mib: flavor.memoryMiB },
      disk_gib: server.diskGiB - surplusGiB(resizedFrom.flavor, flavor),
    });
    await setMigration(tx, id, 'confirmed', now);
    await settings.room.change(tx, after);
    await recordAction(tx, context, server, 'confirmResize', now, true);
    await emitServer(tx, 'resized', after, now);
    await work.wake(tx, serverReconciler, id);
  });
}

/** Begins to make the server what it was before it was resized. */
export async function revertResize(settings: ComputeSettings, context: Context, id: string): Promise<void> {
  await act(settings, context, id, 'revertResize', ({ resizedFrom, flavor, diskGiB }) => {
    if (resizedFrom === null) throw stateConflict('revertResize', id, 'no resize');
    return { flavor: resizedFrom.flavor, disk_gib: diskGiB - surplusGiB(flavor, resizedFrom.flavor) };
  });
}
