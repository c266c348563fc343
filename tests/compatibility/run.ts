/** `npm run interop`: Tempest against a cloud of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type RealCloud, startRealCloud } from '../harness/real-cloud.ts';
import { prepareAccounts, prepareCloud } from './ingredients.ts';
import { listNamed } from './lists.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { piecesOf } from './pieces.ts';
import { publish, versionOfTree } from './report.ts';
import { className, count, openResults, type Result, type Results } from './results.ts';
import { type Outcome, type Tempest, tempestIn } from './tempest.ts';
import { writeWorkspace } from './workspace.ts';

const andromede = fileURLToPath(new URL('../../bin/andromede', import.meta.url));
const cacheDir = process.env.ANDROMEDE_CACHE ?? '/var/cache/andromede';
/** An account and another for each of two workers, and a spare pair for classes that take more. */
const accountCount = 6;

/** What Tempest's tests presume of sign-in (`tempest.conf.template` says the same), and from where an image is imported. */
const cloudConfig = {
  importSources: '127.0.0.1/32',
  passwordRules: { lockoutFailureAttempts: 2, lockoutDurationSeconds: 5, uniqueLastPasswordCount: 2 },
};

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) return 0;
  const version = versionOfTree();
  const folder = options.keep ?? mkdtempSync(`${tmpdir()}/andromede-interop-`);
  const cloud = await startRealCloud({ dataDir: `${folder}/cloud`, engine: options.engine, config: cloudConfig });
  process.stdout.write(`cloud at ${cloud.url}, results in ${folder}\n`);
  let stopping = false;
  process.once('SIGINT', () => {
    stopping = true;
  });
  try {
    const workspace = `${folder}/${options.accounts}`;
    await fillWorkspace(workspace, cloud, options);
    const tempest = tempestIn(
      workspace,
      options.engine === 'real' ? [andromede, 'exec', '--data', cloud.dataDir, '--'] : [],
    );
    const tests = (await listNamed(options.list, tempest)).filter((id) => options.regex?.test(id) ?? true);
    const results = openResults(workspace, version);
    const isDone = doneBy(results, options.again, version);
    // What nothing is known of comes first.
    const wanted = Map.groupBy(
      tests.filter((id) => !isDone(id)),
      (id) => results.byTest.has(id),
    );
    await runTests(
      [...(wanted.get(false) ?? []), ...(wanted.get(true) ?? [])],
      results,
      tempest,
      options,
      () => stopping,
    );
    const told = resultsOf(tests, results);
    const left = tests.filter((id) => !doneBy(results, false, options.again ? undefined : version)(id)).length;
    // The bar is one of real engines; everything that Tempest has may be run on either, which the table then says.
    const isBar = options.engine === 'real' || options.list === 'api';
    if (left === 0 && options.regex === undefined && isBar) {
      const { list, accounts, engine } = options;
      const command = `npm run interop -- --list ${list} --accounts ${accounts} --engine ${engine}`;
      const date = new Date().toISOString().slice(0, 10);
      const versions = [...new Set(Object.values(told).map((result) => result.version))].join(', ');
      publish({ list, accounts, command, date, version: versions, tempest: await tempest.version(), tests: told });
    }
    return summarise(told, left);
  } finally {
    if (options.keep === undefined) {
      await cloud.destroy();
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function readOptions(): Options | undefined {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(`${usage}\n`);
  return options;
}

async function fillWorkspace(workspace: string, cloud: RealCloud, { accounts, engine }: Options): Promise<void> {
  const admin = await cloud.signIn('admin');
  const ingredients = await prepareCloud(admin, cacheDir);
  writeWorkspace(workspace, {
    ...ingredients,
    url: cloud.url,
    adminPassword: readFileSync(`${cloud.dataDir}/secrets/admin-password`, 'utf8').trim(),
    accounts:
      accounts === 'dynamic'
        ? []
        : await prepareAccounts(cloud.url, admin, accountCount, ingredients.externalNetwork.id),
    validation: engine === 'real',
  });
}

/**
 * Whether a test needs to be run no more: it has a result of this version. With `again`: it has passed, in whatever version.
 * Without a version: it has any result.
 */
function doneBy({ byTest }: Results, again: boolean, version: string | undefined): (id: string) => boolean {
  return (id) => {
    const result = byTest.get(id);
    if (result === undefined) return false;
    return again ? result.status === 'passed' : version === undefined || result.version === version;
  };
}

/** Runs the tests, piece by piece, until the time is over. */
async function runTests(
  tests: readonly string[],
  results: Results,
  tempest: Tempest,
  { minutes, concurrency }: Options,
  isStopping: () => boolean,
): Promise<void> {
  const deadline = Date.now() + minutes * 60_000;
  for (const piece of piecesOf(tests, concurrency)) {
    if (Date.now() > deadline || isStopping()) return;
    await runPiece(piece, results, tempest, concurrency);
  }
}

async function runPiece(
  piece: readonly string[],
  results: Results,
  tempest: Tempest,
  concurrency: number,
): Promise<void> {
  const begun = new Map<string, Outcome>();
  const ended = new Set<string>();
  await tempest.run(piece, concurrency, (outcome) => {
    ended.add(outcome.id);
    if (outcome.id.startsWith('setUpClass')) begun.set(className(outcome.id), outcome);
    else results.add(outcome);
    tell(outcome);
  });
  // Tests of a class that could not begin have no result of their own.
  for (const id of piece.filter((test) => !ended.has(test))) {
    const outcome = begun.get(className(id));
    if (outcome !== undefined) results.add({ ...outcome, id, seconds: 0 });
  }
}

function tell({ id, status, seconds, reason }: Outcome): void {
  process.stdout.write(`${status.padEnd(7)} ${id} (${seconds} s)\n`);
  if (status !== 'passed') process.stdout.write(`        ${reason.slice(0, 400)}\n`);
}

/** What is known of these tests; a class that could not tidy up is a failure beside those of its tests. */
function resultsOf(tests: readonly string[], { byTest }: Results): Record<string, Result> {
  const classes = new Set(tests.map(className));
  const wanted = new Set(tests);
  const isUntidy = (id: string) => id.startsWith('tearDownClass') && classes.has(className(id));
  return Object.fromEntries([...byTest].filter(([id]) => wanted.has(id) || isUntidy(id)).sort());
}

/** The last line; what was left for another piece is said before it. */
function summarise(told: Readonly<Record<string, Result>>, left: number): number {
  const { passed, failed, skipped } = count(Object.values(told));
  if (left > 0) process.stdout.write(`${left} further tests have not been run: go on with the same --keep\n`);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return failed + skipped + left === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await main();
