import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { HostStatus } from '../../src/app/host/status.ts';
import { type Session, signIn } from './client.ts';
import { freePort } from './simulated-cloud.ts';

const exec = promisify(execFile);
const andromede = fileURLToPath(new URL('../../bin/andromede', import.meta.url));

/** A whole cloud on this machine, in a folder and on a port of its own. Root only, unless its engines are simulated. */
export interface RealCloud {
  readonly dataDir: string;
  readonly url: string;
  /** Starts it, or what of it is missing; resolves when it answers. */
  up(): Promise<void>;
  down(): Promise<void>;
  status(): Promise<HostStatus>;
  /** The pids of what runs, by name; `host` is the supervisor. */
  pids(): Promise<Record<string, number>>;
  /** Runs a command inside the cloud's network namespace; rejects when it fails. */
  inside(...command: string[]): Promise<string>;
  /** Signs in as a person that every cloud has. */
  signIn(who: 'admin' | 'demo'): Promise<Session>;
  /** Stops it and removes its folder. */
  destroy(): Promise<void>;
}

export interface RealCloudOptions {
  /** A temporary folder unless said. The cloud that is kept there already is started, or restarted with today's code. */
  readonly dataDir?: string;
  readonly engine?: 'real' | 'simulated';
  /** What its `config.yaml` says. */
  readonly config?: object;
}

export async function startRealCloud({ engine = 'real', ...options }: RealCloudOptions = {}): Promise<RealCloud> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'andromede-real-')));
  if (options.config !== undefined) {
    await mkdir(dataDir, { recursive: true });
    // JSON is YAML.
    await writeFile(join(dataDir, 'config.yaml'), JSON.stringify(options.config));
  }
  const port = portOf(dataDir) ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const run = async (...args: string[]) => (await exec(andromede, args, { maxBuffer: 1e8 })).stdout;
  const own = ['--data', dataDir];
  /** `status` fails when something of the cloud does not run, yet says what. */
  const status = async () => {
    const said = await run('status', ...own, '--output', 'json').catch(
      (error: { stdout?: string }) => error.stdout ?? '',
    );
    return JSON.parse(said) as HostStatus;
  };
  const cloud: RealCloud = {
    dataDir,
    url,
    status,
    up: async () => void (await run('up', ...own, '--port', String(port), '--engine', engine, '--detach')),
    down: async () => void (await run('down', ...own)),
    async pids() {
      const { pid, processes } = await status();
      return Object.fromEntries([['host', pid], ...processes.map((process) => [process.name, process.pid])]);
    },
    inside: (...command) => run('exec', ...own, '--', ...command),
    signIn: (who) => signIn(url, who, readFileSync(join(dataDir, 'secrets', `${who}-password`), 'utf8').trim(), who),
    async destroy() {
      await cloud.down();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  try {
    // A cloud that does not run refuses to be restarted.
    await run('restart', ...own).catch(() => cloud.up());
  } catch (error) {
    await cloud.destroy();
    throw error;
  }
  return cloud;
}

/** The port of the cloud that is kept in a folder. */
function portOf(dataDir: string): number | undefined {
  const settings = join(dataDir, 'settings.json');
  return existsSync(settings) ? (JSON.parse(readFileSync(settings, 'utf8')) as { port: number }).port : undefined;
}
