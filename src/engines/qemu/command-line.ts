import { networkCard, rootPort, type SlotDevice, volumeDisk } from './devices.ts';
import type { Base, GuestFiles, GuestRecord, Machine } from './record.ts';

/**
 * What new guests get. The CPU is x86-64-v2 with AES, what current distributions ask for, as an AMD one: it does not need
 * the page table isolation of Intel's (Meltdown), which costs TCG a fifth of a boot.
 */
export const currentMachine: Machine = {
  type: 'pc-q35-7.2',
  cpu: 'qemu64-v1,+ssse3,+sse4.1,+sse4.2,+popcnt,+aes,+pclmulqdq',
  spareSlots: 8,
  disksInOrder: true,
};

/** MiB of translated code that TCG may keep; without a limit a 768 MiB guest takes 1.6 GiB. */
const translationCacheMiB = 32;

/** First PCI slot of the root ports, behind which NICs and devices plugged later live. */
const firstPortSlot = 0x10;
const portsPerSlot = 8;

/** Where the disk is that the guest starts from: a guest finds those of the root bus before those behind ports. */
const firstDisk = onRootBus('0x5');
/** Where the config drive is, for a guest to find it after its volumes. */
const lastPort = 'port-of-config';
const lastPortSlot = '0x1e';

/**
 * QEMU's arguments for a guest. It starts stopped (`-S`), so that the host can lock its sockets away before the guest's
 * code runs, and never ends by itself: a guest that powers off leaves it paused for the host to see.
 */
export function qemuArguments(record: GuestRecord, files: GuestFiles, ifnames: readonly string[]): string[] {
  return [
    ...base(record),
    ...monitorAndConsole(files),
    ...rootPorts(record),
    ...disks(record, files),
    ...scratchDisks(record, files),
    ...record.nics.flatMap((nic, index) => plugged('-netdev', networkCard(nic, ifnames[index] ?? ''))),
    ...record.volumes.flatMap((volume, index) => plugged('-blockdev', volumeDisk(volume, bootOf(record, index)))),
  ];
}

function base({ id, machine, memoryMiB, vcpus, accelerator }: GuestRecord): string[] {
  return [
    ...['-name', id, '-uuid', id, '-S', '-no-user-config', '-nodefaults', '-msg', 'timestamp=on'],
    ...['-machine', `${machine.type},usb=off,vmport=off,dump-guest-core=off`, '-cpu', machine.cpu],
    ...['-accel', accelerator === 'kvm' ? 'kvm' : `tcg,thread=multi,tb-size=${translationCacheMiB}`],
    ...['-m', `size=${memoryMiB}M`, '-smp', `cpus=${vcpus},sockets=${vcpus},cores=1,threads=1`],
    ...['-action', 'reboot=reset,shutdown=pause,panic=pause'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    // By this product name cloud-init knows that it runs on OpenStack.
    ...['-smbios', `type=1,manufacturer=Andromede,product=OpenStack Nova,serial=${id},uuid=${id}`],
    ...['-rtc', 'base=utc', '-boot', 'strict=on', '-display', 'none'],
    ...device({ driver: 'VGA', id: 'video0', bus: 'pcie.0', addr: '0x2', vgamem_mb: 8 }),
    ...['-object', 'rng-builtin,id=random0'],
    ...device({ driver: 'virtio-rng-pci', id: 'rng0', rng: 'random0', bus: 'pcie.0', addr: '0x3' }),
    ...device({ driver: 'pvpanic-pci', id: 'panic0', bus: 'pcie.0', addr: '0x4' }),
  ];
}

function monitorAndConsole(files: GuestFiles): string[] {
  const log = `logfile=${option(files.consoleLog)},logappend=on`;
  return [
    ...['-chardev', `socket,id=monitor0,path=${option(files.qmp)},server=on,wait=off`],
    ...['-mon', 'chardev=monitor0,mode=control'],
    ...['-chardev', `socket,id=console0,path=${option(files.serial)},server=on,wait=off,${log}`],
    ...device({ driver: 'isa-serial', id: 'serial0', chardev: 'console0' }),
    ...['-vnc', `unix:${option(files.vnc)}`],
  ];
}

/** The guest's disk and its layers, as `-blockdev` and `qemu-img` take them. */
export function diskLayers({ disk }: GuestRecord, { disk: filename }: GuestFiles): object {
  return layers('disk', filename, disk?.base ?? null);
}

function layers(name: string, filename: string, base: Base): object {
  const reclaim = { discard: 'unmap', 'detect-zeroes': 'unmap' };
  const file = { 'node-name': `${name}-file`, driver: 'file', filename, locking: 'on', discard: 'unmap' };
  return { 'node-name': name, driver: 'qcow2', file, backing: base && baseLayer(`${name}-base`, base), ...reclaim };
}

function baseLayer(name: string, { path, format }: NonNullable<Base>): object {
  const file = { 'node-name': `${name}-file`, driver: 'file', filename: path, 'read-only': true };
  // The format is said, never guessed, and nothing that the image itself may name is opened.
  const alone = format === 'qcow2' ? { backing: null } : {};
  return { 'node-name': name, driver: format, file, 'read-only': true, ...alone };
}

/** The guest's disk and config drive; of a rescued guest, the rescue's come first, and its own disk is second. */
function disks(record: GuestRecord, files: GuestFiles): string[] {
  const { rescue, disk } = record;
  const booted = rescue === null ? disk : rescue;
  const { hasConfigDrive } = rescue ?? record;
  const [node, from] = rescue === null ? ['disk', files] : ['rescue', files.rescue];
  const drives: string[] = [];
  if (booted !== null) {
    drives.push(...drive(layers(node, from.disk, booted.base), node, { ...firstDisk, bootindex: 1, serial: 'root' }));
  }
  if (rescue !== null && disk !== null)
    drives.push(...drive(diskLayers(record, files), 'disk', { ...onRootBus('0x6'), serial: 'own' }));
  if (hasConfigDrive)
    drives.push(...drive(configLayer(from.configDrive), 'config', { ...configPlace(record), serial: 'config-2' }));
  return drives;
}

/** After the root disk and what a rescue adds. */
const scratchSlots = { ephemeral: '0x8', swap: '0x9' } as const;

function scratchDisks({ scratchDisks: kinds = [] }: GuestRecord, { scratch }: GuestFiles): string[] {
  return kinds.flatMap((kind) => {
    const file = { driver: 'file', filename: scratch[kind], locking: 'on', discard: 'unmap' };
    const layer = { 'node-name': kind, driver: 'raw', file, discard: 'unmap', 'detect-zeroes': 'unmap' };
    return drive(layer, kind, { ...onRootBus(scratchSlots[kind]), serial: kind });
  });
}

/** What the volume that the guest boots from has of its own. */
function bootOf({ disk, machine }: GuestRecord, index: number): object {
  if (disk !== null || index > 0) return {};
  return { bootindex: 2, ...(machine.disksInOrder && firstDisk) };
}

function configPlace({ machine, rescue }: GuestRecord): object {
  return machine.disksInOrder ? { bus: lastPort, addr: '0x0' } : onRootBus(rescue === null ? '0x6' : '0x7');
}

function drive(layer: object, node: string, more: object): string[] {
  const properties = { driver: 'virtio-blk-pci', id: `${node}0`, drive: node, ...more };
  return ['-blockdev', JSON.stringify(layer), ...device(properties)];
}

function configLayer(filename: string): object {
  const file = { 'node-name': 'config-file', driver: 'file', filename, 'read-only': true };
  return { 'node-name': 'config', driver: 'raw', file, 'read-only': true };
}

function rootPorts({ slots, machine }: GuestRecord): string[] {
  const ports = Array.from({ length: slots }, (_, port) => {
    const slot = firstPortSlot + Math.floor(port / portsPerSlot);
    const [addr, multifunction] = [`0x${slot.toString(16)}.${port % portsPerSlot}`, port % portsPerSlot === 0];
    return { id: rootPort(port), addr, chassis: port + 1, multifunction };
  });
  const last = machine.disksInOrder ? [{ id: lastPort, addr: lastPortSlot, chassis: slots + 1 }] : [];
  return [...ports, ...last].flatMap((port) => device({ driver: 'pcie-root-port', bus: 'pcie.0', ...port }));
}

function onRootBus(addr: string): { readonly bus: string; readonly addr: string } {
  return { bus: 'pcie.0', addr };
}

function plugged(option: '-netdev' | '-blockdev', { backend, device: properties }: SlotDevice): string[] {
  return [option, JSON.stringify(backend.arguments), ...device(properties)];
}

function device(properties: object): string[] {
  return ['-device', JSON.stringify(properties)];
}

/** A value inside QEMU's comma-separated options. */
function option(value: string): string {
  return value.replaceAll(',', ',,');
}
