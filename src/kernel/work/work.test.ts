import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { badRequest, Fault } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import { sql } from '../store/index.ts';
import { createTestStore, eventually, type TestStore } from '../testing/index.ts';
import { createWork, later, type Step, type Work, type Workflow, type WorkflowStatus } from './index.ts';

let store: TestStore;
let work: Work;

beforeAll(async () => {
  store = await createTestStore();
});
afterEach(() => work.stop());
afterAll(() => store.close());

function newWork(): Work {
  work = createWork({ store, clock: systemClock, log: store.log });
  return work;
}

async function finished(id: string): Promise<WorkflowStatus> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const status = await work.status(id);
    if (status !== undefined && !['running', 'undoing'].includes(status.state)) return status;
    await sleep(20);
  }
  throw new Error('the workflow did not finish');
}

async function runToEnd(workflow: Workflow<{ n: number }>): Promise<WorkflowStatus> {
  const id = newId();
  newWork().register(workflow);
  await work.run();
  await store.transact((tx) => work.start(tx, workflow, { id, input: { n: 1 } }));
  return finished(id);
}

function tracing(trace: string[], name: string, rest: Partial<Step<{ n: number }>> = {}): Step<{ n: number }> {
  return {
    name,
    run: async () => {
      trace.push(name);
      return name;
    },
    undo: async () => void trace.push(`undo ${name}`),
    ...rest,
  };
}

describe('a durable workflow', () => {
  it('runs its steps in order and gives each the results of those before', async () => {
    const seen: unknown[] = [];
    const last: Step<{ n: number }> = {
      name: 'last',
      run: async ({ results, input }) => void seen.push(results, input),
    };
    const status = await runToEnd({ name: 'test.order', steps: () => [tracing([], 'first'), last] });
    expect(status.state).toBe('done');
    expect(seen).toEqual([{ first: 'first', last: undefined }, { n: 1 }]);
  });

  it('starts independent steps at once and waits for all before the one that needs them', async () => {
    let running = 0;
    let most = 0;
    const slow = (name: string): Step<{ n: number }> => ({
      name,
      after: [],
      run: async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(50);
        running -= 1;
      },
    });
    const join: Step<{ n: number }> = { name: 'join', after: ['a', 'b', 'c'], run: async () => running };
    const status = await runToEnd({ name: 'test.parallel', steps: () => [slow('a'), slow('b'), slow('c'), join] });
    expect(status.state).toBe('done');
    expect(most).toBe(3);
  });

  it('is undone, last step first, when a step is refused, the refused one included', async () => {
    const trace: string[] = [];
    const refused = tracing(trace, 'refused', {
      run: async () => {
        throw badRequest('no');
      },
    });
    let told = '';
    const status = await runToEnd({
      name: 'test.undo',
      steps: () => [tracing(trace, 'a'), tracing(trace, 'b'), refused, tracing(trace, 'never')],
      undone: async (_tx, _context, fault) => {
        told = `${fault.step}: ${fault.message}`;
      },
    });
    expect(status).toMatchObject({ state: 'undone', fault: { step: 'refused', code: 'badRequest', message: 'no' } });
    expect(trace).toEqual(['a', 'b', 'undo refused', 'undo b', 'undo a']);
    expect(told).toBe('refused: no');
  });

  it('tries a step again when the world was at fault', async () => {
    const attempts: number[] = [];
    const flaky: Step<{ n: number }> = {
      name: 'flaky',
      run: async ({ attempt }) => {
        attempts.push(attempt);
        if (attempt < 3) throw new Fault('engineUnavailable', 'away');
      },
    };
    const status = await runToEnd({ name: 'test.retry', steps: () => [flaky] });
    expect(status.state).toBe('done');
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('looks again later, as often as it takes, without counting failures', async () => {
    let looks = 0;
    const waiting: Step<{ n: number }> = {
      name: 'waiting',
      attempts: 1,
      run: async () => {
        looks += 1;
        return looks < 4 ? later(10) : 'there';
      },
    };
    const status = await runToEnd({ name: 'test.later', steps: () => [waiting] });
    expect(status.state).toBe('done');
    expect(looks).toBe(4);
  });

  it('starts once, however often it is started under one id', async () => {
    const trace: string[] = [];
    const workflow: Workflow<{ n: number }> = { name: 'test.once', steps: () => [tracing(trace, 'a')] };
    const id = newId();
    newWork().register(workflow);
    await work.run();
    const start = () => store.transact((tx) => work.start(tx, workflow, { id, input: { n: 1 } }));
    await Promise.all([start(), start(), start()]);
    await finished(id);
    await start();
    expect(trace).toEqual(['a']);
  });

  it('stops before its next step when it is cancelled, and takes back what it did if asked', async () => {
    const trace: string[] = [];
    let entered = (): void => undefined;
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const blocking = tracing(trace, 'blocking', {
      run: async () => {
        entered();
        await gate;
      },
    });
    const workflow: Workflow<{ n: number }> = { name: 'test.cancel', steps: () => [blocking, tracing(trace, 'never')] };
    const id = newId();
    newWork().register(workflow);
    await work.run();
    await store.transact((tx) => work.start(tx, workflow, { id, input: { n: 1 } }));
    await inside;
    await store.transact((tx) => work.cancel(tx, id, { undo: true, reason: 'changed my mind' }));
    go();
    expect((await finished(id)).state).toBe('undone');
    expect(trace).toEqual(['undo blocking']);
  });
});

describe('a clock that PostgreSQL’s goes back from', () => {
  it('keeps no job waiting until it has caught up', async () => {
    const looks: string[] = [];
    let seen = (): void => undefined;
    const again = new Promise<void>((resolve) => {
      seen = resolve;
    });
    newWork().registerReconciler({
      name: 'test.put-off',
      reconcile: async (key) => {
        looks.push(key);
        if (looks.length === 2) seen();
        return looks.length === 1 ? later(60_000) : undefined;
      },
    });
    await work.run();
    await store.transact((tx) => work.wake(tx, 'test.put-off', 'k'));
    // What a clock that has been set back by three hours makes of all that was written before.
    const moved = `update kernel.wakening set run_at = run_at + interval '3 hours',
      written_at = written_at + interval '3 hours' where reconciler = 'test.put-off' and run_at > now() and held_by is null`;
    await expect.poll(async () => (await store.pool.query(moved)).rowCount).toBe(1);
    await again;
    expect(looks).toEqual(['k', 'k']);
  });
});

describe('a reconciler', () => {
  it('runs for a key after it was woken, again after a failure, and never twice at once for one key', async () => {
    const runs: string[] = [];
    let inside = 0;
    let done = (): void => undefined;
    const finishedRuns = new Promise<void>((resolve) => {
      done = resolve;
    });
    newWork().registerReconciler({
      name: 'test.thing',
      reconcile: async (key) => {
        inside += 1;
        expect(inside).toBe(1);
        await sleep(10);
        runs.push(key);
        inside -= 1;
        if (runs.length === 1) throw new Error('first try fails');
        if (runs.length === 3) done();
        return runs.length === 2 ? later(1) : undefined;
      },
    });
    await work.run();
    await store.transact((tx) => work.wake(tx, 'test.thing', 'k'));
    await finishedRuns;
    expect(runs).toEqual(['k', 'k', 'k']);
  });

  it('looks once more when it was woken while it looked, and takes over what a dead process held', async () => {
    const runs: string[] = [];
    let twice = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      twice = resolve;
    });
    newWork().registerReconciler({
      name: 'test.woken',
      reconcile: async (key) => {
        runs.push(key);
        if (runs.length === 1) await work.wakeNow('test.woken', key);
        if (runs.length === 2) twice();
        return undefined;
      },
    });
    await sql`insert into kernel.worker (id) values ('dead')`.execute(store.db);
    await sql`insert into kernel.wakening (reconciler, key, held_by) values ('test.woken', 'k', 'dead')`.execute(
      store.db,
    );
    await work.run();
    await done;
    await eventually(async () => {
      const { rows } = await sql`select from kernel.wakening where reconciler = 'test.woken'`.execute(store.db);
      expect(rows).toEqual([]);
    });
    expect(runs).toEqual(['k', 'k']);
  });

  it('sweeps at start what may not match', async () => {
    let seen = (_key: string): void => undefined;
    const first = new Promise<string>((resolve) => {
      seen = resolve;
    });
    newWork().registerReconciler({
      name: 'test.swept',
      list: async () => ['left over'],
      reconcile: async (key) => void seen(key),
    });
    await work.run();
    expect(await first).toBe('left over');
  });
});
