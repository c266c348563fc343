import { chown, mkdir, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { runTool } from '../local-disk/index.ts';

/** Devices that guests' processes open, with their numbers in Linux's Documentation/admin-guide/devices.txt. */
const nodes = [
  { path: '/dev/net/tun', major: '10', minor: '200' },
  { path: '/dev/kvm', major: '10', minor: '232' },
] as const;
const everybody = 0o006;

/**
 * Where only root may open a device (udev frees /dev/net/tun for all, containers often do not), guests' processes see one of
 * ours in its place, which their group may open. Taps are safe with it: each belongs to one user. A device that this machine
 * does not have is left out.
 */
export async function nodesForGuests({ runDir, users }: Installation): Promise<NonNullable<ProcessSpec['binds']>> {
  const folder = `${runDir}/guests`;
  const binds: { source: string; target: string }[] = [];
  for (const { path, major, minor } of nodes) {
    const device = await stat(path).catch(() => undefined);
    if (device === undefined || (device.mode & everybody) === everybody) continue;
    const source = `${folder}/${basename(path)}`;
    await mkdir(folder, { recursive: true });
    const there = await stat(source).catch(() => undefined);
    if (there === undefined) await runTool('mknod', ['-m', '0660', source, 'c', major, minor]);
    await chown(source, 0, users.guests.gid);
    binds.push({ source, target: path });
  }
  return binds;
}
