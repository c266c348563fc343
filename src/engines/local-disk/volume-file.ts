import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { Fault } from '../../kernel/base/errors.ts';

/** Throws `unprocessable` unless the volume is a plain file in `volumesDir`. */
export function checkVolume(volumesDir: string, path: string): Promise<void> {
  return withVolume(volumesDir, path, async () => {});
}

/**
 * Gives the volume's file to the user of the guest that opens it, and to nobody else. Throws `unprocessable` when it is not
 * a plain file in `volumesDir`.
 */
export async function claimVolume(volumesDir: string, path: string, uid: number): Promise<void> {
  await withVolume(volumesDir, path, async (file) => {
    await file.chown(uid, 0);
    await file.chmod(0o600);
  });
}

/** Takes the volume's file back; one that is gone is fine. */
export async function releaseVolume(volumesDir: string, path: string): Promise<void> {
  await withVolume(volumesDir, path, (file) => file.chown(0, 0)).catch((error: unknown) => {
    if ((error as { cause?: { code?: unknown } }).cause?.code !== 'ENOENT') throw error;
  });
}

async function withVolume(
  volumesDir: string,
  path: string,
  use: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const [folder, real] = await Promise.all([realpath(volumesDir), realpath(path)]).catch((cause: unknown) => {
    throw new Fault('unprocessable', 'The volume has no file on this host.', { detail: path, cause });
  });
  if (!real.startsWith(`${folder}/`)) {
    throw new Fault('unprocessable', 'The volume lies outside the folder of volumes.', { detail: real });
  }
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile())
      throw new Fault('unprocessable', 'The volume is not a plain file.', { detail: real });
    await use(file);
  } finally {
    await file.close();
  }
}
