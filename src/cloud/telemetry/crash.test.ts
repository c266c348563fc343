import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../kernel/base/ids.ts';
import { emit } from '../../kernel/store/index.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { secondOf } from './domain/slices.ts';
import { telemetryMigrations } from './index.ts';
import { type TestSink, testSink } from './testing.ts';

/** A second of telemetry's lasts a fiftieth of ours. */
const speed = 50;
const origin = Date.now();
const now = () => new Date(origin + (Date.now() - origin) * speed);

let store: TestStore;
let sink: TestSink;

beforeAll(async () => {
  store = await createTestStore([telemetryMigrations]);
  sink = await testSink();
});
afterAll(async () => {
  await sink.close();
  await store.close();
});

async function telemetryProcess(): Promise<ChildProcess> {
  const settings = { connection: store.connection, url: sink.url, speed, origin };
  const child = spawn(process.execPath, [`${import.meta.dirname}/crash.fixture.ts`, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function happened(what: 'started' | 'deleted', id: string): Promise<number> {
  return store.transact(async (tx) => {
    const at = now();
    const data = { projectId: 'p', at: at.toISOString(), ...(what === 'started' ? { launchedAt: at } : {}) };
    await emit(tx, { type: `andromede.compute.server.${what}.v1`, subject: id, time: at, data });
    return secondOf(at);
  });
}

/** How often the process is killed, and how long, in ms, it lives at most. */
const [kills, longestLife] = [8, 400];

describe('usage, when the process that counts it is killed again and again', () => {
  it('covers each resource from its start to its end, each second once', async () => {
    const intervals = new Map<string, { start: number; end?: number }>();
    const running: string[] = [];
    for (let round = 0; round < kills; round += 1) {
      for (let n = 0; n < 3; n += 1) {
        const id = newId();
        intervals.set(id, { start: await happened('started', id) });
        running.push(id);
      }
      const child = await telemetryProcess();
      await sleep(Math.random() * longestLife);
      const ending = running.shift();
      const interval = ending === undefined ? undefined : intervals.get(ending);
      if (ending !== undefined && interval !== undefined) interval.end = await happened('deleted', ending);
      await kill(child);
    }
    for (const id of running) {
      const interval = intervals.get(id);
      if (interval !== undefined) interval.end = await happened('deleted', id);
    }
    const expected = [...intervals.values()].reduce((sum, { start, end = start }) => sum + end - start, 0);
    const counted = () => sink.events.reduce((sum, { data }) => sum + data.quantity, 0);
    const child = await telemetryProcess();
    await expect.poll(counted, { timeout: 15_000 }).toBe(expected);
    await kill(child);

    for (const [id, { start, end = start }] of intervals) {
      const slices = sink.events
        .filter(({ subject }) => subject === id)
        .sort((a, b) => a.data.sequence - b.data.sequence);
      let reached = start;
      for (const [index, { data }] of slices.entries()) {
        expect(data.sequence).toBe(index + 1);
        expect(secondOf(data.start)).toBe(reached);
        expect(data.quantity).toBe(secondOf(data.end) - secondOf(data.start));
        reached = secondOf(data.end);
      }
      expect(reached).toBe(end);
    }
    // Else nothing was reported while it ran, and the kills proved nothing.
    expect(sink.events.length).toBeGreaterThan(intervals.size);
  }, 60_000);
});
