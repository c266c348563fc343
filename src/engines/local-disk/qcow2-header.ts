/** The facts of a qcow2 header that decide whether an image can be trusted as a base (QEMU's docs/interop/qcow2.txt). */
export interface Qcow2Header {
  readonly version: number;
  /** Virtual size in bytes. */
  readonly sizeBytes: number;
  /** It continues in another file, or names one: opening it would open that file too. */
  readonly refersToOtherFiles: boolean;
  readonly encrypted: boolean;
  /** Marked as damaged by the last who wrote it. */
  readonly corrupt: boolean;
}

/** How many bytes of the file `readQcow2Header` wants to see. */
export const qcow2HeaderBytes = 104;

const magic = 0x51_46_49_fb;
const externalDataFile = 4n;
const corrupt = 2n;

/**
 * Reads the first bytes of a qcow2 image; undefined when they are not a header. Done here rather than by `qemu-img info`,
 * which would itself open the files that a hostile image names.
 */
export function readQcow2Header(bytes: Buffer): Qcow2Header | undefined {
  if (bytes.length < 72 || bytes.readUInt32BE(0) !== magic) return undefined;
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) return undefined;
  if (version === 3 && bytes.length < qcow2HeaderBytes) return undefined;
  const incompatible = version === 3 ? bytes.readBigUInt64BE(72) : 0n;
  const hasBackingFile = bytes.readBigUInt64BE(8) !== 0n;
  return {
    version,
    sizeBytes: Number(bytes.readBigUInt64BE(24)),
    refersToOtherFiles: hasBackingFile || (incompatible & externalDataFile) !== 0n,
    encrypted: bytes.readUInt32BE(32) !== 0,
    corrupt: (incompatible & corrupt) !== 0n,
  };
}
