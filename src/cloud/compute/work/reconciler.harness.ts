import type { Context } from '../../../kernel/access/context.ts';
import { systemClock } from '../../../kernel/base/clock.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { createSealer } from '../../../kernel/base/sealing.ts';
import { sql } from '../../../kernel/store/index.ts';
import { contextOf, createTestStore, type TestStore } from '../../../kernel/testing/index.ts';
import { Later, type Reconciler, type Work } from '../../../kernel/work/index.ts';
import { createPlacement, placementMigrations } from '../../placement/index.ts';
import { computeMigrations } from '../index.ts';
import { createServers } from '../operations/create-server.ts';
import { type ComputeSettings, defaultQuota } from '../operations/settings.ts';
import {
  type FakeHypervisor,
  type FakeImages,
  type FakeNetworks,
  type FakeVolumes,
  fakeHypervisor,
  fakeImages,
  fakeNetworks,
  fakeVolumes,
  imageId,
  netOne,
  nothingProxied,
} from '../testing.ts';
import { createServerReconciler } from './reconcile-server.ts';
import { roomOn } from './room.ts';

/** The process dies: what follows on this call's stack never happens. */
class Killed extends Error {}

/** Tests only: the reconciler of servers on fakes, run by hand, so that it can be killed at any call. */
export interface ReconcilerUnderTest {
  readonly store: TestStore;
  readonly context: Context;
  readonly settings: ComputeSettings;
  readonly reconciler: Reconciler;
  readonly hypervisor: FakeHypervisor;
  readonly networks: FakeNetworks;
  readonly images: FakeImages;
  readonly volumes: FakeVolumes;
  /** Looks at the server until nothing is left to do, as the workers would; a failure is followed by another look. */
  settle(id: string): Promise<number>;
  /** Kills the process at the n-th call to an engine or service, once; answers how many calls there were. */
  killAt(n: number): () => number;
  /** Asks for a server with a port of its own and one that was there before. */
  create(): Promise<string>;
  /** What was told since the tables were emptied: `created`, `started`, … */
  eventTypes(): Promise<string[]>;
}

export const openReconcilerStore = () => createTestStore([placementMigrations, computeMigrations]);

/** A new world on empty tables. */
export async function reconcilerUnderTest(store: TestStore): Promise<ReconcilerUnderTest> {
  await sql`truncate compute.server, compute.action, compute.migration, kernel.outbox, placement.consumer, placement.provider cascade`.execute(
    store.db,
  );
  const context = contextOf('p1');
  const hypervisor = fakeHypervisor();
  const networks = fakeNetworks();
  const images = fakeImages();
  const volumes = fakeVolumes();
  const overcommit = { vcpus: 16, memory: 1.5, disk: 1 };
  const placement = createPlacement({ store }).api;
  const room = roomOn({ placement, hypervisor, hostName: 'host-1', overcommit });
  const sealer = createSealer(new Uint8Array(32), 'test');
  const common = {
    store,
    clock: systemClock,
    networks,
    images,
    volumes,
    hostName: 'host-1',
    room,
    zone: 'nova',
    sealer,
  };
  // Jobs are run by hand here.
  const work = { wake: async () => undefined } as unknown as Work;
  const settings: ComputeSettings = { ...common, work, quota: defaultQuota, proxied: nothingProxied };
  const reconciler = createServerReconciler({
    ...common,
    log: store.log,
    hypervisor,
    buildDeadlineMs: 60_000,
  });
  return {
    ...{ store, context, settings, reconciler, hypervisor, networks, images, volumes },
    async settle(id) {
      for (let looks = 1; looks < 50; looks += 1) {
        try {
          const outcome = await reconciler.reconcile(id, store.log);
          if (!(outcome instanceof Later)) return looks;
        } catch (error) {
          if (!(error instanceof Killed)) continue;
        }
      }
      throw new Error(`server ${id} does not settle`);
    },
    killAt(n) {
      let calls = 0;
      const interrupt = () => {
        calls += 1;
        if (calls === n) throw new Killed();
      };
      for (const fake of [hypervisor, networks, images, volumes]) fake.interrupt = interrupt;
      return () => calls;
    },
    async create() {
      const id = newId();
      const portId = newId();
      await networks.createPort(context, { networkId: netOne, deviceId: '', deviceOwner: '' }, { id: portId });
      await createServers(
        settings,
        context,
        { name: 'web', flavorRef: '42', imageRef: imageId, networks: [{ uuid: netOne }, { port: portId }] },
        { id },
      );
      return id;
    },
    async eventTypes() {
      const { rows } = await sql<{ type: string }>`select type from kernel.outbox order by seq`.execute(store.db);
      return rows.map(({ type }) => type.split('.')[3] ?? '');
    },
  };
}
