import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../base/log.ts';
import type { HostEvents } from '../hostlink/protocol.ts';
import { boundLog } from './bound-log.ts';
import { commandLine } from './command-line.ts';
import { identityOf, isRunning, type ProcessIdentity, readRecord, recordingCommand, waitGone } from './identity.ts';
import type { ProcessSpec } from './process.ts';

/** Where a supervisor keeps what it must find again, and whom it tells. */
export interface SupervisorOptions {
  /** Records of pid and start time, one file a process. */
  readonly recordDir: string;
  /** `NAME.log`, with what each process says. */
  readonly logDir: string;
  readonly log: Logger;
  readonly events?: HostEvents;
}

/** What a process is doing, for `status`. */
export interface ProcessStatus {
  readonly name: string;
  readonly state: 'waiting' | 'starting' | 'ready' | 'failed' | 'stopped';
  readonly pid: number | undefined;
  readonly restarts: number;
  readonly since: string;
}

const firstBackoffMs = 100;
const lastBackoffMs = 10_000;
/** Having lived this long, a process starts again with the shortest pause. */
const healthyMs = 30_000;
const adoptedPollMs = 500;
/** What has no check of readiness counts as ready when it has lived this long. */
const probationMs = 100;
const preparePatienceMs = 10_000;
/** Failures in a row after which whoever waits for readiness is told, while the attempts go on. */
const toleratedFailures = 3;

/** Keeps one process running: launches or adopts it, waits until it is ready, starts it again when it dies. */
export class Keeper {
  readonly spec: ProcessSpec;
  readonly #options: SupervisorOptions;
  readonly #dependencies: readonly Keeper[];
  readonly #recordPath: string;
  readonly #logPath: string;
  readonly #halt = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;
  #identity: ProcessIdentity | undefined;
  #child: ChildProcess | undefined;
  #state: ProcessStatus['state'] = 'waiting';
  #since = new Date();
  #restarts = 0;
  #failures = 0;

  constructor(spec: ProcessSpec, dependencies: readonly Keeper[], options: SupervisorOptions) {
    this.spec = spec;
    this.#dependencies = dependencies;
    this.#options = options;
    this.#recordPath = `${options.recordDir}/${spec.name}`;
    this.#logPath = `${options.logDir}/${spec.name}.log`;
    // Whoever cares awaits `ready`; a failure that nobody awaits must not end the host.
    this.#ready.promise.catch(() => {});
  }

  /** Resolves when the process was ready for the first time; rejects when it fails again and again. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get isStarted(): boolean {
    return this.#loop !== undefined;
  }

  get status(): ProcessStatus {
    const { name } = this.spec;
    const pid = this.#identity?.pid;
    return { name, state: this.#state, pid, restarts: this.#restarts, since: this.#since.toISOString() };
  }

  boundLog(): void {
    boundLog(this.#logPath);
  }

  start(): void {
    this.#loop = this.#run().catch((error: unknown) => {
      this.#ready.reject(error);
      this.#options.log.error({ err: error, process: this.spec.name }, 'keeper ended');
    });
  }

  /** Stops watching and leaves the process alone: the next supervisor adopts it. */
  async release(): Promise<void> {
    this.#halt.abort();
    await this.#loop;
    this.#child?.unref();
  }

  /** Stops the process, if it runs, and keeps it stopped. */
  async stop(): Promise<void> {
    await this.release();
    await this.#stopRunning(this.#identity ?? readRecord(this.#recordPath));
    rmSync(this.#recordPath, { force: true });
    this.#ready.reject(new Error(`${this.spec.name} was stopped`));
    this.#enter('stopped');
  }

  async #run(): Promise<void> {
    const { signal } = this.#halt;
    await Promise.all(this.#dependencies.map((dependency) => Promise.race([dependency.ready, aborted(signal)])));
    let backoff = firstBackoffMs;
    for (let first = true; !signal.aborted; first = false) {
      const startedAt = performance.now();
      const reason = await this.#liveOnce(first);
      if (signal.aborted) return;
      if (performance.now() - startedAt > healthyMs) backoff = firstBackoffMs;
      this.#fail(reason);
      await Promise.race([sleep(backoff, undefined, { signal }).catch(() => {}), aborted(signal)]);
      backoff = Math.min(backoff * 2, lastBackoffMs);
    }
  }

  /** One life, from launch or adoption to death; resolves with why it ended. */
  async #liveOnce(first: boolean): Promise<string> {
    try {
      const adopted = first ? await this.#adopt() : undefined;
      this.#identity = adopted ?? (await this.#launch());
      this.#enter('starting');
      const ended = new AbortController();
      const death = this.#death(this.#identity).finally(() => ended.abort());
      await Promise.race([this.#becomeReady(ended.signal), death]);
      if (ended.signal.aborted || this.#halt.signal.aborted) return await death;
      this.#failures = 0;
      this.#enter('ready', { adopted: adopted !== undefined });
      this.#ready.resolve();
      return await death;
    } catch (error) {
      await this.#stopRunning(this.#identity);
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #adopt(): Promise<ProcessIdentity | undefined> {
    const found = readRecord(this.#recordPath);
    if (found === undefined || this.spec.adopt !== false) return found;
    await this.#stopRunning(found);
    return undefined;
  }

  async #launch(): Promise<ProcessIdentity> {
    await this.#prepare();
    this.boundLog();
    const output = openSync(this.#logPath, 'a', 0o640);
    const [command = '', ...args] = recordingCommand(this.#recordPath, commandLine(this.spec));
    try {
      const child = spawn(command, args, {
        cwd: this.spec.cwd ?? '/',
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', ...this.spec.env },
        stdio: ['ignore', output, output],
        detached: true,
      });
      this.#child = child;
      await once(child, 'spawn');
      return await this.#recorded(child);
    } finally {
      closeSync(output);
    }
  }

  /** Resolves when the process has recorded itself: from then on whoever comes after us finds it. */
  async #recorded(child: ChildProcess): Promise<ProcessIdentity> {
    for (;;) {
      const identity = readRecord(this.#recordPath);
      if (identity !== undefined && identity.pid === child.pid) return identity;
      if (child.pid === undefined || identityOf(child.pid) === undefined) {
        throw new Error(`ended at once${this.#lastWords()}`);
      }
      await sleep(2);
    }
  }

  /** A preparation that hangs must not keep us from stopping, but one that works gets the time to end in order. */
  async #prepare(): Promise<void> {
    const { signal } = this.#halt;
    const patience = aborted(signal).then(() => sleep(preparePatienceMs, undefined, { ref: false }));
    await Promise.race([this.spec.prepare?.(), patience]);
    if (signal.aborted) throw new Error('was stopped while it was prepared');
  }

  async #becomeReady(ended: AbortSignal): Promise<void> {
    const deadline = AbortSignal.timeout(this.spec.readyTimeoutMs ?? 30_000);
    const signal = AbortSignal.any([deadline, ended, this.#halt.signal]);
    try {
      await Promise.race([this.spec.ready?.(signal) ?? sleep(probationMs), aborted(signal)]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (deadline.aborted && !ended.aborted && !this.#halt.signal.aborted)
      throw new Error(`was not ready in time${this.#lastWords()}`);
  }

  /** Resolves with why, once the process is gone; also when we stop watching. */
  async #death(identity: ProcessIdentity): Promise<string> {
    const { signal } = this.#halt;
    const child = this.#child;
    if (child?.pid === identity.pid) {
      if (child.exitCode === null && child.signalCode === null) {
        await once(child, 'exit', { signal }).catch(() => {});
      }
    } else {
      while (!signal.aborted && isRunning(identity)) {
        await sleep(adoptedPollMs, undefined, { signal }).catch(() => {});
      }
    }
    if (signal.aborted) return 'released';
    this.#identity = undefined;
    return `${howItEnded(child?.pid === identity.pid ? child : undefined)}${this.#lastWords()}`;
  }

  async #stopRunning(identity: ProcessIdentity | undefined): Promise<void> {
    if (identity === undefined || !isRunning(identity)) return;
    try {
      await (this.spec.stop === undefined ? process.kill(identity.pid, 'SIGTERM') : this.spec.stop(identity.pid));
    } catch (error) {
      this.#options.log.warn({ err: error, process: this.spec.name }, 'could not ask the process to stop');
    }
    if (await waitGone(identity, this.spec.stopTimeoutMs ?? 10_000)) return;
    this.#options.log.warn({ process: this.spec.name, pid: identity.pid }, 'did not stop in time; killing it');
    try {
      // It leads a session of its own, so this reaches its children too.
      process.kill(-identity.pid, 'SIGKILL');
    } catch {
      // Gone in between.
    }
    await waitGone(identity, 5_000);
  }

  #fail(reason: string): void {
    const { name } = this.spec;
    this.#failures += 1;
    this.#restarts += 1;
    this.#enter('failed', { reason });
    if (this.#failures >= toleratedFailures) this.#ready.reject(new Error(`${name}: ${reason}`));
  }

  #enter(state: ProcessStatus['state'], facts: { adopted?: boolean; reason?: string } = {}): void {
    this.#state = state;
    this.#since = new Date();
    const event = { type: 'process.state', ...this.status, ...facts };
    this.#options.events?.publish(event);
    this.#options.log[state === 'failed' ? 'warn' : 'info'](event, `${this.spec.name} ${state}`);
  }

  /** The end of its log, to say in an error what the process itself complained about. */
  #lastWords(): string {
    try {
      const file = openSync(this.#logPath, 'r');
      try {
        const size = fstatSync(file).size;
        const tail = Buffer.alloc(Math.min(size, 600));
        readSync(file, tail, 0, tail.length, size - tail.length);
        const lines = tail.toString('utf8').trim().split('\n').slice(-4).join('\n');
        return lines === '' ? '' : `; the end of ${this.#logPath}:\n${lines}`;
      } finally {
        closeSync(file);
      }
    } catch {
      return '';
    }
  }
}

function howItEnded(child: ChildProcess | undefined): string {
  if (child === undefined) return 'ended';
  return child.signalCode === null ? `exited with ${child.exitCode}` : `was killed by ${child.signalCode}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
