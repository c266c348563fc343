import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import type { GuestNic, GuestState } from '../../cloud/compute/ports.ts';
import type { Logger } from '../../kernel/base/log.ts';
import type { DiskFormat } from '../local-disk/index.ts';
import { syncFolder, writeDurably } from '../local-disk/index.ts';

/** The virtual hardware a guest was created with and keeps for life, whatever later versions of ours prefer. */
export interface Machine {
  /** QEMU's versioned machine type. */
  readonly type: string;
  /** QEMU's versioned CPU model, with what is added to it. */
  readonly cpu: string;
  /** Sockets left free for devices plugged in while it runs. */
  readonly spareSlots: number;
}

/** What the host remembers of a guest, in `DIR/servers/ID/guest.json`; written before the effects that it announces. */
export interface GuestRecord {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  /** MiB. */
  readonly memoryMiB: number;
  /** The image under the disk, as a path that stays; null for a blank disk. */
  readonly base: { readonly path: string; readonly format: DiskFormat } | null;
  readonly hasConfigDrive: boolean;
  readonly nics: readonly GuestNic[];
  readonly machine: Machine;
  /** The user that the guest's process runs as; nobody else's on this host. */
  readonly uid: number;
  /** Whether the guest is meant to run. */
  readonly meant: 'on' | 'off';
  /** The state last seen. */
  readonly power: GuestState['power'];
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly reason?: string;
  /** The boot of this machine in which the guest was last started. */
  readonly bootId?: string;
  /** Stopped by the host for a while (`down`, a reboot): meant to run, it boots again when the host process starts. */
  readonly suspended?: true;
  /** Being removed: what is left of it goes at the next occasion. */
  readonly removing?: true;
}

/** The files of one guest. */
export interface GuestFiles {
  /** `DIR/servers/ID`; root's, so that a guest's process cannot replace what the host reads. */
  readonly folder: string;
  readonly record: string;
  readonly disk: string;
  /** A second name of the base image's file: it stays when the image is deleted. */
  readonly base: string;
  readonly configDrive: string;
  readonly consoleLog: string;
  readonly qemuLog: string;
  /** Pid and start time of the guest's process, written by itself. */
  readonly process: string;
  /** Held by the guest's process as long as it lives: no second one can start. */
  readonly lease: string;
  /** Folder of the sockets, in the run folder because socket paths are short. */
  readonly sockets: string;
  readonly qmp: string;
  readonly serial: string;
  readonly vnc: string;
}

export function guestFiles(dataDir: string, runDir: string, id: string): GuestFiles {
  const folder = `${dataDir}/servers/${id}`;
  const sockets = `${runDir}/guests/${id}`;
  return {
    folder,
    record: `${folder}/guest.json`,
    disk: `${folder}/disk.qcow2`,
    base: `${folder}/base.img`,
    configDrive: `${folder}/config-2.img`,
    consoleLog: `${folder}/console.log`,
    qemuLog: `${folder}/qemu.log`,
    process: `${folder}/process`,
    lease: `${folder}/lease`,
    sockets,
    qmp: `${sockets}/qmp.sock`,
    serial: `${sockets}/serial.sock`,
    vnc: `${sockets}/vnc.sock`,
  };
}

export async function writeRecord(files: GuestFiles, record: GuestRecord): Promise<void> {
  await writeDurably(files.record, `${JSON.stringify(record, undefined, 2)}\n`, { uid: 0, gid: 0, mode: 0o600 });
}

/**
 * Every guest of this host. A folder without a record is what a crash left of a guest that was not created yet, or was
 * removed but for its folder: it goes. A record that cannot be read is left alone, for the operator to see.
 */
export async function readRecords(serversDir: string, log: Logger): Promise<GuestRecord[]> {
  await mkdir(serversDir, { recursive: true });
  const records: GuestRecord[] = [];
  for (const entry of await readdir(serversDir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = `${serversDir}/${entry.name}`;
    const text = await readFile(`${folder}/guest.json`, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (text === undefined) await rm(folder, { recursive: true, force: true });
    else records.push(...parseRecord(text, folder, log));
  }
  return records;
}

function parseRecord(text: string, folder: string, log: Logger): GuestRecord[] {
  try {
    return [JSON.parse(text) as GuestRecord];
  } catch (error) {
    log.error({ err: error, folder }, "a guest's record is damaged");
    return [];
  }
}

/** Deletes a guest's folder, its record last, so that a crash in between is seen and the rest deleted later. */
export async function removeFiles(files: GuestFiles): Promise<void> {
  await rm(files.sockets, { recursive: true, force: true });
  const names = await readdir(files.folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) {
    const path = `${files.folder}/${name}`;
    if (path !== files.record) await rm(path, { recursive: true, force: true });
  }
  await rm(files.folder, { recursive: true, force: true });
  await syncFolder(files.folder.slice(0, files.folder.lastIndexOf('/')));
}
