import { constants } from 'node:fs';
import { access, copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Fault } from '../../../kernel/base/errors.ts';
import { isUuid, newId } from '../../../kernel/base/ids.ts';

/**
 * The bytes of images: `DIR/images/ID` once they are complete, `DIR/images/.incoming/PID/…` while they arrive,
 * `DIR/images/.staging/ID` when they wait for their import.
 */
export interface ImageFiles {
  /** Where the image's bytes are. */
  path(id: string): string;
  /** Makes the folders and removes what processes that died were receiving. */
  prepare(): Promise<void>;
  /** Writes the stream to a file of its own, durably; answers its path. Leaves nothing behind when it fails. */
  receive(stream: Readable, limitBytes: number, signal?: AbortSignal): Promise<string>;
  /** The same for a file of this machine; shares its blocks where the file system can. */
  take(path: string): Promise<string>;
  /** Gives a received file its final name, durably. */
  publish(temporary: string, id: string): Promise<void>;
  /** Keeps a received file, durably, until the image is imported. */
  stage(temporary: string, id: string): Promise<void>;
  /** Where the staged bytes are; also after a crash between their publication and its record. */
  staged(id: string): Promise<string>;
  discard(temporary: string): Promise<void>;
  /** Removes the image's bytes, staged ones too. */
  remove(id: string): Promise<void>;
  /** The ids of all images whose bytes are here, staged ones too. */
  list(): Promise<string[]>;
}

/** The group may read (guests run in it), nobody else; the folder's set-group bit decides which group. */
const fileMode = 0o640;

export function imageFiles(directory: string): ImageFiles {
  const incoming = join(directory, '.incoming');
  const own = join(incoming, String(process.pid));
  const staging = join(directory, '.staging');
  const temporary = async () => {
    await mkdir(own, { recursive: true });
    return join(own, newId());
  };

  return {
    path: (id) => pathOf(directory, id),
    async prepare() {
      await mkdir(incoming, { recursive: true });
      await mkdir(staging, { recursive: true });
      for (const pid of await readdir(incoming)) {
        if (pid === String(process.pid) || !isAlive(Number(pid))) await rm(join(incoming, pid), { recursive: true });
      }
    },
    async receive(stream, limitBytes, signal) {
      const path = await temporary();
      try {
        await write(path, stream, limitBytes, signal);
        return path;
      } catch (error) {
        await rm(path, { force: true });
        throw asStorageFault(error);
      }
    },
    async take(path) {
      const copy = await temporary();
      await copyFile(path, copy, constants.COPYFILE_FICLONE);
      const file = await open(copy, 'r+');
      await file.chmod(fileMode);
      await file.sync();
      await file.close();
      return copy;
    },
    publish: (received, id) => moveInto(directory, received, id),
    stage: (received, id) => moveInto(staging, received, id),
    async staged(id) {
      const path = pathOf(staging, id);
      const published = pathOf(directory, id);
      if (!(await exists(path)) && (await exists(published))) await moveInto(staging, published, id);
      return path;
    },
    discard: (path) => rm(path, { force: true }),
    async remove(id) {
      for (const folder of [directory, staging]) await rm(pathOf(folder, id), { force: true });
    },
    async list() {
      const here = await Promise.all([directory, staging].map((folder) => readdir(folder).catch(() => [])));
      return [...new Set(here.flat().filter(isUuid))];
    },
  };
}

/** Gives a file the image's name in the folder, durably. */
async function moveInto(folder: string, file: string, id: string): Promise<void> {
  await rename(file, pathOf(folder, id));
  const opened = await open(folder, 'r');
  await opened.sync();
  await opened.close();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function pathOf(directory: string, id: string): string {
  if (!isUuid(id)) throw new Error(`not an image id: ${id}`);
  return join(directory, id);
}

async function write(path: string, stream: Readable, limitBytes: number, signal?: AbortSignal): Promise<void> {
  const file = await open(path, 'wx', fileMode);
  try {
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      size += chunk.length;
      if (size > limitBytes) throw new Fault('tooLarge', `The image is larger than ${limitBytes} bytes.`);
      await writeAll(file, chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, chunk: Buffer): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    offset += (await file.write(chunk, offset)).bytesWritten;
  }
}

function asStorageFault(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Fault('insufficientStorage', 'There is no room left for this image.', { cause: error });
  }
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new Fault('requestTimeout', 'The upload was cut short.', { cause: error });
  }
  return error;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
