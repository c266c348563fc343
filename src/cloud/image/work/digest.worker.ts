/** A thread that reads a file once and answers what it is: hashing would hold up every request of the process. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { inspect, inspectedBytes } from '../domain/content.ts';
import type { Digest } from './digest.ts';

const chunk = Buffer.allocUnsafe(1024 * 1024);

function digest(path: string): Digest {
  const md5 = createHash('md5');
  const sha512 = createHash('sha512');
  const head = Buffer.alloc(inspectedBytes);
  let size = 0;
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const length = readSync(file, chunk, 0, chunk.length, size);
      if (length === 0) break;
      const part = chunk.subarray(0, length);
      if (size < head.length) part.copy(head, size);
      md5.update(part);
      sha512.update(part);
      size += length;
    }
  } finally {
    closeSync(file);
  }
  const content = inspect(head.subarray(0, Math.min(size, head.length)));
  return { size, md5: md5.digest('hex'), sha512: sha512.digest('hex'), content };
}

parentPort?.postMessage(digest((workerData as { path: string }).path));
