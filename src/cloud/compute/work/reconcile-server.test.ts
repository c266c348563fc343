import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../kernel/access/context.ts';
import { systemClock } from '../../../kernel/base/clock.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { createSealer } from '../../../kernel/base/sealing.ts';
import { sql } from '../../../kernel/store/index.ts';
import { contextOf, createTestStore, type TestStore } from '../../../kernel/testing/index.ts';
import { Later, type Reconciler, type Work } from '../../../kernel/work/index.ts';
import { computeMigrations } from '../index.ts';
import { createServers } from '../operations/create-server.ts';
import { act } from '../operations/servers.ts';
import { type ComputeSettings, defaultQuota } from '../operations/settings.ts';
import { findServer } from '../store/servers.ts';
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

/** The process dies: what follows on this call's stack never happens. */
class Killed extends Error {}

let store: TestStore;
let hypervisor: FakeHypervisor;
let networks: FakeNetworks;
let images: FakeImages;
let volumes: FakeVolumes;
let settings: ComputeSettings;
let reconciler: Reconciler;
const context: Context = contextOf('p1');

beforeAll(async () => {
  store = await createTestStore([computeMigrations]);
});
afterAll(() => store.close());

beforeEach(async () => {
  await sql`truncate compute.server, compute.action, kernel.outbox cascade`.execute(store.db);
  hypervisor = fakeHypervisor();
  networks = fakeNetworks();
  images = fakeImages();
  volumes = fakeVolumes();
  const sealer = createSealer(new Uint8Array(32), 'test');
  const common = { store, clock: systemClock, networks, images, volumes, hostName: 'host-1', zone: 'nova', sealer };
  // Jobs are run by hand here.
  const work = { wake: async () => undefined } as unknown as Work;
  settings = { ...common, work, quota: defaultQuota, proxied: nothingProxied };
  reconciler = createServerReconciler({
    ...common,
    log: store.log,
    hypervisor,
    overcommit: { vcpus: 16, memory: 1.5, disk: 1 },
    buildDeadlineMs: 60_000,
  });
});

/** Looks at the server until nothing is left to do, as the workers would; a failure is followed by another look. */
async function settle(id: string): Promise<number> {
  for (let looks = 1; looks < 50; looks += 1) {
    try {
      const outcome = await reconciler.reconcile(id, store.log);
      if (!(outcome instanceof Later)) return looks;
    } catch (error) {
      if (!(error instanceof Killed)) continue;
    }
  }
  throw new Error(`server ${id} does not settle`);
}

/** Kills the process at the n-th call to an engine or service, once; answers how many calls there were. */
function killAt(n: number): () => number {
  let calls = 0;
  const interrupt = () => {
    calls += 1;
    if (calls === n) throw new Killed();
  };
  hypervisor.interrupt = interrupt;
  networks.interrupt = interrupt;
  return () => calls;
}

async function create(): Promise<string> {
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
}

async function eventTypes(): Promise<string[]> {
  const { rows } = await sql<{ type: string }>`select type from kernel.outbox order by seq`.execute(store.db);
  return rows.map(({ type }) => type.split('.')[3] ?? '');
}

describe('killed at any call', () => {
  it('the building of a server goes on: one guest, two ports, metered once', async () => {
    const calls = killAt(0);
    await settle(await create());
    const all = calls();
    expect(all).toBeGreaterThan(5);
    for (let n = 1; n <= all; n += 1) {
      await sql`truncate compute.server, compute.action, kernel.outbox cascade`.execute(store.db);
      hypervisor.guests.clear();
      networks.ports.clear();
      killAt(0);
      const id = await create();
      killAt(n);
      await settle(id);
      expect(await findServer(store.db, id)).toMatchObject({ vmState: 'active', taskState: null, host: 'host-1' });
      expect([...hypervisor.guests.keys()]).toEqual([id]);
      expect(hypervisor.guests.get(id)?.starts).toBe(1);
      expect([...networks.ports.values()].map(({ deviceId }) => deviceId)).toEqual([id, id]);
      expect(await eventTypes()).toEqual(['created', 'started']);
    }
  });

  it('the removal of a server goes on: nothing is left but the port that was there before', async () => {
    for (let n = 1; ; n += 1) {
      await sql`truncate compute.server, compute.action, kernel.outbox cascade`.execute(store.db);
      networks.ports.clear();
      killAt(0);
      const id = await create();
      await settle(id);
      await act(settings, context, id, 'delete');
      await act(settings, context, id, 'delete');
      const calls = killAt(n);
      await settle(id);
      expect(await findServer(store.db, id)).toMatchObject({ vmState: 'deleted', taskState: null });
      expect(hypervisor.guests.size).toBe(0);
      expect([...networks.ports.values()].map(({ deviceId }) => deviceId)).toEqual(['']);
      expect(images.holds.size).toBe(0);
      expect(await eventTypes()).toEqual(['created', 'started', 'deleted']);
      if (calls() < n) break;
    }
  });

  it('a stop, a start and a reboot go on', async () => {
    for (let n = 1; n <= 4; n += 1) {
      await sql`truncate compute.server, compute.action, kernel.outbox cascade`.execute(store.db);
      killAt(0);
      const id = await create();
      await settle(id);
      for (const [action, vmState, power] of [
        ['stop', 'stopped', 'off'],
        ['start', 'active', 'on'],
        ['hardReboot', 'active', 'on'],
      ] as const) {
        await act(settings, context, id, action);
        killAt(n);
        await settle(id);
        expect(await findServer(store.db, id)).toMatchObject({ vmState, taskState: null });
        expect(hypervisor.guests.get(id)?.state.power).toBe(power);
      }
      expect(await eventTypes()).toEqual(['created', 'started', 'stopped', 'started']);
    }
  });
});

describe('looking at a server that is as it should be', () => {
  it('changes nothing, however often', async () => {
    const id = await create();
    await settle(id);
    const before = await findServer(store.db, id);
    for (let look = 0; look < 3; look += 1) expect(await settle(id)).toBe(1);
    expect(await findServer(store.db, id)).toEqual(before);
    expect(await eventTypes()).toEqual(['created', 'started']);
  });
});

describe('the sweep', () => {
  it('finds unfinished servers, guests that are not as they should be, and guests that nobody wants', async () => {
    const [building, fine, lost] = [await create(), await create(), await create()];
    await settle(fine);
    await settle(lost);
    hypervisor.forget(lost);
    const leftover = newId();
    const spec = hypervisor.guests.get(fine)?.spec;
    if (spec === undefined) throw new Error('no guest');
    await hypervisor.ensure({ ...spec, id: leftover });
    const found = (await reconciler.list?.()) ?? [];
    expect(new Set(found)).toEqual(new Set([building, lost, leftover]));
    for (const id of found) await settle(id);
    expect(new Set(hypervisor.guests.keys())).toEqual(new Set([building, fine]));
    expect(await findServer(store.db, lost)).toMatchObject({
      vmState: 'error',
      fault: { message: expect.stringContaining('lost') },
    });
    expect(await reconciler.list?.()).toEqual([]);
  });

  it('still finds unfinished servers while the hypervisor is away', async () => {
    const id = await create();
    hypervisor.interrupt = () => {
      throw new Error('away');
    };
    expect(await reconciler.list?.()).toEqual([id]);
  });
});

describe('a guest that takes its time to shut down', () => {
  it('keeps no worker from others, is asked once, and its deletion does not wait for it', async () => {
    const id = await create();
    await settle(id);
    let finish = (): void => undefined;
    let asked = 0;
    const ensure = hypervisor.ensure.bind(hypervisor);
    hypervisor.ensure = async (spec) => {
      asked += 1;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return ensure(spec);
    };
    await act(settings, context, id, 'stop');
    expect(await reconciler.reconcile(id, store.log)).toBeInstanceOf(Later);
    expect(await reconciler.reconcile(id, store.log)).toBeInstanceOf(Later);
    expect(asked).toBe(1);
    finish();
    await settle(id);
    expect(await findServer(store.db, id)).toMatchObject({ vmState: 'stopped', taskState: null });
    await act(settings, context, id, 'start');
    expect(await reconciler.reconcile(id, store.log)).toBeInstanceOf(Later);
    await act(settings, context, id, 'delete');
    await settle(id);
    expect(await findServer(store.db, id)).toMatchObject({ vmState: 'deleted' });
  });
});

describe('the last room on a host', () => {
  it('is given to one server only', async () => {
    Object.assign(hypervisor, { capacity: async () => ({ vcpus: 1, memoryMiB: 300, diskGiB: 100 }) });
    // 128 MiB each, 450 MiB in all with overcommitment.
    const ids = [await create(), await create(), await create(), await create()];
    await Promise.all(ids.map(settle));
    const servers = await Promise.all(ids.map((id) => findServer(store.db, id)));
    expect(servers.map((server) => server?.vmState).sort()).toEqual(['active', 'active', 'active', 'error']);
    expect(servers.find((server) => server?.vmState === 'error')).toMatchObject({ host: null });
  });
});

describe('a deletion during a build', () => {
  it('wins, whichever call it comes at', async () => {
    for (let n = 1; n <= 6; n += 1) {
      await sql`truncate compute.server, compute.action, kernel.outbox cascade`.execute(store.db);
      networks.ports.clear();
      killAt(0);
      const id = await create();
      let calls = 0;
      let deletion: Promise<unknown> | undefined;
      const interrupt = () => {
        calls += 1;
        if (calls === n) deletion = act(settings, context, id, 'delete');
      };
      hypervisor.interrupt = interrupt;
      networks.interrupt = interrupt;
      await settle(id);
      await deletion;
      await settle(id);
      expect(await findServer(store.db, id)).toMatchObject({ vmState: 'deleted' });
      expect(hypervisor.guests.size).toBe(0);
      expect([...networks.ports.values()].map(({ deviceId }) => deviceId)).toEqual(['']);
      expect(images.holds.size).toBe(0);
    }
  });
});
