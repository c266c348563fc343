import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../kernel/base/ids.ts';
import { createTestStore, type TestStore } from '../../../kernel/testing/index.ts';
import { blockStorageMigrations } from '../index.ts';
import { completeAttachment, reserve } from '../operations/attachments.ts';
import { createBackup, deleteBackup, restoreBackup } from '../operations/backups.ts';
import { createVolume, type VolumeAttributes } from '../operations/create-volume.ts';
import { createSnapshot, deleteSnapshot } from '../operations/snapshots.ts';
import { uploadVolume } from '../operations/upload-volume.ts';
import { deleteVolume, extendVolume, revertVolume } from '../operations/volumes.ts';
import { imageId } from '../volumes.harness.ts';
import { type ReconcilersUnderTest, reconcilersUnderTest } from './reconcilers.harness.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([blockStorageMigrations]);
});
afterAll(() => store.close());

type World = Pick<ReconcilersUnderTest, 'settings' | 'context' | 'settle'>;

async function volume({ settings, context, settle }: World, attributes: VolumeAttributes = { sizeGiB: 1 }) {
  const { id } = await createVolume(settings, context, attributes);
  await settle();
  return id;
}

const named = { name: null, description: null, metadata: {} };

async function snapshot(world: World, volumeId: string) {
  const { id } = await createSnapshot(world.settings, world.context, { ...named, volumeId, force: false });
  await world.settle();
  return id;
}

/** A volume that a server has. */
async function inUse(world: World) {
  const { settings, context } = world;
  const volumeId = await volume(world);
  const wanted = { id: newId(), serverId: newId(), volumeId, device: '/dev/vdb', mode: 'rw', byCompute: true } as const;
  await settings.store.transact((tx) => reserve(settings, tx, context, wanted));
  await completeAttachment(settings, context, wanted.id);
  return volumeId;
}

async function backup(world: World, volumeId: string, snapshotId: string | null = null, force = false) {
  const { settings, context, settle } = world;
  const wanted = { ...named, volumeId, snapshotId, container: null, availabilityZone: null, force };
  const { id } = await createBackup(settings, context, wanted);
  await settle();
  return id;
}

/** What is done, after what has to be there is there; all of it in the world that is given. */
const stories: Record<string, (world: World) => Promise<() => Promise<unknown>>> = {
  'the creation of a volume': async (world) => () => volume(world),
  'the creation of a volume from an image': async (world) => () => volume(world, { sizeGiB: 2, imageId }),
  'the creation of a volume from another': async (world) => {
    const sourceVolumeId = await volume(world);
    return () => volume(world, { sourceVolumeId });
  },
  'the creation of a volume from a snapshot': async (world) => {
    const snapshotId = await snapshot(world, await volume(world));
    return () => volume(world, { snapshotId });
  },
  'the growth of a volume': async (world) => {
    const id = await volume(world);
    return () => extendVolume(world.settings, world.context, id, 3, true);
  },
  'the deletion of a volume with its snapshots': async (world) => {
    const id = await volume(world);
    await snapshot(world, id);
    await snapshot(world, id);
    return () => deleteVolume(world.settings, world.context, id, { cascade: true });
  },
  'a snapshot': async (world) => {
    const id = await volume(world);
    return () => snapshot(world, id);
  },
  'the deletion of a snapshot': async (world) => {
    const id = await snapshot(world, await volume(world));
    return () => deleteSnapshot(world.settings, world.context, id);
  },
  'the way back to a snapshot': async (world) => {
    const id = await volume(world);
    const kept = await snapshot(world, id);
    return () => revertVolume(world.settings, world.context, id, kept);
  },
  'a backup of a volume': async (world) => {
    const id = await volume(world);
    return () => backup(world, id);
  },
  'a backup of a volume that a server has': async (world) => {
    const id = await inUse(world);
    return () => backup(world, id, null, true);
  },
  'a backup of a snapshot': async (world) => {
    const id = await volume(world);
    const kept = await snapshot(world, id);
    return () => backup(world, id, kept);
  },
  'the restoration of a backup to its volume': async (world) => {
    const id = await volume(world);
    const kept = await backup(world, id);
    return () => restoreBackup(world.settings, world.context, kept, { volumeId: id, name: undefined });
  },
  'the restoration of a backup to a new volume': async (world) => {
    const kept = await backup(world, await volume(world));
    return () => restoreBackup(world.settings, world.context, kept, { volumeId: undefined, name: 'restored' });
  },
  'the deletion of a backup': async (world) => {
    const kept = await backup(world, await volume(world));
    return () => deleteBackup(world.settings, world.context, kept);
  },
  'the copy of a volume to an image': async (world) => {
    const id = await volume(world);
    const wanted = { name: 'copy', diskFormat: 'raw', containerFormat: 'bare', visibility: 'shared' } as const;
    return () => uploadVolume(world.settings, world.context, id, { ...wanted, protected: false, force: false });
  },
};

describe.each(['killed before or after any effect or record', 'away before or after any call'])('%s, once,', (what) => {
  it.each(Object.entries(stories))('%s ends as if nothing had been', async (_, story) => {
    const play = async (n: number) => {
      const world = await reconcilersUnderTest(store);
      const act = await story(world);
      const moments = world.befall(what.startsWith('killed') ? 'killed' : 'away', n);
      await act();
      await world.settle('twice');
      const came = moments() >= n && n > 0;
      return { came, left: await world.world() };
    };
    const { left: undisturbed } = await play(0);
    let n = 1;
    for (let next = await play(n); next.came; next = await play(n)) {
      expect(next.left, `at moment ${n}`).toBe(undisturbed);
      n += 1;
      if (n > 100) throw new Error('it never ends');
    }
    expect(n, 'at least before and after one effect').toBeGreaterThan(2);
  });
});
