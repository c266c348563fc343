import { rm } from 'node:fs/promises';
import { badRequest } from '../../kernel/base/errors.ts';
import { draftOf, type Ownership, settleDraft } from './durable-file.ts';
import { runTool } from './run.ts';

/** By this label guests find the drive (OpenStack's config drive, cloud-init's ConfigDrive). */
export const configDriveLabel = 'config-2';

const segment = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$/;
const maxDepth = 8;
/** Its own limit keeps a drive of many files from filling the disk. */
const maxContentBytes = 16 * 1024 * 1024;

/** Makes the small vfat image at `path` that holds `files` (contents by path, e.g. `openstack/latest/meta_data.json`). */
export async function createConfigDrive(
  path: string,
  files: Readonly<Record<string, string | { readonly base64: string }>>,
  owner: Ownership,
): Promise<void> {
  const entries = Object.entries(files).map(([name, file]) => ({
    name,
    content: typeof file === 'string' ? Buffer.from(file, 'utf8') : Buffer.from(file.base64, 'base64'),
  }));
  for (const { name } of entries) checkName(name);
  const draft = draftOf(path);
  await rm(draft, { force: true });
  const sizeKiB = String(imageKiB(entries.map(({ content }) => content.length)));
  await runTool('mkfs.vfat', ['-n', configDriveLabel, '-C', draft, sizeKiB]);
  const folders = foldersOf(entries.map(({ name }) => name));
  if (folders.length > 0) await mtool('mmd', ['-i', draft, ...folders.map((folder) => `::/${folder}`)]);
  for (const { name, content } of entries) await mtool('mcopy', ['-i', draft, '-', `::/${name}`], content);
  await settleDraft(path, owner);
}

/** Neither a configuration file of the machine nor one of a user may change what the tools do. */
function mtool(command: string, args: readonly string[], input?: Buffer): Promise<string> {
  const env = { MTOOLSRC: '/dev/null', HOME: '/nonexistent' };
  return runTool(command, args, input === undefined ? { env } : { input, env });
}

function checkName(name: string): void {
  const segments = name.split('/');
  if (segments.length > maxDepth || !segments.every((part) => segment.test(part))) {
    throw badRequest(`${JSON.stringify(name.slice(0, 200))} cannot be the name of a file on the config drive.`);
  }
}

/** Every folder that the files need, parents first. */
function foldersOf(names: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const name of names) {
    const parents = name.split('/').slice(0, -1);
    for (let depth = 1; depth <= parents.length; depth++) folders.add(parents.slice(0, depth).join('/'));
  }
  return [...folders];
}

/** Room for the contents in clusters of 4 KiB, the folders and the allocation tables; at least 1 MiB. */
function imageKiB(sizes: readonly number[]): number {
  const content = sizes.reduce((sum, size) => sum + size, 0);
  if (content > maxContentBytes) throw badRequest(`A config drive holds at most ${maxContentBytes} bytes.`);
  const clusters = sizes.reduce((sum, size) => sum + Math.ceil(size / 4096), 0);
  return 1024 + clusters * 5 + sizes.length * maxDepth * 4;
}
