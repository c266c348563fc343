import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connectHost } from '../../kernel/hostlink/client.ts';
import type { HostEvent } from '../../kernel/hostlink/protocol.ts';
import { type ProcessIdentity, readRecord, recordingCommand, waitGone } from '../../kernel/supervise/identity.ts';
import { sockets } from '../../kernel/supervise/installation.ts';
import { hostLogFile, installationTag, isRoot, runRoot } from '../layout.ts';
import { inherited, openTelemetryVariables } from './inherited.ts';
import type { SettledConfig } from './installation-host.ts';
import type { Phase, ProgressEvent, StepEvent } from './progress.ts';

/** Where the commands find the host process of a DIR, given by its real path. */
export interface HostPlace {
  readonly dataDir: string;
  readonly runDir: string;
  readonly netns: string;
  readonly record: string;
  readonly logFile: string;
}

export function hostPlace(dataDir: string): HostPlace {
  const tag = installationTag(dataDir);
  const runDir = `${runRoot()}/${tag}`;
  return { dataDir, runDir, netns: `andromede-${tag}`, record: `${runDir}/host.record`, logFile: hostLogFile(dataDir) };
}

/** The host process that runs for this DIR, if one does. */
export function runningHost({ record }: HostPlace): ProcessIdentity | undefined {
  return readRecord(record);
}

/** V8 keeps its heap small: the host process holds no data worth a cache. */
const leanFlags = ['--max-semi-space-size=1', '--v8-pool-size=1', '--disable-warning=ExperimentalWarning'];
const alreadyLocked = 75;

/** Starts the host process in a session of its own; it holds the lock on DIR for as long as it lives. */
export function launchHost(place: HostPlace, mode: 'up' | 'down', config: SettledConfig): ChildProcess {
  mkdirSync(place.runDir, { recursive: true, mode: 0o755 });
  mkdirSync(`${place.dataDir}/log`, { recursive: true });
  const program = `${import.meta.dirname}/main.ts`;
  const command = recordingCommand(place.record, [process.execPath, ...leanFlags, program, mode, place.dataDir]);
  // A predecessor that is just ending holds the lock until its last thread is gone.
  const lock = ['--no-fork', '--timeout', '5', '--conflict-exit-code', String(alreadyLocked), `${place.dataDir}/lock`];
  const output = openSync(place.logFile, 'a', 0o640);
  try {
    return spawn('flock', [...lock, ...command], {
      cwd: '/',
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        LANG: 'C.UTF-8',
        HOME: isRoot ? '/root' : process.env.HOME,
        NODE_COMPILE_CACHE: `${place.dataDir}/cache/host`,
        ANDROMEDE_HOST_CONFIG: JSON.stringify(config),
        ...inherited([...testSwitches, ...openTelemetryVariables()]),
      },
      stdio: ['ignore', output, output],
      detached: true,
    });
  } finally {
    closeSync(output);
  }
}

/** A small program in the place of `api`, and the moment at which `api` is to die. */
const testSwitches = ['ANDROMEDE_API_PROGRAM', 'ANDROMEDE_CRASH_AT'];

/**
 * Shows the steps of a phase as the host process tells them. Resolves when the host process is gone or, during `up`, says that
 * it is ready or has failed: with the failure's text, or with undefined when all went well.
 */
export async function follow(
  place: HostPlace,
  phase: Phase,
  gone: Promise<string | undefined>,
  show: (event: StepEvent) => void,
): Promise<string | undefined> {
  const done = new AbortController();
  const link = connectHost(sockets.host(place.runDir));
  const told = new Promise<string | undefined>((resolve) => {
    const listener = (event: HostEvent) => {
      const progress = event as unknown as ProgressEvent;
      if (progress.type === 'host.step' && progress.phase === phase) show(progress);
      if (progress.type === 'host.ready' && phase === 'up') resolve(undefined);
      if (progress.type === 'host.failed' && phase === 'up') resolve(progress.message);
    };
    link.listen(listener, done.signal);
  });
  try {
    return await Promise.race([told, gone]);
  } finally {
    done.abort();
    link.close();
  }
}

/** Resolves when the launched process has ended: with its complaint, or with undefined when it ended well. */
export function endOf(child: ChildProcess, place: HostPlace): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code) => {
      if (code === 0) resolve(undefined);
      else if (code === alreadyLocked) resolve(`another process holds ${place.dataDir}/lock`);
      else resolve(`the host process ended; the end of ${place.logFile}:\n${tail(place.logFile)}`);
    });
  });
}

/** Resolves when a process that is no child of ours has ended; undefined in any case. */
export async function goneProcess(identity: ProcessIdentity, timeoutMs: number): Promise<string | undefined> {
  return (await waitGone(identity, timeoutMs))
    ? undefined
    : `process ${identity.pid} did not end in ${timeoutMs / 1000} s`;
}

function tail(path: string): string {
  return readFileSync(path, 'utf8').trim().split('\n').slice(-5).join('\n');
}
