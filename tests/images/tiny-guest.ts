import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const cache = process.env.ANDROMEDE_CACHE ?? '/var/cache/andromede';

/** The image alone: QEMU with its own NAT, no cloud around it. */
export interface TinyGuest {
  /** Port of the host's loopback behind which the guest's port 80 is. */
  readonly webPort: number;
  /** Resolves when the serial console has shown the text `times` times. */
  shows(text: string, times?: number): Promise<void>;
  /** Runs a command as `debian`; resolves to what it prints. */
  ssh(command: string): Promise<string>;
  /** Presses the power button; resolves to the milliseconds until the machine was off. */
  powerOff(): Promise<number>;
  console(): Promise<string>;
  stop(): Promise<void>;
}

/** Boots the image that the set-up built, with a disk of 2 GiB and a config drive. */
export async function bootTinyGuest(hostname: string, userData: string): Promise<TinyGuest> {
  const folder = await mkdtemp(join(tmpdir(), 'andromede-tiny-'));
  const at = (name: string) => join(folder, name);
  await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'tester', '-f', at('key')]);
  await writeFile(at('user_data'), userData);
  const key = await readFile(at('key.pub'), 'utf8');
  // A name that needs escaping, and a decoy: a parser that only looks for keys would let the decoy in.
  const metadata = {
    public_keys: { 'clé "é".1': key },
    meta: { note: 'ssh-ed25519 DECOY' },
    hostname: `${hostname}.cloud`,
  };
  await writeFile(at('meta_data.json'), JSON.stringify(metadata));
  await makeConfigDrive(at);
  await exec('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', tinyImage(), at('disk'), '2G']);
  const [sshPort, webPort] = [await freePort(), await freePort()];
  const qemu = spawn('qemu-system-x86_64', qemuArguments(at, sshPort, webPort), { stdio: ['pipe', 'ignore', 'pipe'] });
  const complaints: string[] = [];
  qemu.stderr.on('data', (chunk) => complaints.push(String(chunk)));

  const console = () => readFile(at('console'), 'utf8').catch(() => '');
  const alive = () => {
    if (qemu.exitCode !== null) throw new Error(`QEMU ended: ${complaints.join('')}`);
  };
  return {
    webPort,
    console,
    async shows(text, times = 1) {
      while ((await console()).split(text).length <= times) {
        alive();
        await sleep(50);
      }
    },
    async ssh(command) {
      const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
      const flags = options.flatMap((option) => ['-o', option]);
      const target = ['-i', at('key'), '-p', String(sshPort), 'debian@127.0.0.1'];
      return (await exec('ssh', [...flags, ...target, command])).stdout.trim();
    },
    async powerOff() {
      const start = performance.now();
      qemu.stdin.write('{"execute":"qmp_capabilities"}\n{"execute":"system_powerdown"}\n');
      await ended(qemu);
      return performance.now() - start;
    },
    async stop() {
      qemu.kill('SIGKILL');
      await ended(qemu);
      await rm(folder, { recursive: true });
    },
  };
}

function tinyImage(): string {
  const { file } = JSON.parse(readFileSync(join(cache, 'andromede-tiny.json'), 'utf8')) as { file: string };
  return join(cache, file);
}

async function makeConfigDrive(at: (name: string) => string): Promise<void> {
  const drive = at('config');
  await exec('mkfs.vfat', ['-n', 'config-2', '-C', drive, '1024']);
  await exec('mmd', ['-i', drive, '::/openstack', '::/openstack/latest']);
  await exec('mcopy', ['-i', drive, at('meta_data.json'), at('user_data'), '::/openstack/latest']);
}

/** The smallest machine that the image promises to run on. */
function qemuArguments(at: (name: string) => string, sshPort: number, webPort: number): string[] {
  const forward = (port: number, guestPort: number) => `hostfwd=tcp:127.0.0.1:${port}-:${guestPort}`;
  return [
    ...['-no-user-config', '-nodefaults', '-display', 'none', '-machine', 'q35', '-accel', 'tcg,tb-size=64'],
    ...['-cpu', 'Westmere-v1', '-m', '128', '-smp', '1', '-device', 'virtio-rng-pci'],
    ...['-drive', `if=virtio,format=qcow2,file=${at('disk')}`],
    ...['-drive', `if=virtio,format=raw,readonly=on,file=${at('config')}`],
    ...['-netdev', `user,id=net0,${forward(sshPort, 22)},${forward(webPort, 80)}`],
    ...['-device', 'virtio-net-pci,netdev=net0,romfile='],
    ...['-serial', `file:${at('console')}`, '-qmp', 'stdio'],
  ];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
