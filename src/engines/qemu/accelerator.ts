import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/log.ts';
import { commandLine } from '../../kernel/supervise/command-line.ts';
import { currentBootId } from '../../kernel/supervise/identity.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { writeDurably } from '../local-disk/index.ts';
import { currentMachine } from './command-line.ts';

/** What runs guests' code: the processor (KVM) or a translator (TCG), and why not the processor. */
export interface Accelerator {
  readonly kind: 'kvm' | 'tcg';
  /** For the operator. */
  readonly reason: string;
}

export interface Probe {
  readonly installation: Installation;
  /** Where the set-up put the guest image that is booted for a try. */
  readonly assetsDir: string;
  /** Mounts that show guests' processes the devices of theirs. */
  readonly binds: NonNullable<ProcessSpec['binds']>;
  readonly log: Logger;
  readonly clock: Clock;
  /** Ends the try; nothing is found out then. */
  readonly signal: AbortSignal;
}

/** What one try found. A slow one may only have had a machine with too much to do. */
export interface Finding {
  readonly accelerator: Accelerator;
  readonly isSlow: boolean;
}

/** What is kept of the tries, in `DIR/cache/accelerator.json`. */
interface Verdict {
  readonly bootId: string;
  readonly accelerator: Accelerator;
  /** How many tries were slow; final when not said. */
  readonly slowTries?: number;
}

const device = '/dev/kvm';
/** What the image's kernel has its first program say. Where KVM works, it takes about a second. */
const word = 'andromede-tiny: starting';
const patienceS = 4;
/** QEMU's exit code when it does not even start. */
const refusal = 1;
/** Before a slow try is repeated, in milliseconds: machines have most to do when they start. The last one is final. */
const pauses = [60_000, 300_000] as const;

/**
 * Finds out whether this machine runs guests under KVM, and tells it. A device that is there proves nothing (nested and emulated
 * machines have ones under which kernels hang), so a real one is booted, once for each boot of the machine; the verdict is kept.
 */
export async function findAccelerator(probe: Probe, tell: (found: Accelerator) => void): Promise<void> {
  if (existsSync(device)) await tryOnceABoot(probe, tell, tryKvm);
  else tell({ kind: 'tcg', reason: `this machine has no ${device}` });
}

/** Tells the verdict of this boot, by trying if there is none yet; after a slow try tells what a later one finds. */
export async function tryOnceABoot(
  probe: Probe,
  tell: (found: Accelerator) => void,
  attempt: (probe: Probe) => Promise<Finding>,
): Promise<void> {
  const { installation, clock, log, signal } = probe;
  const path = `${installation.dataDir}/cache/accelerator.json`;
  const bootId = currentBootId();
  const kept = await keptVerdict(path);
  let slowTries = 0;
  if (kept?.bootId === bootId) {
    tell(kept.accelerator);
    slowTries = kept.slowTries ?? Number.POSITIVE_INFINITY;
  }
  while (slowTries <= pauses.length) {
    const pause = pauses[slowTries - 1];
    if (pause !== undefined) await clock.sleep(pause, signal);
    const { accelerator, isSlow } = await attempt(probe);
    signal.throwIfAborted();
    slowTries = isSlow ? slowTries + 1 : Number.POSITIVE_INFINITY;
    await keepVerdict(path, { bootId, accelerator, ...(isSlow ? { slowTries } : {}) });
    log.info(accelerator, `guests run under ${accelerator.kind.toUpperCase()}`);
    tell(accelerator);
  }
}

async function keptVerdict(path: string): Promise<Verdict | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Verdict;
  } catch {
    return undefined;
  }
}

async function keepVerdict(path: string, verdict: Verdict): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeDurably(path, JSON.stringify(verdict), { uid: 0, gid: 0, mode: 0o600 });
}

/** Boots the guest image under KVM, confined as guests are, until its kernel has spoken or the time is up. */
async function tryKvm({ installation, assetsDir, binds, signal }: Probe): Promise<Finding> {
  const image = imageIn(assetsDir);
  if (image === undefined) return found('tcg', `there is no guest image in ${assetsDir} to try KVM with`);
  const confined = commandLine({
    name: 'kvm-probe',
    // It goes with us, also when we are killed: nobody else would end it.
    command: 'setpriv',
    args: ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...probeArguments(image)],
    user: { uid: installation.users.tools.uid, gid: installation.users.guests.gid },
    binds,
  });
  const [command = '', ...args] = confined;
  const child = spawn(command, args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const said = { out: '', err: '' };
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  const over = AbortSignal.any([signal, AbortSignal.timeout(patienceS * 1000)]);
  over.addEventListener('abort', () => child.kill('SIGKILL'));
  let booted = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
    booted ||= said.out.includes(word);
    if (booted) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  if (over.aborted) child.kill('SIGKILL');
  const code = await exited;
  if (booted) return found('kvm', 'a kernel booted under KVM');
  const refused = code === refusal ? said.err.trim().split('\n').at(-1) : undefined;
  if (refused) return found('tcg', refused);
  return found('tcg', `${device} is there, but no kernel boots under it within ${patienceS} s`, over.aborted);
}

function found(kind: Accelerator['kind'], reason: string, isSlow = false): Finding {
  return { accelerator: { kind, reason }, isSlow };
}

function imageIn(assetsDir: string): string | undefined {
  try {
    const { file } = JSON.parse(readFileSync(`${assetsDir}/andromede-tiny.json`, 'utf8')) as { file: string };
    return `${assetsDir}/${file}`;
  } catch {
    return undefined;
  }
}

function probeArguments(image: string): string[] {
  const file = { driver: 'file', filename: image, 'read-only': true };
  const disk = { 'node-name': 'disk', driver: 'qcow2', file, backing: null, 'read-only': true };
  return [
    ...['-no-user-config', '-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
    ...['-machine', `${currentMachine.type},usb=off`, '-cpu', currentMachine.cpu, '-accel', 'kvm', '-m', '128M'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-blockdev', JSON.stringify(disk), '-device', 'virtio-blk-pci,drive=disk,bootindex=1'],
  ];
}
