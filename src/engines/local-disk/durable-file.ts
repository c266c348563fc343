import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Who may use a file. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Where a file is made before it takes its place: what lies there after a crash is rubbish, overwritten by the next try. */
export function draftOf(path: string): string {
  return `${path}.draft`;
}

/** Puts a finished draft in its place; after a crash at any moment, there is either no such file or the whole file. */
export async function settleDraft(path: string, owner: Ownership): Promise<void> {
  await withFile(draftOf(path), 'r+', async (file) => {
    await file.chown(owner.uid, owner.gid);
    await file.chmod(owner.mode);
    await file.sync();
  });
  await rename(draftOf(path), path);
  await syncFolder(dirname(path));
}

/** Replaces a file's content as a whole. */
export async function writeDurably(path: string, content: string, owner: Ownership): Promise<void> {
  await rm(draftOf(path), { force: true });
  await withFile(draftOf(path), 'wx', (file) => file.writeFile(content));
  await settleDraft(path, owner);
}

/** Makes what was created, renamed or removed in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  await withFile(path, 'r', (folder) => folder.sync());
}

async function withFile(path: string, flags: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
