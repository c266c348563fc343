import { access, chmod, chown, link, mkdir, rm } from 'node:fs/promises';
import type { ConfigDrive, GuestDisk, GuestSpec } from '../../cloud/compute/ports.ts';
import { Fault } from '../../kernel/base/errors.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import { type BaseImage, checkBaseImage, createConfigDrive, createDisk } from '../local-disk/index.ts';
import { currentMachine } from './command-line.ts';
import { type Base, type GuestFiles, type GuestRecord, writeRecord } from './record.ts';
import { nextDevices } from './shape.ts';

/** The files of one system of a guest: its own, or the one that rescues it. */
type SystemFiles = GuestFiles['rescue'];

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
  const image = spec.disk && (await checkedBase(installation, spec.disk));
  await mkdir(files.folder, { recursive: true });
  await chown(files.folder, 0, installation.users.guests.gid);
  // Passable for guests' processes, which may each open their own files in it.
  await chmod(files.folder, 0o710);
  const nothing = { nics: [], volumes: [], slots: currentMachine.spareSlots + spec.nics.length + spec.volumes.length };
  const record: GuestRecord = {
    version: 2,
    id: spec.id,
    name: spec.name,
    vcpus: spec.vcpus,
    memoryMiB: spec.memoryMiB,
    disk: spec.disk && { base: await keepBase(files.base, image), generation: spec.disk.generation ?? 0 },
    hasConfigDrive: spec.configDrive !== null,
    ...nextDevices(nothing, spec, false),
    rescue: null,
    machine: currentMachine,
    uid,
    meant: 'off',
    power: 'off',
    since: now.toISOString(),
  };
  await writeRecord(files, record);
  return record;
}

/** Makes what is missing of a system's disk and config drive; the guest's process may use them. */
export async function provision(
  files: SystemFiles,
  uid: number,
  disk: { readonly base: Base; readonly sizeBytes: number } | null,
  configDrive: ConfigDrive | null,
): Promise<void> {
  const owner = { uid, gid: 0 };
  if (disk !== null && !(await exists(files.disk))) {
    await createDisk(files.disk, disk.base, disk.sizeBytes, { ...owner, mode: 0o600 });
  }
  if (configDrive !== null && !(await exists(files.configDrive))) {
    await createConfigDrive(files.configDrive, configDrive, { ...owner, mode: 0o400 });
  }
}

/** Throws away a system's disk and config drive, for others to take their place. */
export async function discard(files: SystemFiles): Promise<void> {
  for (const path of [files.disk, files.configDrive, files.base]) await rm(path, { force: true });
}

/** The image under a disk; null for a blank one. Throws when it is not fit, or larger than the disk. */
export async function checkedBase(installation: Installation, disk: GuestDisk): Promise<BaseImage | null> {
  if (disk.baseImage === null) return null;
  const base = await checkBaseImage(`${installation.dataDir}/images`, disk.baseImage, disk.baseFormat);
  if (disk.sizeBytes >= base.sizeBytes) return base;
  const message = `A disk of ${disk.sizeBytes} bytes is too small for an image of ${base.sizeBytes} bytes.`;
  throw new Fault('unprocessable', message);
}

/**
 * Gives the image a second name in the guest's folder, so that it stays when the image is deleted. Its own path, where the
 * two folders are on different file systems.
 */
export async function keepBase(name: string, base: BaseImage | null): Promise<Base> {
  if (base === null) return null;
  const { format } = base;
  try {
    await link(base.path, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EXDEV') return { path: base.path, format };
    if (code !== 'EEXIST') throw error;
  }
  return { path: name, format };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
