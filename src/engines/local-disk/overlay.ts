import { rm } from 'node:fs/promises';
import type { BaseImage } from './base-image.ts';
import { draftOf, type Ownership, settleDraft } from './durable-file.ts';
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
