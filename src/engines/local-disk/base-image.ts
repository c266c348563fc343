import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { Fault } from '../../kernel/base/errors.ts';
import { qcow2HeaderBytes, readQcow2Header } from './qcow2-header.ts';

export type DiskFormat = 'qcow2' | 'raw';

/** A file that was found fit to lie under a guest's disk. */
export interface BaseImage {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly format: DiskFormat;
  /** Virtual size in bytes. */
  readonly sizeBytes: number;
}

/**
 * Checks that `path` is an image that a guest may be built on: a plain file in `imagesDir`, of the format that it is said
 * to have, that refers to no other file. Throws `unprocessable` otherwise.
 */
export async function checkBaseImage(imagesDir: string, path: string, format: DiskFormat): Promise<BaseImage> {
  const [folder, real] = await Promise.all([realpath(imagesDir), realpath(path)]).catch((error: unknown) => {
    throw unfit('The image has no file on this host.', path, error);
  });
  if (!real.startsWith(`${folder}/`)) throw unfit('The image lies outside the folder of images.', real);
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw unfit('The image is not a plain file.', real);
    if (format === 'raw') return { path: real, format, sizeBytes: stat.size };
    const { buffer, bytesRead } = await file.read(Buffer.alloc(qcow2HeaderBytes), 0, qcow2HeaderBytes, 0);
    return { path: real, format, sizeBytes: qcow2Size(buffer.subarray(0, bytesRead), real) };
  } finally {
    await file.close();
  }
}

function qcow2Size(bytes: Buffer, path: string): number {
  const header = readQcow2Header(bytes);
  if (header === undefined) throw unfit('The image is not in the format qcow2.', path);
  if (header.refersToOtherFiles) throw unfit('The image refers to another file, which is not allowed.', path);
  if (header.encrypted) throw unfit('The image is encrypted, which is not supported.', path);
  if (header.corrupt) throw unfit('The image is marked as corrupt.', path);
  return header.sizeBytes;
}

function unfit(message: string, path: string, cause?: unknown): Fault {
  return new Fault('unprocessable', message, { detail: `base image ${path}`, cause });
}
