import { Worker } from 'node:worker_threads';
import type { Content } from '../domain/content.ts';

/** What a stored file is. */
export interface Digest {
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly md5: string;
  /** Hex. */
  readonly sha512: string;
  readonly content: Content;
}

/** Hashes and inspects a file in a thread of its own. */
export function digestFile(path: string): Promise<Digest> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./digest.worker.ts', import.meta.url), { workerData: { path } });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the hashing thread ended with ${code}`)));
  });
}
