import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chmod, chown, rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../kernel/base/log.ts';
import { commandLine } from '../../kernel/supervise/command-line.ts';
import { type ProcessIdentity, readRecord, recordingCommand, waitGone } from '../../kernel/supervise/identity.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { readTail } from './files.ts';
import { Qmp, type QmpEvent } from './qmp.ts';
import type { GuestFiles } from './record.ts';

/** What a guest's machine is doing, as QEMU's `query-status` says it (`RunState`), reduced to what we tell apart. */
export type RunState = 'running' | 'stopped' | 'shutdown' | 'broken';

const states: Readonly<Record<string, RunState>> = {
  running: 'running',
  // Started but not let go yet, or held up by a full disk: it goes on when told to.
  prelaunch: 'stopped',
  paused: 'stopped',
  // Its memory was being saved, or has just been loaded.
  'save-vm': 'stopped',
  'restore-vm': 'stopped',
  'io-error': 'stopped',
  shutdown: 'shutdown',
};

const appearMs = 20_000;
const adoptMs = 5_000;
const quitMs = 5_000;
/** Threads of a process that is dying may hold its lease a little longer than it lives. */
const leaseWaitS = '5';
/** Exit code of a launch that found the guest's lease held. */
const leaseIsHeld = 75;

/** One running QEMU: started by us or by the host process before us. */
export class QemuProcess {
  readonly identity: ProcessIdentity;
  /** Resolves with why, once the process is gone; also after `quit`. */
  readonly gone: Promise<string>;
  /** For what concerns its devices and disks. */
  readonly qmp: Qmp;
  readonly #files: GuestFiles;
  #isGone = false;
  #released = false;

  constructor(identity: ProcessIdentity, qmp: Qmp, files: GuestFiles) {
    this.identity = identity;
    this.qmp = qmp;
    this.#files = files;
    this.gone = this.#watch();
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  async state(): Promise<RunState> {
    const { status } = await this.qmp.execute<{ status: string }>('query-status');
    return states[status] ?? 'broken';
  }

  /** Takes from the process the right to replace its sockets. To be done before the guest runs; repeatable. */
  async lock(): Promise<void> {
    await chown(this.#files.sockets, 0, 0);
    await chmod(this.#files.sockets, 0o700);
  }

  /** Lets the guest run, for the first time or after a halt. */
  async letGo(): Promise<void> {
    await this.lock();
    await this.qmp.execute('cont');
  }

  /** Halts the guest where it is. */
  async halt(): Promise<void> {
    await this.qmp.execute('stop');
  }

  /** Presses the power button; what the guest makes of it is its own affair. */
  async pressPower(): Promise<void> {
    await this.qmp.execute('system_powerdown');
  }

  /** Ends the process at once, whatever the guest does; its disks are flushed. */
  async quit(): Promise<void> {
    await this.qmp.execute('quit', undefined, quitMs).catch(() => {});
    if (!(await waitGone(this.identity, quitMs))) await kill(this.identity);
    await this.gone;
  }

  /** Forgets the process and leaves it running. */
  release(): void {
    this.#released = true;
    this.qmp.close();
  }

  async #watch(): Promise<string> {
    await this.qmp.closed;
    if (this.#released) return new Promise(() => {});
    if (!(await waitGone(this.identity, quitMs))) await kill(this.identity).catch(() => {});
    this.#isGone = true;
    return lastWords(this.#files);
  }
}

/** Finds the guest's process of an earlier host process by its record; undefined when there is none. */
export async function adoptQemu(
  files: GuestFiles,
  onEvent: (event: QmpEvent) => void,
  log: Logger,
): Promise<QemuProcess | undefined> {
  const identity = readRecord(files.process);
  if (identity === undefined) return undefined;
  try {
    return new QemuProcess(identity, await connect(files, onEvent, identity, adoptMs), files);
  } catch (error) {
    log.error({ err: error, pid: identity.pid }, 'a guest does not answer its monitor; it is stopped');
    await kill(identity);
    return undefined;
  }
}

export interface Launch {
  readonly files: GuestFiles;
  readonly args: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number };
  readonly netns: string;
  readonly binds: NonNullable<ProcessSpec['binds']>;
  /** Files into which the process writes its pid before it becomes QEMU: those of its cgroup. */
  readonly joins: readonly string[];
  readonly onEvent: (event: QmpEvent) => void;
}

/**
 * Starts QEMU in a session of its own and waits for its monitor; the guest does not run yet. The process holds the lease on
 * the guest's folder for as long as it lives, so that two can never run.
 */
export async function launchQemu(launch: Launch): Promise<QemuProcess> {
  const { files, args, user, netns, binds, joins, onEvent } = launch;
  await rename(files.qemuLog, `${files.qemuLog}.1`).catch(() => {});
  const confined = commandLine({ name: 'guest', command: 'qemu-system-x86_64', args, user, netns, binds });
  const lease = [
    'flock',
    '--timeout',
    leaseWaitS,
    '--no-fork',
    '--conflict-exit-code',
    String(leaseIsHeld),
    files.lease,
  ];
  const output = openSync(files.qemuLog, 'a', 0o600);
  try {
    const [command = '', ...rest] = [...joining(joins), ...lease, ...recordingCommand(files.process, confined)];
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };
    const child = spawn(command, rest, { cwd: '/', env, stdio: ['ignore', output, output], detached: true });
    child.unref();
    await once(child, 'spawn');
    const failed = once(child, 'exit').then(async ([code]) => {
      const why = code === leaseIsHeld ? 'another process runs this guest' : await lastWords(files);
      throw new Error(`QEMU ended at once: ${why}`);
    });
    return await Promise.race([failed, appear(files, onEvent)]);
  } catch (error) {
    const started = readRecord(files.process);
    if (started !== undefined) await kill(started);
    throw error;
  } finally {
    closeSync(output);
  }
}

/** A command that writes its pid into the files and then becomes the one that follows. */
function joining(files: readonly string[]): string[] {
  const script = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ >"$1" || exit; shift; n=$((n-1)); done; exec "$@"';
  return files.length === 0 ? [] : ['/bin/sh', '-c', script, 'joining', String(files.length), ...files];
}

/** Waits for the process to record itself and to serve its monitor. */
async function appear(files: GuestFiles, onEvent: (event: QmpEvent) => void): Promise<QemuProcess> {
  const deadline = performance.now() + appearMs;
  for (;;) {
    const identity = readRecord(files.process);
    if (identity !== undefined) {
      return new QemuProcess(identity, await connect(files, onEvent, identity, deadline - performance.now()), files);
    }
    if (performance.now() > deadline) throw new Error(`QEMU did not start: ${await lastWords(files)}`);
    await sleep(5);
  }
}

async function connect(
  files: GuestFiles,
  onEvent: (event: QmpEvent) => void,
  identity: ProcessIdentity,
  timeoutMs: number,
): Promise<Qmp> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await Qmp.connect(files.qmp, { onEvent, timeoutMs: adoptMs });
    } catch (error) {
      const over = performance.now() > deadline || readRecord(files.process)?.pid !== identity.pid;
      if (over) throw new Error(`QEMU does not serve: ${await lastWords(files)}`, { cause: error });
      await sleep(10);
    }
  }
}

async function kill(identity: ProcessIdentity): Promise<void> {
  try {
    process.kill(identity.pid, 'SIGKILL');
  } catch {
    // Gone in between.
  }
  if (!(await waitGone(identity, quitMs))) throw new Error(`process ${identity.pid} cannot be killed`);
}

/** The end of what QEMU said on its standard error, for the operator. */
async function lastWords(files: GuestFiles): Promise<string> {
  const text = (await readTail(files.qemuLog, 2000)).toString('utf8').trim();
  return text === '' ? 'it said nothing' : text.split('\n').slice(-4).join('\n');
}
