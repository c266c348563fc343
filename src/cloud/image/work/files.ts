import { constants } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Fault } from '../../../kernel/base/errors.ts';
import { isUuid, newId } from '../../../kernel/base/ids.ts';

/** The bytes of images: `DIR/images/ID` once they are complete, `DIR/images/.incoming/PID/…` while they arrive. */
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
  discard(temporary: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** The ids of all images whose bytes are here. */
  list(): Promise<string[]>;
}

/** The group may read (guests run in it), nobody else; the folder's set-group bit decides which group. */
const fileMode = 0o640;

export function imageFiles(directory: string): ImageFiles {
  const incoming = join(directory, '.incoming');
  const own = join(incoming, String(process.pid));
  const temporary = async () => {
    await mkdir(own, { recursive: true });
    return join(own, newId());
  };

  return {
    path: (id) => pathOf(directory, id),
    async prepare() {
      await mkdir(incoming, { recursive: true });
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
    async publish(received, id) {
      await rename(received, pathOf(directory, id));
      const folder = await open(directory, 'r');
      await folder.sync();
      await folder.close();
    },
    discard: (path) => rm(path, { force: true }),
    remove: (id) => rm(pathOf(directory, id), { force: true }),
    list: async () => (await readdir(directory)).filter(isUuid),
  };
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
