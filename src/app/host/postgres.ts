import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '../../kernel/supervise/command-line.ts';
import { type Installation, sockets } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { ConfigError } from '../config-error.ts';
import { isRoot } from '../layout.ts';
import { listens } from './listens.ts';

const versionsDir = '/usr/lib/postgresql';

/** Small on purpose: one site's control plane, on a machine whose memory belongs to the guests. */
const serverSettings = {
  listen_addresses: '',
  unix_socket_permissions: '0770',
  max_connections: '60',
  shared_buffers: '24MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  jit: 'off',
  // All that is hot is in memory. Plans that are kept must not scan tables that were small when they were made.
  random_page_cost: '1.1',
  max_wal_size: '256MB',
  max_parallel_workers_per_gather: '0',
  autovacuum_max_workers: '1',
  log_min_messages: 'warning',
  timezone: 'UTC',
};

/**
 * The private PostgreSQL: Debian's binaries, data in `DIR/pg`, reachable only through a socket in a folder that
 * `api`'s group may enter. That folder is the lock on the door, so the server itself trusts whoever comes through it.
 */
export function postgresProcess(installation: Installation): ProcessSpec {
  const { dataDir, runDir, users } = installation;
  const data = `${dataDir}/pg`;
  const user = isRoot ? users.postgres : undefined;
  const settings = { ...serverSettings, unix_socket_directories: sockets.postgres(runDir) };
  return {
    name: 'postgres',
    command: `${binaries(data)}/postgres`,
    args: ['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
    ...(user === undefined ? {} : { user }),
    prepare: () => initialise(data, user),
    ready: (signal) => untilReady(installation, signal),
    // "Fast" shutdown: ends sessions instead of waiting for them.
    stop: async (pid) => void process.kill(pid, 'SIGINT'),
    stopTimeoutMs: 30_000,
  };
}

/** Folder of the binaries that fit the data, or of the newest when there is none yet. */
function binaries(data: string): string {
  const installed = existsSync(versionsDir) ? readdirSync(versionsDir).map(Number).filter(Number.isInteger) : [];
  const usable = installed.filter((version) => existsSync(`${versionsDir}/${version}/bin/postgres`));
  if (usable.length === 0) throw new ConfigError('PostgreSQL is not installed; run: apt-get install postgresql');
  const written = existsSync(`${data}/PG_VERSION`) ? Number(readFileSync(`${data}/PG_VERSION`, 'utf8')) : undefined;
  if (written !== undefined && !usable.includes(written)) {
    throw new ConfigError(`${data} was written by PostgreSQL ${written}; run: apt-get install postgresql-${written}`);
  }
  return `${versionsDir}/${written ?? Math.max(...usable)}/bin`;
}

/** Makes the data folder with our role and database in it: under another name first, so that it is there or not. */
async function initialise(data: string, user: ProcessSpec['user']): Promise<void> {
  if (existsSync(`${data}/PG_VERSION`)) return;
  const draft = `${data}.new`;
  const bin = binaries(data);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  if (user !== undefined) chownSync(draft, user.uid, user.gid);
  const options = ['--encoding=UTF8', '--locale=C.UTF-8', '--auth=trust', '--username=postgres', '--data-checksums'];
  await runAs(user, `${bin}/initdb`, ['-D', draft, ...options]);
  writeFileSync(`${draft}/pg_hba.conf`, 'local all all trust\n');
  const sql = 'CREATE ROLE andromede LOGIN;\nCREATE DATABASE andromede OWNER andromede;\n';
  await runAs(user, `${bin}/postgres`, ['--single', '-D', draft, 'postgres'], sql);
  rmSync(data, { recursive: true, force: true });
  renameSync(draft, data);
}

async function runAs(user: ProcessSpec['user'], command: string, args: string[], input = ''): Promise<void> {
  const [program = '', ...rest] = commandLine({ name: 'once', command, args, ...(user === undefined ? {} : { user }) });
  const child = spawn(program, rest, { cwd: '/', env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  // In single-user mode a failed statement does not change the exit code.
  if (code !== 0 || /^.*(ERROR|FATAL|PANIC): /m.test(said)) throw new Error(`${command} failed: ${said.trim()}`);
}

/**
 * The server writes its state into the eighth line of `postmaster.pid` (see `miscadmin.h`). A file left by a server
 * that was killed may say `ready` too, so somebody has to listen first.
 */
async function untilReady({ dataDir, runDir }: Installation, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if ((await listens(`${sockets.postgres(runDir)}/.s.PGSQL.5432`)) && stateIn(`${dataDir}/pg`) === 'ready') return;
    await sleep(20, undefined, { signal }).catch(() => {});
  }
}

function stateIn(data: string): string | undefined {
  try {
    return readFileSync(`${data}/postmaster.pid`, 'utf8').split('\n')[7]?.trim();
  } catch {
    return undefined;
  }
}
