import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import type { GuestNic, GuestPower, GuestState, GuestVolume } from '../../cloud/compute/ports.ts';
import type { Logger } from '../../kernel/base/log.ts';
import type { DiskFormat, ScratchKind } from '../local-disk/index.ts';
import { syncFolder, writeDurably } from '../local-disk/index.ts';

/** The virtual hardware a guest was created with and keeps for life, whatever later versions of ours prefer. */
export interface Machine {
  /** QEMU's versioned machine type. */
  readonly type: string;
  /** QEMU's versioned CPU model, with what is added to it. */
  readonly cpu: string;
  /** Sockets left free for devices plugged in while it runs. */
  readonly spareSlots: number;
  /** The guest finds its disks in the order of compute's names for them, and its config drive after them. */
  readonly disksInOrder?: true;
}

/** A device that sits in one of the machine's slots, behind the root port of this number. */
export interface Slotted {
  readonly slot: number;
  /** Being plugged into, or unplugged from, the running machine: to be repeated if it is not known to have happened. */
  readonly pending?: 'plug' | 'unplug';
}

/** An image under a disk, as a path that stays; null under a blank disk. */
export type Base = { readonly path: string; readonly format: DiskFormat } | null;

/** What the host remembers of a guest, in `DIR/servers/ID/guest.json`; written before the effects that it announces. */
export interface GuestRecord {
  readonly version: 2;
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  /** MiB. */
  readonly memoryMiB: number;
  /** The guest's own disk; null for one that lives on volumes. */
  readonly disk: {
    readonly base: Base;
    readonly generation: number;
    /** To be grown to this many bytes as soon as its machine runs. */
    readonly growTo?: number;
  } | null;
  /** Its further disks; none unless said. */
  readonly scratchDisks?: readonly ScratchKind[];
  readonly hasConfigDrive: boolean;
  readonly nics: readonly (GuestNic & Slotted)[];
  readonly volumes: readonly (GuestVolume & Slotted)[];
  /** How many slots the machine has. */
  readonly slots: number;
  /** What is booted instead of the guest's own disk, while it is rescued. */
  readonly rescue: { readonly base: Base; readonly hasConfigDrive: boolean } | null;
  readonly machine: Machine;
  /** What its machine was started on; TCG unless said. */
  readonly accelerator?: 'kvm' | 'tcg';
  /** The user that the guest's process runs as; nobody else's on this host. */
  readonly uid: number;
  /** What the guest is meant to do. */
  readonly meant: GuestPower;
  /** The state last seen. */
  readonly power: GuestState['power'];
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly reason?: string;
  /** The boot of this machine in which the guest was last started. */
  readonly bootId?: string;
  /** Stopped by the host for a while (`down`, a reboot): it is taken up again when the host process starts. */
  readonly interrupted?: true;
  /** `memory.qcow2` is whole, and the guest's disks are as they were when it was made: the next start goes on from it. */
  readonly saved?: true;
  /** Being removed: what is left of it goes at the next occasion. */
  readonly removing?: true;
}

/** Changes of a record; undefined takes a key away. */
export type RecordChange = { [K in keyof GuestRecord]?: GuestRecord[K] | undefined };

/** The files of one guest. */
export interface GuestFiles {
  /** `DIR/servers/ID`; root's, so that a guest's process cannot replace what the host reads. */
  readonly folder: string;
  readonly record: string;
  readonly disk: string;
  /** A second name of the base image's file: it stays when the image is deleted. */
  readonly base: string;
  readonly configDrive: string;
  readonly scratch: Readonly<Record<ScratchKind, string>>;
  /** The same three for the system that a rescue boots. */
  readonly rescue: { readonly disk: string; readonly base: string; readonly configDrive: string };
  /** What the machine of a suspended guest had in its memory. */
  readonly memory: string;
  /** A copy of the disk while it is made. */
  readonly copy: string;
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
    scratch: { ephemeral: `${folder}/ephemeral.img`, swap: `${folder}/swap.img` },
    rescue: {
      disk: `${folder}/rescue.qcow2`,
      base: `${folder}/rescue-base.img`,
      configDrive: `${folder}/rescue-config-2.img`,
    },
    memory: `${folder}/memory.qcow2`,
    copy: `${folder}/copy.qcow2`,
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

/** A guest's record, and the way to change it: on disk first, then for who looks at it. */
export class KeptRecord {
  readonly #files: GuestFiles;
  #current: GuestRecord;

  constructor(files: GuestFiles, record: GuestRecord) {
    this.#files = files;
    this.#current = record;
  }

  get current(): GuestRecord {
    return this.#current;
  }

  async save(change: RecordChange): Promise<void> {
    const record = { ...this.#current, ...change } as GuestRecord;
    if (JSON.stringify(record) === JSON.stringify(this.#current)) return;
    await writeRecord(this.#files, record);
    this.#current = record;
  }
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
    return [upgraded(JSON.parse(text) as GuestRecord | FirstRecord)];
  } catch (error) {
    log.error({ err: error, folder }, "a guest's record is damaged");
    return [];
  }
}

/** How the first version of Andromède wrote a record. */
interface FirstRecord extends Omit<GuestRecord, 'version' | 'disk' | 'nics'> {
  readonly version: 1;
  readonly base: Base;
  readonly nics: readonly Omit<GuestNic, 'networkId'>[];
  readonly suspended?: true;
}

/** Guests outlive versions of ours: an old record says what a new one would. */
function upgraded(record: GuestRecord | FirstRecord): GuestRecord {
  if (record.version === 2) return record;
  const { base, suspended, nics, machine, ...rest } = record;
  return {
    ...rest,
    machine,
    version: 2,
    disk: { base, generation: 0 },
    // Unknown until compute says it again, at the next `ensure`.
    nics: nics.map((nic, slot) => ({ ...nic, networkId: '', slot })),
    volumes: [],
    slots: nics.length + machine.spareSlots,
    rescue: null,
    ...(suspended === undefined ? {} : { interrupted: suspended }),
  };
}

/** The console's log, into which the process of `uid` may write. */
export async function prepareLog(files: GuestFiles, uid: number): Promise<void> {
  const log = await open(files.consoleLog, 'a', 0o600);
  await log.chown(uid, 0).finally(() => log.close());
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
