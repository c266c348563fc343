import { execFile, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Debian's interpreter, whatever another `python3` on the path is. */
const python = '/usr/bin/python3';
const reader = fileURLToPath(new URL('outcomes.py', import.meta.url));

/** How a test ended, as `outcomes.py` tells it. */
export interface Outcome {
  /** `tempest.api….test_x[id-…]`, or `setUpClass (tempest.api…Class)` when a class could not begin or end. */
  readonly id: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  readonly reason: string;
  readonly details: string;
}

export interface Tempest {
  /** The ids of all tests that Tempest has, as a list of tests wants them. */
  list(regex: string): Promise<string[]>;
  /** Runs tests; tells of each as it ends. */
  run(tests: readonly string[], concurrency: number, tell: (outcome: Outcome) => void): Promise<void>;
  version(): Promise<string>;
}

/** Tempest as installed, run from a workspace; `prefix` is the command that runs it inside the cloud's network namespace. */
export function tempestIn(workspace: string, prefix: readonly string[]): Tempest {
  // Its home is the workspace: Tempest keeps a record of workspaces there. One test is given ten minutes at most.
  const environment = { ...process.env, HOME: workspace, OS_TEST_TIMEOUT: '600', PYTHONWARNINGS: 'ignore' };
  const options = { cwd: workspace, env: environment };
  return {
    async list(regex) {
      // Tempest lists only where it has a record of runs, which its first run makes.
      if (!existsSync(`${workspace}/.stestr`)) await promisify(execFile)(python, ['-m', 'stestr.cli', 'init'], options);
      const { stdout } = await promisify(execFile)('/usr/bin/tempest', ['run', '--list-tests', '--regex', regex], {
        ...options,
        maxBuffer: 1e8,
      });
      return stdout.split('\n').filter((line) => /^\w+(\.\w+)+\[/.test(line));
    },
    async run(tests, concurrency, tell) {
      const list = `${workspace}/piece.txt`;
      writeFileSync(list, `${tests.join('\n')}\n`);
      const asked = ['run', '--load-list', list, '--concurrency', String(concurrency), '--subunit'];
      const [program = '', ...args] = [...prefix, '/usr/bin/tempest', ...asked];
      const tempest = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
      const outcomes = spawn(python, [reader], { stdio: [tempest.stdout, 'pipe', 'inherit'] });
      for await (const line of createInterface({ input: outcomes.stdout })) tell(JSON.parse(line) as Outcome);
    },
    async version() {
      const { stdout } = await promisify(execFile)('dpkg-query', ['--status', 'python3-tempest']);
      return /^Version: (.*)$/m.exec(stdout)?.[1] ?? '';
    },
  };
}
