import { constants } from 'node:fs';
import { chmod, chown, copyFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { DiskCopy } from '../../cloud/compute/ports.ts';
import { badRequest } from '../../kernel/base/errors.ts';
import { commandLine } from '../../kernel/supervise/command-line.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import { createDisk, diskSize, runTool } from '../local-disk/index.ts';
import { diskLayers } from './command-line.ts';
import { runJob } from './job.ts';
import type { Qmp } from './qmp.ts';
import type { GuestFiles, GuestRecord } from './record.ts';

const node = 'copy';
/** Copies of large disks take their time. */
const copyMs = 6 * 60 * 60_000;

/**
 * Copies the guest's disk, with what is under it, to `target`: by QEMU itself while it runs, as the disk is when the copy begins;
 * by `qemu-img` while it does not, which runs as the guest's user, for the disk may have been tampered with.
 */
export async function copyDisk(
  installation: Installation,
  files: GuestFiles,
  record: GuestRecord,
  qmp: Qmp | undefined,
  target: string,
  signal: AbortSignal,
): Promise<DiskCopy> {
  const place = await checkedTarget(`${installation.dataDir}/images`, target);
  const sizeBytes = await diskSize(files.disk);
  const owner = { uid: record.uid, gid: 0, mode: 0o600 };
  try {
    await createDisk(files.copy, null, sizeBytes, owner);
    if (qmp === undefined) await convert(installation, files, record);
    else await backUp(qmp, files.copy, signal);
    await handOver(installation, files.copy, place);
  } finally {
    await rm(files.copy, { force: true });
  }
  return { format: 'qcow2', virtualSizeBytes: sizeBytes };
}

/** A new name in the folder of images, or in one below it. */
async function checkedTarget(imagesDir: string, target: string): Promise<string> {
  const [images, folder] = await Promise.all([realpath(imagesDir), realpath(dirname(target))]).catch(() => {
    throw badRequest('There is no such folder for the copy.');
  });
  if (folder !== images && !folder.startsWith(`${images}/`)) {
    throw badRequest('The copy must be in the folder of images.');
  }
  return `${folder}/${basename(target)}`;
}

async function backUp(qmp: Qmp, path: string, signal: AbortSignal): Promise<void> {
  const file = { driver: 'file', filename: path, locking: 'on' };
  await close(qmp);
  await qmp.execute('blockdev-add', { 'node-name': node, driver: 'qcow2', file, backing: null });
  try {
    const whole = { device: 'disk', target: node, sync: 'full', 'auto-dismiss': false };
    await runJob(qmp, 'copy', 'blockdev-backup', whole, signal);
  } finally {
    await close(qmp);
  }
}

async function close(qmp: Qmp): Promise<void> {
  await qmp.execute('blockdev-del', { 'node-name': node }).catch(() => {});
}

async function convert(installation: Installation, files: GuestFiles, record: GuestRecord): Promise<void> {
  const user = { uid: record.uid, gid: installation.users.guests.gid };
  const args = [
    'convert',
    '-n',
    '--target-is-zero',
    '-O',
    'qcow2',
    `json:${JSON.stringify(diskLayers(record, files))}`,
  ];
  const [command = '', ...rest] = commandLine({ name: 'copy', command: 'qemu-img', args: [...args, files.copy], user });
  await runTool(command, rest, { timeoutMs: copyMs });
}

/** Makes the copy `api`'s, readable for guests, and puts it in its place. */
async function handOver({ users }: Installation, path: string, target: string): Promise<void> {
  await chown(path, users.api.uid, users.guests.gid);
  await chmod(path, 0o640);
  await rename(path, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error;
    await copyFile(path, target, constants.COPYFILE_EXCL);
    await chown(target, users.api.uid, users.guests.gid);
    await chmod(target, 0o640);
  });
}
