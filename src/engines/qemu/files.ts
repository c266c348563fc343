import { open, rename, rm, stat, truncate } from 'node:fs/promises';

/** The last `maxBytes` of a file; empty when it is not there. */
export async function readTail(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (file === undefined) return Buffer.alloc(0);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, maxBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Keeps a log that another process appends to (with `O_APPEND`) within bounds: past `limitBytes`, its last half moves to
 * `PATH.1` and it starts from nothing. What is written at that very moment may be lost.
 */
export async function boundLog(path: string, limitBytes: number): Promise<void> {
  const size = await sizeOf(path);
  if (size <= limitBytes) return;
  const draft = `${path}.1.draft`;
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(await readTail(path, Math.floor(limitBytes / 2)));
  } finally {
    await file.close();
  }
  await truncate(path, 0);
  await rename(draft, `${path}.1`);
}

/** The last `maxBytes` of a log kept by `boundLog`, across its two parts. */
export async function readLog(path: string, maxBytes: number): Promise<string> {
  const recent = await readTail(path, maxBytes);
  const older = recent.length < maxBytes ? await readTail(`${path}.1`, maxBytes - recent.length) : Buffer.alloc(0);
  return Buffer.concat([older, recent]).toString('utf8');
}

/** The last `count` lines of a text; all of it when `count` is undefined. */
export function lastLines(text: string, count: number | undefined): string {
  if (count === undefined) return text;
  if (count <= 0) return '';
  const end = text.endsWith('\n') ? text.length - 1 : text.length;
  let start = end;
  for (let line = 0; line < count && start >= 0; line++) start = start === 0 ? -1 : text.lastIndexOf('\n', start - 1);
  return text.slice(start + 1);
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
