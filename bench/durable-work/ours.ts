/** One process of the candidate graphile-worker with our saga record (`src/kernel/work`). MODE: run | burst; see compare.ts. */
import { systemClock } from '../../src/kernel/base/clock.ts';
import { createLogger } from '../../src/kernel/base/log.ts';
import { migrate, openStore, sql, storeMigrations } from '../../src/kernel/store/index.ts';
import {
  crashPointFrom,
  createWork,
  migrateWork,
  type Step,
  type Workflow,
  workMigrations,
} from '../../src/kernel/work/index.ts';

const { DATABASE_URL = '', MODE, WORKFLOW = '', CRASH_AT = '', STEPS = 'one,two,three', COUNT = '500' } = process.env;
const store = openStore({ connection: { connectionString: DATABASE_URL } });
const log = createLogger('bench', 'silent');
await migrate(store, [storeMigrations, workMigrations]);
await migrateWork(store, log);

function effect(name: string): Step<object> {
  return {
    name,
    async run({ workflowId }) {
      await sql`insert into run_of values (${workflowId}, ${name})`.execute(store.db);
      await sql`insert into effect values (${workflowId}, ${name}) on conflict do nothing`.execute(store.db);
    },
  };
}

const order: Workflow<object> = { name: 'order', steps: () => STEPS.split(',').map(effect) };
const crashPoint = crashPointFrom(CRASH_AT === '' ? '' : `order/${CRASH_AT}`);
const work = createWork({ store, clock: systemClock, log, crashPoint });
work.register(order);
await work.run();

async function runToEnd(id: string): Promise<string> {
  await store.transact((tx) => work.start(tx, order, { id, input: {} }));
  for (;;) {
    const state = (await work.status(id))?.state ?? '';
    if (state !== 'running') return state;
    await systemClock.sleep(10);
  }
}

if (MODE === 'run') {
  console.log(JSON.stringify({ result: await runToEnd(WORKFLOW) }));
} else {
  const began = performance.now();
  await store.transact(async (tx) => {
    for (let index = 0; index < Number(COUNT); index += 1) {
      await work.start(tx, order, { id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`, input: {} });
    }
  });
  for (;;) {
    const { rows } = await sql<{
      left: bigint;
    }>`select count(*) as left from kernel.workflow where state = 'running'`.execute(store.db);
    if (rows[0]?.left === 0n) break;
    await systemClock.sleep(20);
  }
  const ms = performance.now() - began;
  console.log(JSON.stringify({ perSecond: (Number(COUNT) / ms) * 1000, rss: process.memoryUsage().rss }));
}
await work.stop();
await store.close();
