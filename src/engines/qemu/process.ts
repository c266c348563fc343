import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chmod, chown, rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../kernel/base/log.ts';
import { commandLine } from '../../kernel/supervise/command-line.ts';
import {
  isRunning,
  type ProcessIdentity,
  readRecord,
  recordingCommand,
  waitGone,
} from '../../kernel/supervise/identity.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { readTail } from './files.ts';
import { answerMs, Qmp, type QmpOptions } from './qmp.ts';
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

/** How long a process that was found may take until it listens: it listens before its guest's code ever runs. */
const listenMs = 5_000;
const quitMs = 5_000;
/** Threads of a process that is dying may hold its lease a little longer than it lives. */
const leaseWaitS = '5';
/** Exit code of a launch that found the guest's lease held. */
const leaseIsHeld = 75;

/** Another process runs the guest, and has come to be known by its record meanwhile. */
export class LeaseHeld extends Error {
  override readonly name = 'LeaseHeld';
}

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

  async state(timeoutMs?: number): Promise<RunState> {
    const { status } = await this.qmp.execute<{ status: string }>('query-status', undefined, timeoutMs);
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

/**
 * Finds the guest's process of an earlier host process by its record; undefined when there is none. One that is too busy to
 * answer is found too; one that does not even listen has never run the guest, and is ended.
 */
export async function adoptQemu(files: GuestFiles, qmp: QmpOptions, log: Logger): Promise<QemuProcess | undefined> {
  const identity = readRecord(files.process);
  if (identity === undefined) return undefined;
  try {
    const deadline = performance.now() + listenMs;
    return new QemuProcess(identity, await connect(files, qmp, identity, deadline), files);
  } catch (error) {
    log.error({ err: error, pid: identity.pid }, "a guest's process has no monitor; it is stopped");
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
  readonly qmp: QmpOptions;
}

/**
 * Starts QEMU in a session of its own and waits for its monitor; the guest does not run yet. The process holds the lease on
 * the guest's folder for as long as it lives, so that two can never run.
 */
export async function launchQemu(launch: Launch): Promise<QemuProcess> {
  const { files, args, user, netns, binds, joins, qmp } = launch;
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
    const recorded = recordingCommand(files.process, confined);
    const [command = '', ...rest] = [...joining(joins), ...lease, ...withSockets(files, user.uid), ...recorded];
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };
    const child = spawn(command, rest, { cwd: '/', env, stdio: ['ignore', output, output], detached: true });
    child.unref();
    await once(child, 'spawn');
    const over = new AbortController();
    const ended = once(child, 'exit').then(async ([code]) => {
      if (code === leaseIsHeld) throw new LeaseHeld('another process runs this guest');
      throw new Error(`QEMU ended at once: ${await lastWords(files)}`);
    });
    try {
      return await Promise.race([ended, appear(child.pid, files, qmp, over.signal)]);
    } catch (error) {
      // Whatever it has become: the pid stays the same. Nobody else's process, of whom the record may speak.
      if (child.kill('SIGKILL')) await Promise.race([ended.catch(() => {}), sleep(quitMs)]);
      throw error;
    } finally {
      over.abort();
    }
  } finally {
    closeSync(output);
  }
}

/** A command that makes the folder of sockets anew for the guest's process, and then becomes the one that follows. */
function withSockets({ sockets }: GuestFiles, uid: number): string[] {
  const script = 'rm -rf -- "$0" && mkdir -p -m 0700 -- "$0" && chown "$1:0" -- "$0" && shift && exec "$@"';
  return ['/bin/sh', '-c', script, sockets, String(uid)];
}

/** A command that writes its pid into the files and then becomes the one that follows. */
function joining(files: readonly string[]): string[] {
  const script = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ >"$1" || exit; shift; n=$((n-1)); done; exec "$@"';
  return files.length === 0 ? [] : ['/bin/sh', '-c', script, 'joining', String(files.length), ...files];
}

/** Waits for the process of that pid to record itself and to serve its monitor. */
async function appear(
  pid: number | undefined,
  files: GuestFiles,
  options: QmpOptions,
  over: AbortSignal,
): Promise<QemuProcess> {
  // One that ends is seen at once: this is for one that hangs, on however slow a machine.
  const deadline = performance.now() + 2 * (options.timeoutMs ?? answerMs);
  for (; ; await sleep(5, undefined, { signal: over })) {
    const identity = readRecord(files.process);
    if (identity?.pid === pid && identity !== undefined) {
      const qmp = await connect(files, options, identity, deadline);
      const answers = qmp.execute('query-status', undefined, deadline - performance.now());
      if (await answers.then(Boolean, () => false)) return new QemuProcess(identity, qmp, files);
      // It listens before it opens its disks, and may end of what it finds there: then its last words are worth more than ours.
      qmp.close();
    }
    if (performance.now() > deadline) throw new Error(`QEMU did not start: ${await lastWords(files)}`);
  }
}

async function connect(
  files: GuestFiles,
  options: QmpOptions,
  identity: ProcessIdentity,
  deadline: number,
): Promise<Qmp> {
  for (;;) {
    try {
      return await Qmp.connect(files.qmp, options);
    } catch (error) {
      const over = performance.now() > deadline || !isRunning(identity);
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
