/** A process that drives one workflow to its end; `crash.test.ts` kills it on the way. */
import { systemClock } from '../base/clock.ts';
import { createLogger } from '../base/log.ts';
import { openStore, sql } from '../store/index.ts';
import { crashPointFrom, createWork, type Step, type Workflow } from './index.ts';

const store = openStore({ connection: JSON.parse(process.env.TEST_CONNECTION ?? ''), max: 6 });
const id = process.env.TEST_WORKFLOW ?? '';

function effect(name: string): Step<object> {
  return {
    name,
    async run({ workflowId }) {
      await sql`insert into run_of values (${workflowId}, ${name})`.execute(store.db);
      await sql`insert into effect values (${workflowId}, ${name}) on conflict do nothing`.execute(store.db);
    },
  };
}

const workflow: Workflow<object> = { name: 'test.crash', steps: () => ['one', 'two', 'three'].map(effect) };
const log = createLogger('crash', 'silent');
const work = createWork({
  store,
  clock: systemClock,
  log,
  concurrency: 2,
  crashPoint: crashPointFrom(process.env.ANDROMEDE_CRASH_AT),
});
work.register(workflow);
await work.run();
await store.transact((tx) => work.start(tx, workflow, { id, input: {} }));
while ((await work.status(id))?.state !== 'done') await systemClock.sleep(10);
await work.stop();
await store.close();
