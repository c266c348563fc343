/**
 * What an engine must do to run servers. The caller (compute's reconciler) repeats calls freely, so every method is
 * idempotent: it makes reality match what it is given and says what it found.
 */

/** A network card of a guest. */
export interface GuestNic {
  /** The Neutron port id; the engine plugs the card so that the network engine recognises it (OVN: `iface-id`). */
  readonly portId: string;
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
  /** Virtual size in bytes; never less than the base image's. */
  readonly sizeBytes: number;
}

/** Files of the config drive (label `config-2`), by path, e.g. `openstack/latest/meta_data.json`. */
export type ConfigDrive = Readonly<Record<string, string>>;

/** Everything that decides what a guest is. Fixed at creation, except `power`. */
export interface GuestSpec {
  readonly id: string;
  /** Shown to the operator only. */
  readonly name: string;
  readonly vcpus: number;
  /** MiB. */
  readonly memoryMiB: number;
  readonly disk: GuestDisk;
  readonly nics: readonly GuestNic[];
  readonly configDrive: ConfigDrive | null;
  /** The state in which the guest is meant to be. */
  readonly power: 'on' | 'off';
}

/** A guest as the engine sees it. */
export interface GuestState {
  readonly id: string;
  readonly power: 'on' | 'off' | 'crashed';
  /** When this power state was first seen. */
  readonly since: Date;
  /** For the operator: why it crashed or could not start. */
  readonly reason?: string;
}

export interface Hypervisor {
  /** The engine's name, as `GET /os-hypervisors` shows it, e.g. `QEMU`. */
  readonly kind: string;
  /**
   * Creates the guest's disk and config drive if they are missing, and starts or stops it to match `spec.power`
   * (stop: ACPI first, then pulled after the engine's deadline). Resolves when that state is reached.
   */
  ensure(spec: GuestSpec): Promise<GuestState>;
  /** Starts the guest's machine anew: `soft` asks by ACPI and falls back to `hard` after a deadline. */
  reboot(id: string, how: 'soft' | 'hard'): Promise<GuestState>;
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
