import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../base/ids.ts';
import { sql } from '../store/index.ts';
import { createTestStore, type TestStore } from '../testing/index.ts';

const child = fileURLToPath(new URL('./crash.fixture.ts', import.meta.url));
let store: TestStore;

beforeAll(async () => {
  store = await createTestStore();
  await sql`create table effect (workflow uuid, step text, primary key (workflow, step))`.execute(store.db);
  await sql`create table run_of (workflow uuid, step text)`.execute(store.db);
});
afterAll(() => store.close());

/** Runs the workflow in a process of its own, to its end or to the crash; answers the exit signal. */
function runProcess(id: string, crashAt: string): Promise<NodeJS.Signals | null> {
  const env = {
    ...process.env,
    TEST_CONNECTION: JSON.stringify(store.connection),
    TEST_WORKFLOW: id,
    ANDROMEDE_CRASH_AT: crashAt,
  };
  return new Promise((resolve) =>
    fork(child, { env, stdio: 'inherit' }).once('exit', (_code, signal) => resolve(signal)),
  );
}

const moments = ['before-effect', 'after-effect', 'after-record'];
const points = ['one', 'two', 'three'].flatMap((step) => moments.map((moment) => `test.crash/${step}@${moment}`));

describe('a workflow whose process is killed with -9', () => {
  it.each(points)('at %s is finished by the next process, each effect there once', async (point) => {
    const id = newId();
    expect(await runProcess(id, point)).toBe('SIGKILL');
    expect(await runProcess(id, '')).toBeNull();
    const { rows } = await sql<{ step: string }>`select step from effect where workflow = ${id} order by step`.execute(
      store.db,
    );
    expect(rows.map(({ step }) => step)).toEqual(['one', 'three', 'two']);
    const { rows: runs } = await sql<{ step: string }>`select step from run_of where workflow = ${id}`.execute(
      store.db,
    );
    expect(runs).toHaveLength(point.endsWith('after-effect') ? 4 : 3);
  });
});
