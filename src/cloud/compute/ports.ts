import type { Duplex } from 'node:stream';

/**
 * What an engine must do to run servers. The caller (compute's reconciler) repeats calls freely, so every method is
 * idempotent: it makes reality match what it is given and says what it found.
 */

/** A network card of a guest. */
export interface GuestNic {
  /** The Neutron port id; the engine plugs the card so that the network engine recognises it (OVN: `iface-id`). */
  readonly portId: string;
  /** The port's network: on it the guest finds the metadata service. */
  readonly networkId: string;
  /** `fa:16:3e:…`, lower case. */
  readonly mac: string;
  /** Bytes. */
  readonly mtu: number;
}

/** The root disk: a copy-on-write layer over an image, or a blank disk. */
export interface GuestDisk {
  /** Absolute path of the read-only base image file, or null for a blank disk. */
  readonly baseImage: string | null;
  /** What the base image's content was recognised as. */
  readonly baseFormat: 'qcow2' | 'raw';
  /** Virtual size in bytes; never less than the base image's. A disk that is smaller is grown, a larger one stays. */
  readonly sizeBytes: number;
  /**
   * 0 unless said. A disk of another generation is thrown away and made anew, and the config drive with it; the guest is
   * stopped at once for that (Nova's rebuild).
   */
  readonly generation?: number;
}

/** A disk of the host's beside the root disk, which lasts as long as that does. The guest finds it formatted (ext4), or as swap. */
export interface GuestScratchDisk {
  readonly kind: 'ephemeral' | 'swap';
  /** An ephemeral disk that is smaller is grown, a larger one stays. */
  readonly sizeBytes: number;
}

/** Where a volume's bytes are: a file of this host, which names no other file. Other engines add their drivers. */
export interface VolumeConnection {
  readonly driver: 'file';
  /** Absolute path. The guest's process owns the file for as long as the volume is attached. */
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
}

/** A volume attached to a guest: a disk whose serial is the volume id's first 20 characters. */
export interface GuestVolume {
  readonly volumeId: string;
  readonly connection: VolumeConnection;
  readonly readOnly: boolean;
  /** A running guest sees a volume that was grown when this is raised. */
  readonly sizeBytes: number;
}

/** A text, or bytes. */
export type FileContent = string | { readonly base64: string };

/** Files of the config drive (label `config-2`), by path, e.g. `openstack/latest/meta_data.json`. */
export type ConfigDrive = Readonly<Record<string, FileContent>>;

/** What a guest is meant to do. `paused`: halted, in memory; `suspended`: halted, its memory on disk, nothing runs. */
export type GuestPower = 'on' | 'off' | 'paused' | 'suspended';

/** Another system to boot, beside which the guest's own disk is the second one (Nova's rescue). */
export interface GuestRescue {
  readonly disk: GuestDisk;
  readonly configDrive: ConfigDrive | null;
}

/**
 * Everything that a guest is meant to be. Cards and volumes may come and go, also while it runs, but not while it is suspended;
 * vcpus and memory are taken up when it is off; the config drive's content is the one of its creation, or of the disk's last generation.
 */
export interface GuestSpec {
  readonly id: string;
  /** Shown to the operator only. */
  readonly name: string;
  readonly vcpus: number;
  /** MiB. */
  readonly memoryMiB: number;
  /** Null: it boots from its first volume. */
  readonly disk: GuestDisk | null;
  /** At most one of each kind; taken up when it is off. */
  readonly scratchDisks?: readonly GuestScratchDisk[];
  readonly nics: readonly GuestNic[];
  readonly volumes: readonly GuestVolume[];
  readonly configDrive: ConfigDrive | null;
  /** Null but while the server is being rescued. A running guest is stopped at once, and started, when this changes. */
  readonly rescue: GuestRescue | null;
  readonly power: GuestPower;
}

/** A guest as the engine sees it. */
export interface GuestState {
  readonly id: string;
  readonly power: GuestPower | 'crashed';
  /** When this power state was first seen. */
  readonly since: Date;
  /** For the operator: why it crashed or could not start. */
  readonly reason?: string;
}

/** A copy of a disk. */
export interface DiskCopy {
  readonly format: 'qcow2' | 'raw';
  /** What a guest will see of it. */
  readonly virtualSizeBytes: number;
}

export interface Hypervisor {
  /** The engine's name, as `GET /os-hypervisors` shows it, e.g. `QEMU`. */
  readonly kind: string;
  /**
   * Makes the guest what `spec` says: what is missing of its disk and config drive is made, cards and volumes are plugged and
   * unplugged, and its power becomes `spec.power` (`off`: by ACPI first, then pulled after the engine's deadline; `on`: a
   * paused or suspended guest goes on where it was). Resolves when that state is reached. A guest that does not let go of a
   * device in time is `conflict`: the device stays, until a repeat succeeds or the guest is off.
   */
  ensure(spec: GuestSpec): Promise<GuestState>;
  /**
   * Starts the guest's machine anew: `soft` asks by ACPI and falls back to `hard` after a deadline. What was in the memory
   * of a paused or suspended guest is lost.
   */
  reboot(id: string, how: 'soft' | 'hard'): Promise<GuestState>;
  /**
   * Writes the root disk, as it is at one moment, to `target`: a new file, or none, in the folder of images, that stands alone.
   * Whatever the guest is doing goes on. A guest without a root disk is `conflict`.
   */
  snapshot(id: string, target: string): Promise<DiskCopy>;
  /**
   * Opens the guest's screen (RFB, as VNC speaks it) or its serial line, for one viewer. A guest that does not run is
   * `conflict`. Whoever opened the stream ends it.
   */
  console(id: string, kind: 'vnc' | 'serial'): Promise<Duplex>;
  /** Stops the guest at once and deletes its disk. Nothing happens when it is not there. */
  remove(id: string): Promise<void>;
  list(): Promise<readonly GuestState[]>;
  /** The last `lines` lines of the serial console (all that is kept, when undefined); empty when there is none. */
  consoleLog(id: string, lines?: number): Promise<string>;
  /**
   * Calls `listener` whenever a guest's power state changes by itself, and with every guest's state after each
   * (re)connection to the engine, until the signal aborts.
   */
  watch(listener: (state: GuestState) => void, signal: AbortSignal): void;
  /** Totals of this host. */
  capacity(): Promise<{ readonly vcpus: number; readonly memoryMiB: number; readonly diskGiB: number }>;
}

/** What the network engine gives a hypervisor on the host: a tap device joined to the port. Idempotent, root only. */
export interface NicPlugger {
  /** Makes the tap, owned by `uid` so that the guest's process can open it, and joins it to the port. */
  plug(nic: GuestNic, uid: number): Promise<{ readonly ifname: string }>;
  unplug(portId: string): Promise<void>;
}
