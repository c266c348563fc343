import { open, rm, stat, truncate } from 'node:fs/promises';
import { draftOf, type Ownership, settleDraft } from './durable-file.ts';
import { runTool } from './run.ts';

/** Of each kind, how it is made ready to use: what guests look for is Nova's label, or the kind of its content. */
const makers = {
  // The guest's kernel fills in the rest, at leisure.
  ephemeral: ['mke2fs', '-q', '-t', 'ext4', '-L', 'ephemeral0', '-E', 'lazy_itable_init=1,lazy_journal_init=1'],
  swap: ['mkswap', '--quiet'],
} as const;

export type ScratchKind = keyof typeof makers;

/**
 * Makes the raw disk at `path` of `sizeBytes`, a file system or swap space on it, unless it is there. One that is there grows to
 * `sizeBytes`, and its content stays; swap space has none worth keeping.
 */
export async function ensureScratchDisk(
  path: string,
  kind: ScratchKind,
  sizeBytes: number,
  owner: Ownership,
): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (found?.size === sizeBytes) return;
  if (found !== undefined && kind === 'ephemeral') {
    if (found.size < sizeBytes) await truncate(path, sizeBytes);
    return;
  }
  const draft = draftOf(path);
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  await file.truncate(sizeBytes).finally(() => file.close());
  const [command, ...args] = makers[kind];
  await runTool(command, [...args, draft]);
  await settleDraft(path, owner);
}
