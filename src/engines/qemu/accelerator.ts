import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
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
  /** Ends the try; nothing is found out then. */
  readonly signal: AbortSignal;
}

const device = '/dev/kvm';
/** What the image's kernel has its first program say. Where KVM works, it takes about a second. */
const word = 'andromede-tiny: starting';
const patienceS = 4;
/** QEMU's exit code when it does not even start. */
const refusal = 1;

/**
 * Finds out whether this machine runs guests under KVM. A device that is there proves nothing (nested and emulated machines have
 * ones under which kernels hang), so a real one is booted, once for each boot of the machine; the verdict is kept.
 */
export async function findAccelerator(probe: Probe): Promise<Accelerator> {
  const { installation, log } = probe;
  if (!existsSync(device)) return { kind: 'tcg', reason: `this machine has no ${device}` };
  const path = `${installation.dataDir}/cache/accelerator.json`;
  const bootId = currentBootId();
  const kept = await keptVerdict(path);
  if (kept?.bootId === bootId) return kept.accelerator;
  const accelerator = await tryKvm(probe);
  probe.signal.throwIfAborted();
  await mkdir(`${installation.dataDir}/cache`, { recursive: true });
  await writeDurably(path, JSON.stringify({ bootId, accelerator }), { uid: 0, gid: 0, mode: 0o600 });
  log.info(accelerator, `guests run under ${accelerator.kind.toUpperCase()}`);
  return accelerator;
}

async function keptVerdict(path: string): Promise<{ bootId: string; accelerator: Accelerator } | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as { bootId: string; accelerator: Accelerator };
  } catch {
    return undefined;
  }
}

/** Boots the guest image under KVM, confined as guests are, until its kernel has spoken or the time is up. */
async function tryKvm({ installation, assetsDir, binds, signal }: Probe): Promise<Accelerator> {
  const image = imageIn(assetsDir);
  if (image === undefined) return { kind: 'tcg', reason: `there is no guest image in ${assetsDir} to try KVM with` };
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
  if (booted) return { kind: 'kvm', reason: 'a kernel booted under KVM' };
  const refused = code === refusal ? said.err.trim().split('\n').at(-1) : undefined;
  return { kind: 'tcg', reason: refused || `${device} is there, but no kernel boots under it within ${patienceS} s` };
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
