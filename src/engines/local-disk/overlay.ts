import { open, rm } from 'node:fs/promises';
import type { BaseImage } from './base-image.ts';
import { draftOf, type Ownership, settleDraft } from './durable-file.ts';
import { qcow2HeaderBytes, readQcow2Header } from './qcow2-header.ts';
import { runTool } from './run.ts';

/** Disks are made of sectors of this many bytes. */
const sectorBytes = 512;

/**
 * Makes the qcow2 disk at `path`: a copy-on-write layer over `base`, or a blank disk. `sizeBytes`, never less than the
 * base's, is rounded up to whole sectors. `qemu-img` does not open the base (`-u`): nothing that a customer wrote is
 * parsed with our privileges.
 */
export async function createDisk(
  path: string,
  base: Pick<BaseImage, 'path' | 'format'> | null,
  sizeBytes: number,
  owner: Ownership,
): Promise<void> {
  const size = Math.ceil(sizeBytes / sectorBytes) * sectorBytes;
  const over = base === null ? [] : ['-u', '-b', base.path, '-F', base.format];
  await rm(draftOf(path), { force: true });
  await runTool('qemu-img', ['create', '-q', '-f', 'qcow2', ...over, draftOf(path), String(size)]);
  await settleDraft(path, owner);
}

/** The virtual size, in bytes, of a disk that `createDisk` made. */
export async function diskSize(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(qcow2HeaderBytes), 0, qcow2HeaderBytes, 0);
    const header = readQcow2Header(buffer);
    if (header === undefined) throw new Error(`${path} is no qcow2 disk`);
    return header.sizeBytes;
  } finally {
    await file.close();
  }
}
