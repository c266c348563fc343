import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const exec = promisify(execFile);

/** A private PostgreSQL for tests: own folder, unix socket only, durability off. */
export interface TestPostgres {
  /** Folder of the socket. */
  readonly socketDir: string;
  /** Ends it (`SIGINT`: in order, `SIGQUIT`: as a crash) and starts it again on the same data; resolves when it answers. */
  restart(signal: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  stop(): Promise<void>;
}

async function binaries(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => [] as string[]);
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw new Error('PostgreSQL is not installed: run `npm run setup`');
  return `/usr/lib/postgresql/${newest}/bin`;
}

/** PostgreSQL refuses to run as root: then Debian's `postgres` user runs it. */
async function asPostgres(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await exec('id', [flag, 'postgres'])).stdout)),
  );
  return { uid, gid };
}

/**
 * Starts one; once a test run (about two seconds), every test file then makes its own database in it. `durable`: what is
 * committed survives a crash of the server (of the machine, never: `settings` may say otherwise, `NAME=VALUE`).
 */
export async function startTestPostgres({
  parent = tmpdir(),
  durable = false,
  settings: more = [] as readonly string[],
} = {}): Promise<TestPostgres> {
  const bin = await binaries();
  const user = await asPostgres();
  const dir = await mkdtemp(join(parent, 'andromede-pg-'));
  if (user.uid !== undefined && user.gid !== undefined) await chown(dir, user.uid, user.gid);
  const data = join(dir, 'data');
  await exec(
    `${bin}/initdb`,
    ['-D', data, '-A', 'trust', '-U', 'test', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'],
    { ...user, cwd: dir },
  );
  const settings = [
    ...['listen_addresses=', 'max_connections=300', 'jit=off', 'fsync=off'],
    ...(durable ? [] : ['synchronous_commit=off', 'full_page_writes=off']),
    ...more,
  ];
  const args = ['-D', data, '-k', dir, ...settings.flatMap((setting) => ['-c', setting])];
  const start = () => spawn(`${bin}/postgres`, args, { ...user, cwd: dir, stdio: ['ignore', 'ignore', 'ignore'] });
  let server = start();
  await answers(dir);
  return {
    socketDir: dir,
    async restart(signal) {
      await ended(server, signal);
      server = start();
      await answers(dir);
    },
    async stop() {
      await ended(server, 'SIGINT');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function answers(socketDir: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({ host: socketDir, user: 'test', database: 'postgres' });
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (attempt === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null) return;
  const exit = new Promise((resolve) => server.once('exit', resolve));
  server.kill(signal);
  await exit;
}
