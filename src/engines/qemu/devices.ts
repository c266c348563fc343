import type { GuestNic, GuestVolume } from '../../cloud/compute/ports.ts';
import type { Slotted } from './record.ts';

/** A QMP command; on the command line the same object is the value of the option that corresponds to it. */
export interface Command {
  readonly execute: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** A device behind one of the machine's root ports, and what it is backed by on the host. */
export interface SlotDevice {
  /** The device's id in QEMU. */
  readonly id: string;
  /** Arguments of `device_add`. */
  readonly device: Readonly<Record<string, unknown>>;
  readonly backend: Command;
  readonly backendRemoval: Command;
}

/** The root port of a slot. q35 takes hot-plugged devices only behind root ports, which must be there from the start. */
export function rootPort(slot: number): string {
  return `port${slot}`;
}

/** A network card on its tap. */
export function networkCard(nic: GuestNic & Slotted, ifname: string): SlotDevice {
  const [id, netdev] = [`nic${nic.slot}`, `net${nic.slot}`];
  return {
    id,
    device: { driver: 'virtio-net-pci', id, netdev, mac: nic.mac, host_mtu: nic.mtu, ...placeOf(nic) },
    backend: {
      execute: 'netdev_add',
      arguments: { type: 'tap', id: netdev, ifname, script: 'no', downscript: 'no' },
    },
    backendRemoval: { execute: 'netdev_del', arguments: { id: netdev } },
  };
}

/** A volume's disk; `booted` is what is else of the one that the guest boots from. */
export function volumeDisk(volume: GuestVolume & Slotted, booted: object = {}): SlotDevice {
  const { connection, readOnly, slot } = volume;
  const [id, node] = [`disk-in-slot${slot}`, volumeNode(volume)];
  const file = { driver: 'file', filename: connection.path, locking: 'on', discard: 'unmap' };
  // The format is said, never guessed, and nothing that the volume itself may name is opened.
  const alone = connection.format === 'qcow2' ? { backing: null } : {};
  const shared = { 'read-only': readOnly, 'auto-read-only': false };
  return {
    id,
    device: {
      driver: 'virtio-blk-pci',
      id,
      drive: node,
      serial: volume.volumeId.slice(0, 20),
      ...placeOf(volume),
      ...booted,
    },
    backend: {
      execute: 'blockdev-add',
      arguments: {
        'node-name': node,
        driver: connection.format,
        file: { ...file, ...shared },
        ...shared,
        ...alone,
        discard: 'unmap',
        'detect-zeroes': 'unmap',
      },
    },
    backendRemoval: { execute: 'blockdev-del', arguments: { 'node-name': node } },
  };
}

/** The block node of a volume. */
export function volumeNode({ slot }: Slotted): string {
  return `volume${slot}`;
}

function placeOf({ slot }: Slotted): { readonly bus: string; readonly addr: string } {
  return { bus: rootPort(slot), addr: '0x0' };
}
