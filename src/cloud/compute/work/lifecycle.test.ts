import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestStore } from '../../../kernel/testing/index.ts';
import { attachInterface, attachVolume, detachInterface, detachVolume } from '../operations/devices.ts';
import { rebuildServer, rescueServer } from '../operations/rebuild.ts';
import { confirmResize, resizeServer, revertResize } from '../operations/resize.ts';
import { act, visibleServer } from '../operations/servers.ts';
import { shelveServer, snapshotServer } from '../operations/snapshot.ts';
import { netTwo, otherImageId, volumeId } from '../testing.ts';
import { openReconcilerStore, type ReconcilerUnderTest, reconcilerUnderTest } from './reconciler.harness.ts';

let store: TestStore;

beforeAll(async () => {
  store = await openReconcilerStore();
});
afterAll(() => store.close());

interface Story {
  /** What is asked, one after the other; each is settled before the next. */
  readonly steps: readonly ((t: ReconcilerUnderTest, id: string) => Promise<unknown>)[];
  /** What must be so at the end, wherever the process was killed. */
  end(t: ReconcilerUnderTest, id: string): Promise<void> | void;
}

const doing =
  (action: Parameters<typeof act>[3]) =>
  (t: ReconcilerUnderTest, id: string): Promise<unknown> =>
    act(t.settings, t.context, id, action);

const server = (t: ReconcilerUnderTest, id: string) => visibleServer(store.db, t.context, id);

const stories: Readonly<Record<string, Story>> = {
  'paused, resumed, suspended, resumed': {
    steps: [doing('pause'), doing('unpause'), doing('suspend'), doing('resume')],
    end(t, id) {
      expect(t.hypervisor.guests.get(id)?.state.power).toBe('on');
    },
  },
  'resized and confirmed': {
    steps: [
      (t, id) => resizeServer(t.settings, t.context, id, { flavorId: '84' }),
      (t, id) => confirmResize(t.settings, t.context, id),
    ],
    async end(t, id) {
      expect((await server(t, id)).flavor.id).toBe('84');
      expect(t.hypervisor.guests.get(id)?.spec.memoryMiB).toBe(192);
      expect(await t.eventTypes()).toEqual(['created', 'started', 'resized']);
    },
  },
  'resized and reverted': {
    steps: [
      (t, id) => resizeServer(t.settings, t.context, id, { flavorId: '84' }),
      (t, id) => revertResize(t.settings, t.context, id),
    ],
    async end(t, id) {
      expect(await server(t, id)).toMatchObject({ flavor: { id: '42' }, resizedFrom: null });
      expect(t.hypervisor.guests.get(id)?.spec.memoryMiB).toBe(128);
    },
  },
  rebuilt: {
    steps: [(t, id) => rebuildServer(t.settings, t.context, id, { imageRef: otherImageId, name: 'new' })],
    async end(t, id) {
      expect(await server(t, id)).toMatchObject({ name: 'new', image: { id: otherImageId } });
      expect(t.hypervisor.guests.get(id)?.spec.disk).toMatchObject({
        baseImage: `/images/${otherImageId}`,
        generation: 1,
      });
      expect([...t.images.holds]).toEqual([`${otherImageId} compute.server/${id}`]);
    },
  },
  'rescued and well again': {
    steps: [
      (t, id) => rescueServer(t.settings, t.context, id, { imageRef: otherImageId }),
      async (t, id) => {
        expect(t.hypervisor.guests.get(id)?.spec.rescue?.disk.baseImage).toBe(`/images/${otherImageId}`);
        await doing('unrescue')(t, id);
      },
    ],
    async end(t, id) {
      expect(t.hypervisor.guests.get(id)?.spec.rescue).toBeNull();
      expect((await server(t, id)).rescue).toBeNull();
      expect([...t.images.holds]).toHaveLength(1);
    },
  },
  'copied into an image': {
    steps: [(t, id) => snapshotServer(t.settings, t.context, id, { name: 'copy' })],
    async end(t, id) {
      expect([...t.images.made.values()]).toMatchObject([{ name: 'copy', status: 'active' }]);
      expect((await server(t, id)).snapshot).toBeNull();
    },
  },
  'backed up thrice, of which two are kept': {
    steps: ['one', 'two', 'three'].map(
      (name) => (t: ReconcilerUnderTest, id: string) =>
        snapshotServer(t.settings, t.context, id, { name, backup: { type: 'daily', rotation: 2 } }),
    ),
    end(t) {
      expect([...t.images.made.values()].map(({ name }) => name)).toEqual(['two', 'three']);
    },
  },
  'shelved and back': {
    steps: [
      (t, id) => shelveServer(t.settings, t.context, id),
      async (t, id) => {
        expect(t.hypervisor.guests.has(id)).toBe(false);
        expect(await server(t, id)).toMatchObject({ vmState: 'shelved_offloaded', host: null });
        await doing('unshelve')(t, id);
      },
    ],
    async end(t, id) {
      const { diskImage } = await server(t, id);
      expect(t.hypervisor.guests.get(id)?.spec.disk?.baseImage).toBe(`/images/${diskImage?.id}`);
      expect([...t.images.holds].sort()).toHaveLength(2);
      expect(t.images.made.size).toBe(0);
      expect([...t.networks.ports.values()].map(({ hostName }) => hostName)).toEqual(['host-1', 'host-1']);
    },
  },
  'given a volume, which is taken again': {
    steps: [
      (t, id) => attachVolume(t.settings, t.context, id, { volumeId }),
      async (t, id) => {
        expect(t.hypervisor.guests.get(id)?.spec.volumes).toMatchObject([{ volumeId }]);
        expect(t.volumes.volumes.get(volumeId)?.status).toBe('in-use');
        await detachVolume(t.settings, t.context, id, volumeId);
      },
    ],
    async end(t, id) {
      expect(t.hypervisor.guests.get(id)?.spec.volumes).toEqual([]);
      expect(t.volumes.attachments.size).toBe(0);
      expect(await server(t, id)).toMatchObject({ volumes: [], devicesPending: false });
    },
  },
  'given a card, which is taken again': {
    steps: [
      (t, id) => attachInterface(t.settings, t.context, id, { uuid: netTwo }),
      async (t, id) => {
        expect(t.hypervisor.guests.get(id)?.spec.nics).toHaveLength(3);
        const added = (await server(t, id)).nics.at(-1)?.portId ?? '';
        await detachInterface(t.settings, t.context, id, added);
      },
    ],
    async end(t, id) {
      expect(t.hypervisor.guests.get(id)?.spec.nics).toHaveLength(2);
      expect(t.networks.ports.size).toBe(2);
    },
  },
};

describe('killed at any call, a server is still', () => {
  it.each(Object.entries(stories))('%s', async (_name, { steps, end }) => {
    for (let n = 1; ; n += 1) {
      const t = await reconcilerUnderTest(store);
      const id = await t.create();
      await t.settle(id);
      let killed = false;
      for (const step of steps) {
        await step(t, id);
        // Each step is killed at its own n-th call.
        const calls = t.killAt(n);
        await t.settle(id);
        killed ||= calls() >= n;
        t.killAt(0);
      }
      expect(await server(t, id)).toMatchObject({ vmState: 'active', taskState: null });
      await end(t, id);
      await act(t.settings, t.context, id, 'delete');
      await t.settle(id);
      expect({ guests: t.hypervisor.guests.size, holds: t.images.holds.size }).toEqual({ guests: 0, holds: 0 });
      if (!killed) break;
    }
  });
});
