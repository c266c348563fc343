import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../../kernel/base/ids.ts';
import { sql } from '../../../kernel/store/index.ts';
import type { TestStore } from '../../../kernel/testing/index.ts';
import { Later } from '../../../kernel/work/index.ts';
import { act } from '../operations/servers.ts';
import { findServer } from '../store/servers.ts';
import { openReconcilerStore, type ReconcilerUnderTest, reconcilerUnderTest } from './reconciler.harness.ts';

let store: TestStore;
let t: ReconcilerUnderTest;

beforeAll(async () => {
  store = await openReconcilerStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  t = await reconcilerUnderTest(store);
});

describe('killed at any call', () => {
  it('the building of a server goes on: one guest, two ports, metered once', async () => {
    const calls = t.killAt(0);
    await t.settle(await t.create());
    const all = calls();
    expect(all).toBeGreaterThan(5);
    for (let n = 1; n <= all; n += 1) {
      await sql`truncate compute.server, compute.action, kernel.outbox cascade`.execute(store.db);
      t.hypervisor.guests.clear();
      t.networks.ports.clear();
      t.killAt(0);
      const id = await t.create();
      t.killAt(n);
      await t.settle(id);
      expect(await findServer(store.db, id)).toMatchObject({ vmState: 'active', taskState: null, host: 'host-1' });
      expect([...t.hypervisor.guests.keys()]).toEqual([id]);
      expect(t.hypervisor.guests.get(id)?.starts).toBe(1);
      expect([...t.networks.ports.values()].map(({ deviceId }) => deviceId)).toEqual([id, id]);
      expect(await t.eventTypes()).toEqual(['created', 'started']);
    }
  });

  it('the removal of a server goes on: nothing is left but the port that was there before', async () => {
    for (let n = 1; ; n += 1) {
      await sql`truncate compute.server, compute.action, kernel.outbox cascade`.execute(store.db);
      t.networks.ports.clear();
      t.killAt(0);
      const id = await t.create();
      await t.settle(id);
      await act(t.settings, t.context, id, 'delete');
      await act(t.settings, t.context, id, 'delete');
      const calls = t.killAt(n);
      await t.settle(id);
      expect(await findServer(store.db, id)).toMatchObject({ vmState: 'deleted', taskState: null });
      expect(t.hypervisor.guests.size).toBe(0);
      expect([...t.networks.ports.values()].map(({ deviceId }) => deviceId)).toEqual(['']);
      expect(t.images.holds.size).toBe(0);
      expect(await t.eventTypes()).toEqual(['created', 'started', 'deleted']);
      if (calls() < n) break;
    }
  });

  it('a stop, a start and a reboot go on', async () => {
    for (let n = 1; n <= 4; n += 1) {
      await sql`truncate compute.server, compute.action, kernel.outbox cascade`.execute(store.db);
      t.killAt(0);
      const id = await t.create();
      await t.settle(id);
      for (const [action, vmState, power] of [
        ['stop', 'stopped', 'off'],
        ['start', 'active', 'on'],
        ['hardReboot', 'active', 'on'],
      ] as const) {
        await act(t.settings, t.context, id, action);
        t.killAt(n);
        await t.settle(id);
        expect(await findServer(store.db, id)).toMatchObject({ vmState, taskState: null });
        expect(t.hypervisor.guests.get(id)?.state.power).toBe(power);
      }
      expect(await t.eventTypes()).toEqual(['created', 'started', 'stopped', 'started']);
    }
  });
});

describe('looking at a server that is as it should be', () => {
  it('changes nothing, however often', async () => {
    const id = await t.create();
    await t.settle(id);
    const before = await findServer(store.db, id);
    for (let look = 0; look < 3; look += 1) expect(await t.settle(id)).toBe(1);
    expect(await findServer(store.db, id)).toEqual(before);
    expect(await t.eventTypes()).toEqual(['created', 'started']);
  });
});

describe('the sweep', () => {
  it('finds unfinished servers, guests that are not as they should be, and guests that nobody wants', async () => {
    const [building, fine, lost] = [await t.create(), await t.create(), await t.create()];
    await t.settle(fine);
    await t.settle(lost);
    t.hypervisor.forget(lost);
    const leftover = newId();
    const spec = t.hypervisor.guests.get(fine)?.spec;
    if (spec === undefined) throw new Error('no guest');
    await t.hypervisor.ensure({ ...spec, id: leftover });
    const found = (await t.reconciler.list?.()) ?? [];
    expect(new Set(found)).toEqual(new Set([building, lost, leftover]));
    for (const id of found) await t.settle(id);
    expect(new Set(t.hypervisor.guests.keys())).toEqual(new Set([building, fine]));
    expect(await findServer(store.db, lost)).toMatchObject({
      vmState: 'error',
      fault: { message: expect.stringContaining('lost') },
    });
    expect(await t.reconciler.list?.()).toEqual([]);
  });

  it('still finds unfinished servers while the hypervisor is away', async () => {
    const id = await t.create();
    t.hypervisor.interrupt = () => {
      throw new Error('away');
    };
    expect(await t.reconciler.list?.()).toEqual([id]);
  });
});

describe('a guest that takes its time to shut down', () => {
  it('keeps no worker from others, is asked once, and its deletion does not wait for it', async () => {
    const id = await t.create();
    await t.settle(id);
    let finish = (): void => undefined;
    let asked = 0;
    const ensure = t.hypervisor.ensure.bind(t.hypervisor);
    t.hypervisor.ensure = async (spec) => {
      asked += 1;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return ensure(spec);
    };
    await act(t.settings, t.context, id, 'stop');
    expect(await t.reconciler.reconcile(id, store.log)).toBeInstanceOf(Later);
    expect(await t.reconciler.reconcile(id, store.log)).toBeInstanceOf(Later);
    expect(asked).toBe(1);
    finish();
    await t.settle(id);
    expect(await findServer(store.db, id)).toMatchObject({ vmState: 'stopped', taskState: null });
    await act(t.settings, t.context, id, 'start');
    expect(await t.reconciler.reconcile(id, store.log)).toBeInstanceOf(Later);
    await act(t.settings, t.context, id, 'delete');
    await t.settle(id);
    expect(await findServer(store.db, id)).toMatchObject({ vmState: 'deleted' });
  });
});

describe('the last room on a host', () => {
  it('is given to one server only', async () => {
    Object.assign(t.hypervisor, { capacity: async () => ({ vcpus: 1, memoryMiB: 300, diskGiB: 100 }) });
    // 128 MiB each, 450 MiB in all with overcommitment.
    const ids = [await t.create(), await t.create(), await t.create(), await t.create()];
    await Promise.all(ids.map(t.settle));
    const servers = await Promise.all(ids.map((id) => findServer(store.db, id)));
    expect(servers.map((server) => server?.vmState).sort()).toEqual(['active', 'active', 'active', 'error']);
    expect(servers.find((server) => server?.vmState === 'error')).toMatchObject({ host: null });
  });
});

describe('a deletion during a build', () => {
  it('wins, whichever call it comes at', async () => {
    for (let n = 1; n <= 6; n += 1) {
      await sql`truncate compute.server, compute.action, kernel.outbox cascade`.execute(store.db);
      t.networks.ports.clear();
      t.killAt(0);
      const id = await t.create();
      let calls = 0;
      let deletion: Promise<unknown> | undefined;
      const interrupt = () => {
        calls += 1;
        if (calls === n) deletion = act(t.settings, t.context, id, 'delete');
      };
      t.hypervisor.interrupt = interrupt;
      t.networks.interrupt = interrupt;
      await t.settle(id);
      await deletion;
      await t.settle(id);
      expect(await findServer(store.db, id)).toMatchObject({ vmState: 'deleted' });
      expect(t.hypervisor.guests.size).toBe(0);
      expect([...t.networks.ports.values()].map(({ deviceId }) => deviceId)).toEqual(['']);
      expect(t.images.holds.size).toBe(0);
    }
  });
});
