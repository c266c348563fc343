// One process of the candidate DBOS Transact. MODE: run | burst; see compare.ts.
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';

const {
  DATABASE_URL,
  MODE,
  WORKFLOW,
  CRASH_AT = '',
  VERSION = 'pinned',
  STEPS = 'one,two,three',
  COUNT = '500',
} = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 8 });
const steps = STEPS.split(',');

const hit = (step, moment) => {
  if (`${step}@${moment}` === CRASH_AT) process.kill(process.pid, 'SIGKILL');
};

async function effect(workflow, step) {
  hit(step, 'before-effect');
  await pool.query('insert into run_of values ($1, $2)', [workflow, step]);
  await pool.query('insert into effect values ($1, $2) on conflict do nothing', [workflow, step]);
  hit(step, 'after-effect');
}

async function order(workflow) {
  for (const step of steps) {
    await DBOS.runStep(() => effect(workflow, step), { name: step });
    hit(step, 'after-record');
  }
}
const registered = DBOS.registerWorkflow(order, { name: 'order' });

DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl: DATABASE_URL,
  logLevel: 'error',
  applicationVersion: VERSION,
  runAdminServer: false,
});
await DBOS.launch();
const start = (id) => DBOS.startWorkflow(registered, { workflowID: id })(id);
if (MODE === 'run') {
  const handle = await start(WORKFLOW);
  const result = await handle.getResult().then(
    () => 'done',
    (error) => `${error.name}: ${error.message}`,
  );
  console.log(JSON.stringify({ result }));
} else {
  const began = performance.now();
  const ids = Array.from({ length: Number(COUNT) }, (_, index) => `burst-${index}`);
  await Promise.all(ids.map(async (id) => (await start(id)).getResult()));
  const ms = performance.now() - began;
  console.log(JSON.stringify({ perSecond: (Number(COUNT) / ms) * 1000, rss: process.memoryUsage().rss }));
}
await DBOS.shutdown();
await pool.end();
process.exit(0);
