/** What the first bytes of a disk image say about it. */
export interface Content {
  /** Null when it is nothing that we know: then it may still be a raw disk. */
  readonly format: 'qcow2' | 'vmdk' | 'vdi' | 'vhdx' | 'vhd' | 'iso' | 'luks' | 'qed' | null;
  /** Bytes of the disk inside; null when the header does not say. */
  readonly virtualSize: bigint | null;
  /** Why no engine of ours may open it: it would make the host open another file, or its header contradicts itself. */
  readonly danger: string | null;
}

/** How many bytes from the start `inspect` wants to see: an ISO 9660 volume descriptor begins at 32 KiB. */
export const inspectedBytes = 64 * 1024;

const unknown: Content = { format: null, virtualSize: null, danger: null };

/** Recognises a disk image by its content, never by what its owner calls it. */
export function inspect(head: Buffer): Content {
  if (head.length >= 4 && head.readUInt32BE(0) === 0x514649fb) return inspectQcow2(head);
  if (startsWith(head, 'KDMV') || startsWith(head, '# Disk DescriptorFile')) return inspectVmdk(head);
  if (startsWith(head, 'vhdxfile')) return { ...unknown, format: 'vhdx' };
  if (startsWith(head, 'conectix')) return inspectVhd(head);
  if (startsWith(head, 'QED\0')) return { ...unknown, format: 'qed', danger: 'QED images are not accepted' };
  if (startsWith(head, 'LUKS\xba\xbe')) return { ...unknown, format: 'luks' };
  if (head.length >= 0x180 && head.readUInt32LE(0x40) === 0xbeda107f) {
    return inspectVdi(head);
  }
  if (head.length >= 0x8006 && head.toString('latin1', 0x8001, 0x8006) === 'CD001')
    return { ...unknown, format: 'iso' };
  return unknown;
}

function startsWith(head: Buffer, magic: string): boolean {
  return head.length >= magic.length && head.toString('latin1', 0, magic.length) === magic;
}

const headerV3Length = 104;
const incompatible = { dirty: 1n, corrupt: 2n, dataFile: 4n, compression: 8n, extendedL2: 16n };
const knownIncompatible = Object.values(incompatible).reduce((all, bit) => all | bit, 0n);
const dataFileExtension = 0x44415441;
const backingFormatExtension = 0xe2792aca;

/** The header of a qcow2 image (QEMU's docs/interop/qcow2.txt). */
function inspectQcow2(head: Buffer): Content {
  if (head.length < 72) return { format: 'qcow2', virtualSize: null, danger: 'its header is cut short' };
  const version = head.readUInt32BE(4);
  const virtualSize = head.readBigUInt64BE(24);
  return { format: 'qcow2', virtualSize, danger: qcow2Danger(head, version) };
}

function qcow2Danger(head: Buffer, version: number): string | null {
  if (version !== 2 && version !== 3) return `its qcow2 version is ${version}`;
  if (head.readBigUInt64BE(8) !== 0n) return 'it has a backing file';
  if (head.readUInt32BE(32) !== 0) return 'it is encrypted';
  if (version === 2) return extensionsDanger(head, 72);
  if (head.length < headerV3Length) return 'its header is cut short';
  const features = head.readBigUInt64BE(72);
  if ((features & incompatible.dataFile) !== 0n) return 'it has an external data file';
  if ((features & incompatible.corrupt) !== 0n) return 'it is marked as corrupt';
  if ((features & ~knownIncompatible) !== 0n) return 'it needs qcow2 features that are not known';
  return extensionsDanger(head, head.readUInt32BE(100));
}

/** Walks the header extensions: those that name another file are refused even without the feature bit. */
function extensionsDanger(head: Buffer, start: number): string | null {
  let offset = start;
  while (offset + 8 <= head.length) {
    const type = head.readUInt32BE(offset);
    if (type === 0) return null;
    if (type === dataFileExtension) return 'it names an external data file';
    if (type === backingFormatExtension) return 'it names a backing file format';
    offset += 8 + Math.ceil(head.readUInt32BE(offset + 4) / 8) * 8;
  }
  return offset > head.length ? 'its header extensions do not end' : null;
}

/**
 * Only the two VMDK kinds that hold their data themselves; a descriptor may name any file of the host. An empty capacity
 * makes readers believe the descriptor inside, and a parent's name there makes them open it (QEMU's block/vmdk.c).
 */
function inspectVmdk(head: Buffer): Content {
  if (!startsWith(head, 'KDMV') || head.length < 512) {
    return { format: 'vmdk', virtualSize: null, danger: 'it is a VMDK descriptor that names other files' };
  }
  const virtualSize = head.readBigUInt64LE(12) * 512n;
  return { format: 'vmdk', virtualSize, danger: vmdkDanger(head, virtualSize) };
}

function vmdkDanger(head: Buffer, virtualSize: bigint): string | null {
  if (virtualSize === 0n) return 'its VMDK header names no capacity';
  if (head.includes('parentFileNameHint')) return 'it names a parent file';
  const at = Number(head.readBigUInt64LE(28) * 512n);
  const length = Number(head.readBigUInt64LE(36) * 512n);
  const descriptor = head.toString('latin1', Math.min(at, head.length), Math.min(at + length, head.length));
  const kind = /createType="([^"]*)"/.exec(descriptor)?.[1];
  const contained = kind === 'monolithicSparse' || kind === 'streamOptimized';
  return contained ? null : `its VMDK type is ${kind ?? 'not said'}`;
}

/** The header of a VDI image: only those of their own (dynamic, static) are whole without another file. */
function inspectVdi(head: Buffer): Content {
  const kind = head.readUInt32LE(0x4c);
  const danger = kind === 1 || kind === 2 ? null : 'it is the difference to another VDI image';
  return { format: 'vdi', virtualSize: head.readBigUInt64LE(0x170), danger };
}

/** The footer's copy at the beginning of a dynamic VHD. */
function inspectVhd(head: Buffer): Content {
  const differencing = head.length >= 64 && head.readUInt32BE(60) === 4;
  return { ...unknown, format: 'vhd', danger: differencing ? 'it is the difference to another VHD image' : null };
}

/** Formats that say nothing of the disk's layout, so that any harmless content may be theirs. */
const saysNothing = new Set(['ami', 'ari', 'aki', 'ploop']);

/** Why bytes recognised as `content` may not be stored under the declared format; null when they may. */
export function refusal(declared: string, content: Content): string | null {
  if (content.danger !== null) return `The image was refused: ${content.danger}.`;
  if (content.format === null || content.format === declared || saysNothing.has(declared)) return null;
  // Installation media are hybrid: a disk for one firmware, a CD for another.
  if (declared === 'raw' && content.format === 'iso') return null;
  return `The image was declared as ${declared} but its content is ${content.format}.`;
}

/**
 * What an engine must open the bytes as; null when they are not what was declared. Those may be stored (any bytes may),
 * but no server starts from them.
 */
export function openedAs(declared: string, content: Content): string | null {
  if (declared === 'raw' || saysNothing.has(declared)) return content.format === 'qcow2' ? 'qcow2' : 'raw';
  return content.format;
}
