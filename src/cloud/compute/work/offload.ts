import { conflict } from '../../../kernel/base/errors.ts';
import type { ServerRecord } from '../domain/server.ts';
import { powerStates } from '../domain/states.ts';
import { usableImage } from '../operations/server-images.ts';
import { effect, type GiveUp } from './effect.ts';
import { guestSpec } from './guest.ts';
import { place } from './place.ts';
import { detachPorts, plugPorts } from './ports-of-server.ts';
import { holderOf } from './remove.ts';
import { ownerOf, type Progress, type ServerWork, settle, settleActive } from './server-work.ts';
import { deleteImage } from './snapshot.ts';

/** SHELVED to SHELVED_OFFLOADED: nothing of it is on the host any more; its ports and volumes stay its own. */
export function offload(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const leave = async () => {
    await work.hypervisor.remove(server.id);
    await detachPorts(work, server);
  };
  return effect(work, server, leave, () =>
    settle(
      work,
      server,
      {
        ...{ vm_state: 'shelved_offloaded', task_state: null },
        ...{ host: null, power_state: powerStates.none },
      },
      { also: (tx) => work.room.giveBack(tx, server.id) },
    ),
  );
}

/** SHELVED or SHELVED_OFFLOADED to ACTIVE, on a disk that lies over the shelved image, which is deleted then. */
export function unshelve(work: ServerWork, server: ServerRecord): Promise<Progress> {
  const stay: GiveUp = (_work, _server, failed) => settle(work, server, { task_state: null }, { failed });
  if (server.host === null)
    return effect(
      work,
      server,
      () => takeRoom(work, server),
      async () => false,
      stay,
    );
  const run = async () => {
    await plugPorts(work, server);
    await work.hypervisor.ensure(await guestSpec(work, server, 'on'));
    if (server.snapshot !== null) await deleteImage(work, server, server.snapshot.imageId);
  };
  return effect(work, server, run, () => settleActive(work, server, { task_data: null }));
}

/** Holds the shelved image, of which the server has the bytes even when the image is deleted, and room on a host. */
async function takeRoom(work: ServerWork, server: ServerRecord): Promise<void> {
  const { images } = work;
  const shelved =
    server.snapshot === null ? null : (await usableImage(images, ownerOf(server), server.snapshot.imageId)).image;
  const change = shelved === null ? {} : { disk_image: shelved, disk_generation: server.diskGeneration + 1 };
  const placed = await place(work, server, change, async (tx) => {
    if (shelved === null) return;
    await images.holdImage(tx, shelved.id, holderOf(server.id));
    if (server.diskImage !== null) await images.releaseImage(tx, server.diskImage.id, holderOf(server.id));
  });
  if (placed === 'no room') throw conflict('No valid host was found. There are not enough hosts available.');
}
