/**
 * Crash tests of the two candidates for durable work, side by side. Prints a line a crash point, then the upgrade with an order
 * in flight, then throughput and memory.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startTestPostgres } from '../../src/kernel/testing/postgres.ts';

const candidates = { 'graphile-worker + saga record': 'ours.ts', 'DBOS Transact': 'dbos.mjs' };
const moments = ['before-effect', 'after-effect', 'after-record'];
const points = ['one', 'two', 'three'].flatMap((step) => moments.map((moment) => `${step}@${moment}`));
const limitMs = 30_000;

interface End {
  readonly signal: string | null;
  readonly ms: number;
  readonly said: Record<string, unknown>;
}

function run(program: string, url: string, env: Record<string, string>): Promise<End> {
  const began = performance.now();
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [path], {
    env: { ...process.env, DATABASE_URL: url, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  return new Promise((resolve) =>
    child.once('exit', (_code, signal) => {
      clearTimeout(timer);
      const lines = said.split('\n').filter((line) => line.startsWith('{'));
      resolve({ signal, ms: performance.now() - began, said: JSON.parse(lines.at(-1) ?? '{}') });
    }),
  );
}

async function crashes(program: string, url: string, pool: pg.Pool): Promise<void> {
  for (const point of points) {
    const id = randomUUID();
    const first = await run(program, url, { MODE: 'run', WORKFLOW: id, CRASH_AT: point });
    const second = await run(program, url, { MODE: 'run', WORKFLOW: id });
    const { rows } = await pool.query<{ effects: number; runs: number }>(
      `select (select count(*)::int from effect where workflow = $1) as effects, (select count(*)::int from run_of where workflow = $1) as runs`,
      [id],
    );
    const outcome = `${first.signal} then ${second.said.result ?? second.signal}, effects ${rows[0]?.effects}, runs ${rows[0]?.runs}`;
    console.log(`  ${point.padEnd(20)} ${outcome}, recovered in ${Math.round(second.ms)} ms`);
  }
}

/** An order is half done when the program is replaced by one whose workflow has a step more, in the middle. */
async function upgrade(program: string, url: string, pool: pg.Pool): Promise<void> {
  const id = randomUUID();
  await run(program, url, { MODE: 'run', WORKFLOW: id, CRASH_AT: 'two@after-record' });
  const end = await run(program, url, { MODE: 'run', WORKFLOW: id, STEPS: 'one,check,two,three' });
  const { rows } = await pool.query<{ step: string }>(
    'select distinct step from run_of where workflow = $1 order by step',
    [id],
  );
  const steps = rows.map(({ step }) => step).join(', ');
  console.log(`  upgrade in flight    ${end.said.result ?? end.signal}; steps run: ${steps}`);
}

const postgres = await startTestPostgres();
try {
  for (const [name, program] of Object.entries(candidates)) {
    const database = `bench_${program.replace(/\W/g, '_')}`;
    const admin = new pg.Client({ host: postgres.socketDir, user: 'test', database: 'postgres' });
    await admin.connect();
    await admin.query(`create database ${database}`);
    await admin.end();
    const url = `postgresql://test@localhost/${database}?host=${encodeURIComponent(postgres.socketDir)}`;
    const pool = new pg.Pool({ connectionString: url });
    pool.on('error', () => undefined);
    await pool.query(
      'create table effect (workflow text, step text, primary key (workflow, step)); create table run_of (workflow text, step text)',
    );
    console.log(name);
    await crashes(program, url, pool);
    await upgrade(program, url, pool);
    const { said } = await run(program, url, { MODE: 'burst', COUNT: '500' });
    console.log(
      `  500 workflows        ${Math.round(Number(said.perSecond))}/s, ${Math.round(Number(said.rss) / 2 ** 20)} MB`,
    );
    await pool.end();
  }
} finally {
  await postgres.stop();
}
