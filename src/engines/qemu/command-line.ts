import type { GuestFiles, GuestRecord, Machine } from './record.ts';

/**
 * What new guests get. The CPU is x86-64-v2 with AES, what current distributions ask for, as an AMD one: it does not need
 * the page table isolation of Intel's (Meltdown), which costs TCG a fifth of a boot.
 */
export const currentMachine: Machine = {
  type: 'pc-q35-7.2',
  cpu: 'qemu64-v1,+ssse3,+sse4.1,+sse4.2,+popcnt,+aes,+pclmulqdq',
  spareSlots: 4,
};

/** MiB of translated code that TCG may keep; without a limit a 768 MiB guest takes 1.6 GiB. */
const translationCacheMiB = 32;

/** First PCI slot of the root ports, behind which NICs and devices plugged later live. */
const firstPortSlot = 0x10;
const portsPerSlot = 8;

/**
 * QEMU's arguments for a guest. It starts stopped (`-S`), so that the host can lock its sockets away before the guest's
 * code runs, and never ends by itself: a guest that powers off leaves it paused for the host to see.
 */
export function qemuArguments(record: GuestRecord, files: GuestFiles, ifnames: readonly string[]): string[] {
  return [
    ...base(record),
    ...monitorAndConsole(files),
    ...disks(record, files),
    ...rootPorts(record.nics.length + record.machine.spareSlots),
    ...record.nics.flatMap((nic, index) => networkCard(nic, index, ifnames[index] ?? '')),
  ];
}

function base({ id, machine, memoryMiB, vcpus }: GuestRecord): string[] {
  return [
    ...['-name', id, '-uuid', id, '-S', '-no-user-config', '-nodefaults', '-msg', 'timestamp=on'],
    ...['-machine', `${machine.type},usb=off,vmport=off,dump-guest-core=off`, '-cpu', machine.cpu],
    ...['-accel', `tcg,thread=multi,tb-size=${translationCacheMiB}`],
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

function disks(record: GuestRecord, files: GuestFiles): string[] {
  const layers: object[] = [];
  if (record.base !== null) {
    const { path, format } = record.base;
    layers.push({ 'node-name': 'base-file', driver: 'file', filename: path, 'read-only': true });
    // The format is said, never guessed, and nothing that the image itself may name is opened.
    const alone = format === 'qcow2' ? { backing: null } : {};
    layers.push({ 'node-name': 'base', driver: format, file: 'base-file', 'read-only': true, ...alone });
  }
  const file = { driver: 'file', filename: files.disk, locking: 'on', discard: 'unmap' };
  layers.push({ 'node-name': 'disk-file', ...file });
  const backing = record.base === null ? null : 'base';
  const reclaim = { discard: 'unmap', 'detect-zeroes': 'unmap' };
  layers.push({ 'node-name': 'disk', driver: 'qcow2', file: 'disk-file', backing, ...reclaim });
  if (record.hasConfigDrive) {
    layers.push({ 'node-name': 'config-file', driver: 'file', filename: files.configDrive, 'read-only': true });
    layers.push({ 'node-name': 'config', driver: 'raw', file: 'config-file', 'read-only': true });
  }
  const onBus = { driver: 'virtio-blk-pci', bus: 'pcie.0' };
  return [
    ...layers.flatMap((layer) => ['-blockdev', JSON.stringify(layer)]),
    ...device({ ...onBus, id: 'disk0', drive: 'disk', addr: '0x5', bootindex: 1, serial: 'root' }),
    ...(record.hasConfigDrive
      ? device({ ...onBus, id: 'config0', drive: 'config', addr: '0x6', serial: 'config-2' })
      : []),
  ];
}

/** q35 takes hot-plugged devices only behind root ports, which must be there from the start. */
function rootPorts(count: number): string[] {
  return Array.from({ length: count }, (_, port) => {
    const slot = firstPortSlot + Math.floor(port / portsPerSlot);
    const [address, multifunction] = [`0x${slot.toString(16)}.${port % portsPerSlot}`, port % portsPerSlot === 0];
    const place = { bus: 'pcie.0', addr: address, chassis: port + 1, multifunction };
    return device({ driver: 'pcie-root-port', id: rootPort(port), ...place });
  }).flat();
}

function networkCard(nic: GuestRecord['nics'][number], index: number, ifname: string): string[] {
  const tap = { type: 'tap', id: `net${index}`, ifname, script: 'no', downscript: 'no' };
  const card = { driver: 'virtio-net-pci', id: `nic${index}`, netdev: tap.id, mac: nic.mac, host_mtu: nic.mtu };
  return ['-netdev', JSON.stringify(tap), ...device({ ...card, bus: rootPort(index), addr: '0x0' })];
}

function rootPort(index: number): string {
  return `port${index}`;
}

function device(properties: object): string[] {
  return ['-device', JSON.stringify(properties)];
}

/** A value inside QEMU's comma-separated options. */
function option(value: string): string {
  return value.replaceAll(',', ',,');
}
