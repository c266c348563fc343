import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { deliver, emit, runConsumers } from '../../kernel/store/index.ts';
import { createTestStore, type FakeClock, fakeClock, type TestStore } from '../../kernel/testing/index.ts';
import type { UsageEvent } from './domain/usage-event.ts';
import { createTelemetry, telemetryMigrations } from './index.ts';
import { nextOutgoing } from './store/outgoing.ts';
import { type TestSink, testSink } from './testing.ts';
import { noteClockJump } from './work/clock-jump.ts';
import { tick } from './work/ticks.ts';

let store: TestStore;
let clock: FakeClock;

beforeEach(async () => {
  store = await createTestStore([telemetryMigrations]);
  clock = fakeClock(new Date('2026-03-01T12:00:00.400Z'));
});
afterEach(() => store.close());

const project = '0123456789abcdef0123456789abcdef';

function telemetry(sink?: TestSink, token = async (_fresh: boolean) => 'secret') {
  const usageSink = sink && { url: sink.url, token };
  const { notifications, log } = store;
  return createTelemetry({ store, notifications, log, clock, usageSink, sliceSeconds: 10, graceSeconds: 5 });
}

async function happened(what: string, subject: string, data: object): Promise<void> {
  const type = `andromede.${what}.v1`;
  const time = clock.now();
  await store.transact((tx) =>
    emit(tx, { type, subject, time, data: { projectId: project, at: time.toISOString(), ...data } }),
  );
}

const started = (id: string, launchedAt: Date | null = clock.now()) =>
  happened('compute.server.started', id, { launchedAt, flavorName: 'm1.tiny', vcpus: 1, secret: 'not carried' });

/** What has been reported so far. */
async function reported(): Promise<UsageEvent[]> {
  for (const consumer of telemetry().consumers ?? []) while ((await deliver(store, consumer)) > 0);
  return (await nextOutgoing(store.db, 1000)).map(({ event }) => event);
}

const spans = (events: readonly UsageEvent[]) =>
  events.map(({ data }) => [data.start.slice(17, 19), data.end.slice(17, 19), data.quantity, data.sequence]);

describe('the usage of a volume', () => {
  it('is its GiB by the second: what it was until it was extended, then what it is, whoever has it then', async () => {
    const id = newId();
    await happened('volume.volume.created', id, { sizeGiB: 2 });
    await clock.advance(10_000);
    await happened('volume.volume.extended', id, { sizeGiB: 5 });
    await clock.advance(4_000);
    await happened('volume.volume.transferred', id, { sizeGiB: 5, projectId: 'f'.repeat(32) });
    await clock.advance(1_000);
    await happened('volume.volume.deleted', id, { sizeGiB: 5, projectId: 'f'.repeat(32) });
    const events = await reported();
    expect(events.map(({ data }) => [data.quantity, data.unit, data.projectId])).toEqual([
      [20, 'gibibyte-second', project],
      [20, 'gibibyte-second', project],
      [5, 'gibibyte-second', 'f'.repeat(32)],
    ]);
    expect(events[0]?.type).toBe('andromede.volume.volume.usage.v1');
  });
});

describe('the usage of a server', () => {
  it('is said while it runs, a grace period late, and to the end when it is deleted', async () => {
    const id = newId();
    await started(id);
    await clock.advance(16_000);
    await tick(store, clock);
    expect(spans(await reported())).toEqual([['00', '11', 11, 1]]);
    await clock.advance(5_000);
    await tick(store, clock);
    expect(await reported(), 'not twice within the interval').toHaveLength(1);
    await clock.advance(9_000);
    await happened('compute.server.deleted', id, {});
    await clock.advance(60_000);
    await tick(store, clock);
    expect(spans(await reported())).toEqual([
      ['00', '11', 11, 1],
      ['11', '30', 19, 2],
    ]);
  });

  it('is a CloudEvent that says whose it is and what it was', async () => {
    const id = newId();
    await started(id);
    await clock.advance(20_000);
    await tick(store, clock);
    expect(await reported()).toEqual([
      {
        specversion: '1.0',
        id: `compute.server/${id}/1`,
        source: '/telemetry',
        type: 'andromede.compute.server.usage.v1',
        subject: id,
        time: '2026-03-01T12:00:15.000Z',
        datacontenttype: 'application/json',
        data: {
          resourceId: id,
          projectId: project,
          start: '2026-03-01T12:00:00.000Z',
          end: '2026-03-01T12:00:15.000Z',
          quantity: 15,
          unit: 'second',
          sequence: 1,
          facts: { flavorName: 'm1.tiny', vcpus: 1 },
        },
      },
    ]);
  });

  it('is by the flavor that it had, and from the confirmation of another by that one', async () => {
    const id = newId();
    await started(id);
    await clock.advance(4_000);
    await happened('compute.server.resized', id, { flavorName: 'm1.small', vcpus: 2 });
    await clock.advance(3_000);
    await happened('compute.server.deleted', id, {});
    const events = await reported();
    expect(events.map(({ data }) => [data.quantity, data.facts])).toMatchObject([
      [4, { flavorName: 'm1.tiny', vcpus: 1 }],
      [3, { flavorName: 'm1.small', vcpus: 2 }],
    ]);
  });

  it('goes on through a stop and a new start', async () => {
    const id = newId();
    const launchedAt = clock.now();
    await started(id, launchedAt);
    await clock.advance(30_000);
    await happened('compute.server.stopped', id, { launchedAt });
    await clock.advance(30_000);
    await started(id, launchedAt);
    await clock.advance(30_000);
    await happened('compute.server.deleted', id, { launchedAt });
    expect((await reported()).reduce((sum, { data }) => sum + data.quantity, 0)).toBe(90);
  });

  it('is nothing when it never ran', async () => {
    const id = newId();
    await started(id, null);
    await clock.advance(30_000);
    await happened('compute.server.deleted', id, {});
    expect(await reported()).toEqual([]);
  });

  it('is nothing more when it was deleted before the tick that follows', async () => {
    const id = newId();
    await started(id);
    await clock.advance(3_000);
    await happened('compute.server.deleted', id, {});
    await clock.advance(60_000);
    await tick(store, clock);
    expect(spans(await reported())).toEqual([['00', '03', 3, 1]]);
  });

  it('comes in parts of a day after a long absence', async () => {
    await started(newId());
    await clock.advance(86_400_000 * 2 + 60_000 + 5_000);
    await tick(store, clock);
    expect((await reported()).map(({ data }) => data.quantity)).toEqual([86_400, 86_400, 60]);
  });
});

describe('the usage of what counts while the clock is set', () => {
  const hour = 3_600_000;
  let sinceBoot: number;
  beforeEach(() => {
    sinceBoot = 100_000;
  });

  async function pass(ms: number): Promise<void> {
    sinceBoot += ms;
    await clock.advance(ms);
  }
  const restart = (bootId = 'boot') => noteClockJump({ store, clock, log: store.log }, { bootId, sinceBoot });
  const set = (ms: number) => clock.set(new Date(clock.now().getTime() + ms));
  const seconds = async () => (await reported()).map(({ data }) => data.quantity);

  it.each([3 * hour, -3 * hour])('is what has passed, by %d ms and back', async (jump) => {
    const id = newId();
    await restart();
    await started(id);
    await pass(20_000);
    await tick(store, clock);
    set(jump);
    await restart();
    await pass(20_000);
    await tick(store, clock);
    set(-jump);
    await restart();
    await pass(20_000);
    await happened('compute.server.deleted', id, {});
    expect(await seconds()).toEqual([15, 20, 25]);
    for (const { data } of await reported()) expect(data.start < data.end).toBe(true);
  });

  it('is told in the order of events: what ended before the jump ends by the clock of then', async () => {
    const [gone, stays] = [newId(), newId()];
    await restart();
    await started(gone);
    await started(stays);
    await pass(20_000);
    await happened('compute.server.deleted', gone, {});
    set(3 * hour);
    await restart();
    await pass(10_000);
    await happened('compute.server.deleted', stays, {});
    expect(await seconds()).toEqual([20, 30]);
  });

  it('is what the clock says when the machine was started meanwhile', async () => {
    const id = newId();
    await restart();
    await started(id);
    await pass(20_000);
    sinceBoot = 5_000;
    await clock.advance(60_000);
    await restart('another boot');
    await happened('compute.server.deleted', id, {});
    expect(await seconds()).toEqual([80]);
  });
});

describe('the usage of a floating IP', () => {
  it('runs from its creation to its deletion', async () => {
    const id = newId();
    await happened('network.floating-ip.created', id, { address: '198.18.0.10' });
    await clock.advance(42_000);
    await happened('network.floating-ip.deleted', id, { address: '198.18.0.10' });
    const [event] = await reported();
    expect(event).toMatchObject({
      type: 'andromede.network.floating-ip.usage.v1',
      data: { quantity: 42, facts: { address: '198.18.0.10' } },
    });
  });
});

describe('the sink', () => {
  let sink: TestSink;
  beforeEach(async () => {
    sink = await testSink();
  });
  afterEach(() => sink.close());

  /** Runs telemetry on the sink until what is asked about has come true there, and the queue is empty. */
  async function sendUntil(come: () => boolean, token?: (fresh: boolean) => Promise<string>): Promise<void> {
    const module = telemetry(sink, token);
    const stop = new AbortController();
    const consumers = runConsumers(
      { store, notifications: store.notifications, log: store.log },
      module.consumers ?? [],
      stop.signal,
    );
    const arrived = new Promise<void>((resolve) => {
      sink.onRequest = () => come() && resolve();
    });
    await module.start?.();
    await arrived;
    await expect.poll(() => nextOutgoing(store.db, 10), { timeout: 10_000 }).toEqual([]);
    stop.abort();
    await Promise.all([consumers, module.close?.()]);
  }

  async function use(seconds: number): Promise<string> {
    const id = newId();
    await started(id);
    await clock.advance(seconds * 1000);
    await happened('compute.server.deleted', id, {});
    return id;
  }

  it('is sent the queue, which is then empty', async () => {
    await use(7);
    await use(8);
    await sendUntil(() => sink.events.length === 2);
    expect(sink.events.map(({ data }) => data.quantity)).toEqual([7, 8]);
  });

  it('is asked with a fresh token when one is refused', async () => {
    await use(7);
    sink.answer = (_events, token) => (token === 'fresh' ? 202 : 401);
    await sendUntil(
      () => sink.events.length === 1,
      async (fresh) => (fresh ? 'fresh' : 'stale'),
    );
    expect(sink.events).toHaveLength(1);
  });

  it('does not get in the way of the others by refusing one', async () => {
    const bad = await use(7);
    await use(8);
    sink.answer = (events) => (events.some(({ subject }) => subject === bad) ? 400 : 202);
    await sendUntil(() => sink.events.length === 1);
    expect(sink.events.map(({ data }) => data.quantity)).toEqual([8]);
  });

  it('is tried again while it is away', async () => {
    await use(7);
    let refused = 0;
    sink.answer = () => {
      refused += 1;
      return refused === 1 ? 503 : 202;
    };
    // The pause before the next try begins at some moment after the refusal.
    const passing = setInterval(() => void clock.advance(1_000), 10);
    await sendUntil(() => sink.events.length === 1).finally(() => clearInterval(passing));
    expect(refused).toBe(2);
  });
});
