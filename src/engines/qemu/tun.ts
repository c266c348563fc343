import { chown, mkdir, stat } from 'node:fs/promises';
import type { Installation } from '../../kernel/supervise/installation.ts';
import type { ProcessSpec } from '../../kernel/supervise/process.ts';
import { runTool } from '../local-disk/index.ts';

const tun = '/dev/net/tun';
/** Linux's Documentation/admin-guide/devices.txt. */
const [major, minor] = ['10', '200'];
const everybody = 0o006;

/**
 * Where only root may open /dev/net/tun (udev makes it free for all, containers often do not), guests' processes see one of
 * ours in its place, which their group may open. Taps are safe with it: each belongs to one user.
 */
export async function tunForGuests({ runDir, users }: Installation): Promise<NonNullable<ProcessSpec['binds']>> {
  if (((await stat(tun)).mode & everybody) === everybody) return [];
  const folder = `${runDir}/guests`;
  const source = `${folder}/tun`;
  await mkdir(folder, { recursive: true });
  const there = await stat(source).catch(() => undefined);
  if (there === undefined) await runTool('mknod', ['-m', '0660', source, 'c', major, minor]);
  await chown(source, 0, users.guests.gid);
  return [{ source, target: tun }];
}
