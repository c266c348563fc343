import { readFileSync } from 'node:fs';

/**
 * Which process this is: a pid alone may have been given to another since. The start time (`/proc/PID/stat`, field 22,
 * in clock ticks since boot; see proc_pid_stat(5)) tells two users of a pid apart, the boot id two boots.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
}

let bootId: string | undefined;

/** This boot's random id. */
export function currentBootId(): string {
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return bootId;
}

/** Pid, state and start time in a line of `/proc/PID/stat`; the command's name may hold spaces and parentheses. */
export function parseStat(line: string): { pid: number; state: string; startTicks: string } | undefined {
  const [pid] = line.split(' ', 1);
  const rest = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const state = rest[0];
  const startTicks = rest[19];
  if (!/^\d+$/.test(pid ?? '') || state === undefined || startTicks === undefined) return undefined;
  return { pid: Number(pid), state, startTicks };
}

/** The identity of the process that has `pid` now; undefined when there is none, or only a zombie. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const stat = parseStat(line);
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
  return { pid, startTicks: stat.startTicks, bootId: currentBootId() };
}

/** Whether that very process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identity.bootId === currentBootId() && identityOf(identity.pid)?.startTicks === identity.startTicks;
}

/** Reads a record that `recordingCommand` wrote; undefined when there is none or the process is gone. */
export function readRecord(path: string): ProcessIdentity | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const [boot = '', statLine = ''] = text.split('\n');
  const stat = parseStat(statLine);
  if (stat === undefined) return undefined;
  const identity = { pid: stat.pid, startTicks: stat.startTicks, bootId: boot };
  return isRunning(identity) ? identity : undefined;
}

/**
 * A command that records its own identity at `recordPath` and then becomes `command`: written by the process itself, the
 * record exists even when whoever started it was killed in the meantime.
 */
export function recordingCommand(recordPath: string, command: readonly string[]): string[] {
  const script =
    'read -r boot </proc/sys/kernel/random/boot_id && read -r stat </proc/$$/stat && ' +
    'printf "%s\\n%s\\n" "$boot" "$stat" >"$0" && exec "$@"';
  return ['/bin/sh', '-c', script, recordPath, ...command];
}

/** Resolves true when the process is gone, false when it still runs after `timeoutMs`. */
export async function waitGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 5; isRunning(identity); pause = Math.min(pause * 2, 100)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return true;
}
