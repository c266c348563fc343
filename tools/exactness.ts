/**
 * Checks generated histories of the market's money, and keeps the result: `npm run exactness` (a million).
 *
 *   --histories N   how many in all (1,000,000)
 *   --minutes M     stops after so long; the next run goes on, unless the code of the money has changed
 *   --seed S        which million
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Breach, checkHistories } from '../src/market/testing/exactness/run.ts';

interface Result {
  readonly seed: number;
  /** Of the sources that reckon: a result of other code proves nothing. */
  readonly code: string;
  readonly histories: number;
  readonly breaches: readonly Breach[];
}

interface Piece {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

const root = new URL('..', import.meta.url);
const resultFile = new URL('src/market/testing/exactness/result.json', root);
const pieceSize = 5_000;

function codeHash(): string {
  const files = [
    'src/kernel/base/money.ts',
    ...['rating', 'revenue-sharing', 'ledger'].map((context) => `src/market/${context}/domain/*.ts`),
    ...['src/market/billing/domain/{draft,tenures}.ts', 'src/market/testing/exactness/*.ts'],
  ];
  const sources = globSync(files, { cwd: root });
  const hash = createHash('sha256');
  for (const file of sources.filter((name) => !name.endsWith('.test.ts')).sort())
    hash.update(readFileSync(new URL(file, root)));
  return hash.digest('hex');
}

function check(piece: Piece): Promise<Breach[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: piece });
    worker.once('message', resolve).once('error', reject);
  });
}

/** The pieces in order, as many at once as there are processors; what is kept is whole from the first on. */
async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      histories: { type: 'string', default: '1000000' },
      minutes: { type: 'string', default: '600' },
      seed: { type: 'string', default: '20261125' },
    },
  });
  const wanted = Number(values.histories);
  const until = Date.now() + Number(values.minutes) * 60_000;
  const before = existsSync(resultFile) ? (JSON.parse(readFileSync(resultFile, 'utf8')) as Result) : undefined;
  let result: Result = { seed: Number(values.seed), code: codeHash(), histories: 0, breaches: [] };
  if (before?.seed === result.seed && before.code === result.code) result = before;
  while (result.histories < wanted && Date.now() < until) {
    const { seed, histories } = result;
    const pieces = Array.from({ length: availableParallelism() }, (_, index) => histories + index * pieceSize)
      .filter((from) => from < wanted)
      .map((from) => ({ seed, from, to: Math.min(wanted, from + pieceSize) }));
    const found = (await Promise.all(pieces.map(check))).flat();
    result = { ...result, histories: pieces.at(-1)?.to ?? wanted, breaches: [...result.breaches, ...found] };
    writeFileSync(resultFile, `${JSON.stringify(result, undefined, 2)}\n`);
    console.log(`${result.histories} of ${wanted} histories, ${result.breaches.length} breaches`);
  }
  process.exitCode = result.breaches.length === 0 ? 0 : 1;
}

if (isMainThread) await run();
else {
  const { seed, from, to } = workerData as Piece;
  parentPort?.postMessage(checkHistories(seed, from, to));
}
