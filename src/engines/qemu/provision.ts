import { access, chmod, chown, link, mkdir } from 'node:fs/promises';
import type { GuestSpec } from '../../cloud/compute/ports.ts';
import { Fault } from '../../kernel/base/errors.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import { type BaseImage, checkBaseImage, createConfigDrive, createDisk } from '../local-disk/index.ts';
import { currentMachine } from './command-line.ts';
import { type GuestFiles, type GuestRecord, writeRecord } from './record.ts';

/**
 * Checks what is asked for and records a new guest, meant to be off and without a disk yet. Throws, and leaves nothing
 * that the next start of the host would not sweep away, when the image is not fit.
 */
export async function recordGuest(
  installation: Installation,
  files: GuestFiles,
  spec: GuestSpec,
  uid: number,
  now: Date,
): Promise<GuestRecord> {
  const base = await baseOf(installation, spec);
  await mkdir(files.folder, { recursive: true });
  await chown(files.folder, 0, installation.users.guests.gid);
  // Passable for guests' processes, which may each open their own files in it.
  await chmod(files.folder, 0o710);
  const record: GuestRecord = {
    version: 1,
    id: spec.id,
    name: spec.name,
    vcpus: spec.vcpus,
    memoryMiB: spec.memoryMiB,
    base: base === undefined ? null : { path: await keptPath(files, base), format: base.format },
    hasConfigDrive: spec.configDrive !== null,
    nics: spec.nics,
    machine: currentMachine,
    uid,
    meant: 'off',
    power: 'off',
    since: now.toISOString(),
  };
  await writeRecord(files, record);
  return record;
}

/** Makes what is missing of the guest's disk and config drive. */
export async function provision(files: GuestFiles, record: GuestRecord, spec: GuestSpec): Promise<void> {
  const owner = { uid: record.uid, gid: 0 };
  if (spec.disk !== null && !(await exists(files.disk))) {
    await createDisk(files.disk, record.base, spec.disk.sizeBytes, { ...owner, mode: 0o600 });
  }
  if (spec.configDrive !== null && record.hasConfigDrive && !(await exists(files.configDrive))) {
    await createConfigDrive(files.configDrive, spec.configDrive, { ...owner, mode: 0o400 });
  }
}

async function baseOf(installation: Installation, { disk }: GuestSpec): Promise<BaseImage | undefined> {
  if (disk === null || disk.baseImage === null) return undefined;
  const base = await checkBaseImage(`${installation.dataDir}/images`, disk.baseImage, disk.baseFormat);
  if (disk.sizeBytes >= base.sizeBytes) return base;
  const message = `A disk of ${disk.sizeBytes} bytes is too small for an image of ${base.sizeBytes} bytes.`;
  throw new Fault('unprocessable', message);
}

/**
 * Gives the base image a second name in the guest's folder, so that it stays when the image is deleted. Its own path, where
 * the two folders are on different file systems.
 */
async function keptPath(files: GuestFiles, base: BaseImage): Promise<string> {
  try {
    await link(base.path, files.base);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EXDEV') return base.path;
    if (code !== 'EEXIST') throw error;
  }
  return files.base;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
