import { access, chmod, chown, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import type { CopySource, VolumeSource } from '../../cloud/block-storage/ports.ts';
import { Fault, notFound } from '../../kernel/base/errors.ts';
import { KeyedQueue, limiter } from '../../kernel/base/queue.ts';
import { commandLine } from '../../kernel/supervise/command-line.ts';
import type { UnixUser } from '../../kernel/supervise/installation.ts';
import { checkBaseImage } from './base-image.ts';
import { draftOf, settleDraft, syncFolder } from './durable-file.ts';
import { diskSize } from './overlay.ts';
import { qcow2HeaderBytes, readQcow2Header } from './qcow2-header.ts';
import { runTool } from './run.ts';

export interface VolumeFilesOptions {
  /** `DIR`: volumes are `DIR/volumes/ID.qcow2`, backups `DIR/backups/ID.qcow2`, copies to read `DIR/exports/ID`. */
  readonly dataDir: string;
  /** Runs `qemu-img`, and owns what no guest has; this process's own user when undefined. */
  readonly tools: UnixUser | undefined;
  /** Reads exports; this process's own user when undefined. */
  readonly reader: UnixUser | undefined;
  /** Who else opens volumes on this host. */
  readonly holders: VolumeHolders;
}

/** Whoever runs guests on this host. */
export interface VolumeHolders {
  /** Does work on a volume whose guest neither starts nor stops meanwhile; `open` is the machine that has it open, if one does. */
  hold<T>(volumeId: string, work: (open: OpenVolume | undefined) => Promise<T>): Promise<T>;
}

/** A volume that a running machine has open: its file is that machine's alone. Both may be repeated. */
export interface OpenVolume {
  /** Keeps the volume as it is at this moment, as after a power cut. */
  createSnapshot(snapshotId: string): Promise<void>;
  removeSnapshot(snapshotId: string): Promise<void>;
}

/** What a copy to read may be, by the names of QEMU and Glance. */
export const exportFormats = ['raw', 'qcow2', 'vmdk', 'vdi'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Copies of large disks take their time. */
const copyMs = 6 * 60 * 60_000;
/** Copies at the same time: more of them only share the same disk. */
const copiesAtOnce = 4;
/** Snapshots live in the volume's file under the snapshot's id. */
interface Facts {
  readonly snapshots?: readonly { readonly name: string }[];
}

/**
 * Volumes as qcow2 files that name no other file; a snapshot is an internal one, so that making and deleting it touches
 * metadata only. `qemu-img` reads what customers and their guests wrote, so it runs as a user who owns nothing else. Files are
 * made under another name, synced and renamed: they are whole or not there. What a guest has open, its QEMU changes for us; QEMU's
 * own locks on the file keep everything else away from it.
 */
export class VolumeFiles {
  readonly #options: VolumeFilesOptions;
  readonly #queue = new KeyedQueue();
  readonly #copies = limiter(copiesAtOnce);

  constructor(options: VolumeFilesOptions) {
    this.#options = options;
  }

  create(id: string, sizeBytes: number, source: VolumeSource): Promise<void> {
    const path = this.#volume(id);
    return this.#queue.run(id, async () => {
      if (await exists(path)) return;
      await this.#draft(path);
      if (source.kind === 'blank') {
        await this.#qemuImg(['create', '-q', '-f', 'qcow2', draftOf(path), String(sizeBytes)]);
      } else {
        await this.#fill(path, sizeBytes, source);
      }
      await this.#settle(path);
    });
  }

  remove(id: string): Promise<void> {
    return this.#queue.run(id, () => this.#removeFile(this.#volume(id)));
  }

  grow(id: string, sizeBytes: number): Promise<void> {
    return this.#queue.run(id, async () => {
      const path = await this.#atRest(id);
      if ((await diskSize(path)) >= sizeBytes) return;
      await this.#qemuImg(['resize', '-q', '-f', 'qcow2', path, String(sizeBytes)]);
    });
  }

  createSnapshot(id: string, snapshotId: string): Promise<void> {
    return this.#held(id, async (open) => {
      if (open !== undefined) return open.createSnapshot(snapshotId);
      const path = await this.#atRest(id);
      if (await this.#hasSnapshot(path, snapshotId)) return;
      await this.#qemuImg(['snapshot', '-q', '-c', snapshotId, path]);
    });
  }

  removeSnapshot(id: string, snapshotId: string): Promise<void> {
    return this.#held(id, async (open) => {
      if (open !== undefined) return open.removeSnapshot(snapshotId);
      if (!(await exists(this.#volume(id)))) return;
      const path = await this.#atRest(id);
      if (!(await this.#hasSnapshot(path, snapshotId))) return;
      await this.#qemuImg(['snapshot', '-q', '-d', snapshotId, path]);
    });
  }

  revert(id: string, snapshotId: string): Promise<void> {
    return this.#queue.run(id, async () => {
      await this.#qemuImg(['snapshot', '-q', '-a', snapshotId, await this.#atRest(id)]);
    });
  }

  createBackup(id: string, source: CopySource): Promise<void> {
    const path = this.#backup(id);
    return this.#queue.run(id, async () => {
      if (await exists(path)) return;
      await this.#draft(path);
      await this.#copy(source, 'qcow2', draftOf(path));
      await this.#settle(path);
    });
  }

  removeBackup(id: string): Promise<void> {
    return this.#queue.run(id, () => this.#removeFile(this.#backup(id)));
  }

  /** Into the volume's own file, which keeps its snapshots. */
  restoreBackup(backupId: string, volumeId: string): Promise<void> {
    return this.#queue.run(volumeId, async () => {
      const [from, to] = [this.#backup(backupId), await this.#atRest(volumeId)];
      if (!(await exists(from))) throw notFound('Backup', backupId);
      await this.#convert(['-n', '-f', 'qcow2', '-O', 'qcow2', from, to]);
    });
  }

  /** Answers the path of the copy. */
  export(id: string, source: CopySource, format: ExportFormat): Promise<string> {
    const path = this.#export(id);
    return this.#queue.run(id, async () => {
      await this.#draft(path);
      await this.#copy(source, format, draftOf(path));
      await settleDraft(path, { ...(this.#options.reader ?? ourselves()), mode: 0o600 });
      return path;
    });
  }

  removeExport(id: string): Promise<void> {
    return this.#queue.run(id, () => this.#removeFile(this.#export(id)));
  }

  async inventory(): Promise<{ volumes: string[]; backups: string[] }> {
    const { dataDir } = this.#options;
    return { volumes: await idsIn(`${dataDir}/volumes`), backups: await idsIn(`${dataDir}/backups`) };
  }

  async capacity(): Promise<{ totalBytes: number; freeBytes: number }> {
    const { blocks, bavail, bsize } = await statfs(this.#options.dataDir);
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  }

  #volume(id: string): string {
    return volumePath(this.#options.dataDir, id);
  }

  #backup(id: string): string {
    return `${this.#options.dataDir}/backups/${id}${suffix}`;
  }

  #export(id: string): string {
    return `${this.#options.dataDir}/exports/${id}`;
  }

  /** Fills the draft of a new volume from its source; never smaller than that. */
  async #fill(path: string, sizeBytes: number, source: Exclude<VolumeSource, { kind: 'blank' }>): Promise<void> {
    const draft = draftOf(path);
    if (source.kind === 'volume') await this.#copy({ volumeId: source.volumeId, snapshotId: null }, 'qcow2', draft);
    if (source.kind === 'snapshot') await this.#copy(source, 'qcow2', draft);
    if (source.kind === 'backup') {
      const from = this.#backup(source.backupId);
      if (!(await exists(from))) throw notFound('Backup', source.backupId);
      await this.#convert(['-f', 'qcow2', '-O', 'qcow2', from, draft]);
    }
    if (source.kind === 'image') await this.#fromImage(source.path, source.format, sizeBytes, draft);
    // A copy of a snapshot is as large as its volume is now, with nothing behind what the snapshot had.
    const shrink = source.kind === 'snapshot' ? ['--shrink'] : [];
    if (source.kind !== 'snapshot' && (await diskSize(draft)) > sizeBytes) {
      throw new Fault('unprocessable', `A volume of ${sizeBytes} bytes is too small for what it is made of.`);
    }
    await this.#qemuImg(['resize', '-q', '-f', 'qcow2', ...shrink, draft, String(sizeBytes)]);
  }

  async #fromImage(path: string, format: 'qcow2' | 'raw', sizeBytes: number, draft: string): Promise<void> {
    const image = await checkBaseImage(`${this.#options.dataDir}/images`, path, format);
    if (image.sizeBytes > sizeBytes) {
      throw new Fault(
        'unprocessable',
        `A volume of ${sizeBytes} bytes is too small for an image of ${image.sizeBytes}.`,
      );
    }
    await this.#convert(['-f', image.format, '-O', 'qcow2', image.path, draft]);
  }

  async #copy({ volumeId, snapshotId }: CopySource, format: ExportFormat, target: string): Promise<void> {
    if (snapshotId === null) {
      await this.#convert(['-f', 'qcow2', '-O', format, await this.#atRest(volumeId), target]);
      return;
    }
    const part = ['-l', `snapshot.name=${snapshotId}`, '-f', 'qcow2', '-O', format];
    const isOpen = await this.#options.holders.hold(volumeId, async (open) => open !== undefined);
    if (isOpen) await this.#copyOpened(volumeId, part, target);
    else await this.#convert([...part, await this.#atRest(volumeId), target]);
  }

  /**
   * Of a snapshot, a guest that writes on changes nothing any more: a plain copy of the file has all of it. QEMU's tools read
   * that copy, which nobody can change between the look at its header and its use.
   */
  async #copyOpened(volumeId: string, part: readonly string[], target: string): Promise<void> {
    const whole = `${target}.whole`;
    try {
      await this.#queue.run(volumeId, () =>
        this.#copies(() =>
          runTool('cp', ['--sparse=always', '--reflink=auto', '--', this.#volume(volumeId), whole], {
            timeoutMs: copyMs,
          }),
        ),
      );
      await this.#checkHeader(volumeId, whole);
      await this.#give(whole, this.#options.tools);
      await this.#convert([...part, whole, target]);
    } finally {
      await rm(whole, { force: true });
    }
  }

  /** Works on a volume which meanwhile no guest takes up or lets go of. */
  #held(id: string, work: (open: OpenVolume | undefined) => Promise<void>): Promise<void> {
    return this.#queue.run(id, () => this.#options.holders.hold(id, work));
  }

  #convert(args: readonly string[]): Promise<unknown> {
    return this.#copies(() => this.#qemuImg(['convert', ...args]));
  }

  /** The volume's file, fit to be opened: of the tools' user, and naming no other file even if a guest broke out. */
  async #atRest(id: string): Promise<string> {
    const path = this.#volume(id);
    if (!(await exists(path))) throw notFound('Volume', id);
    await this.#checkHeader(id, path);
    await this.#give(path, this.#options.tools);
    return path;
  }

  async #checkHeader(id: string, path: string): Promise<void> {
    const header = await headerOf(path);
    if (header === undefined || header.refersToOtherFiles) {
      throw new Fault('unprocessable', `The disk of volume ${id} is damaged.`, {
        detail: `${path} has no sound header`,
      });
    }
  }

  async #hasSnapshot(path: string, snapshotId: string): Promise<boolean> {
    const facts = JSON.parse(await this.#qemuImg(['info', '--output=json', '-f', 'qcow2', path])) as Facts;
    return facts.snapshots?.some(({ name }) => name === snapshotId) === true;
  }

  /** An empty file that the tools' user may write. */
  async #draft(path: string): Promise<void> {
    const draft = draftOf(path);
    await rm(draft, { force: true });
    await (await open(draft, 'wx', 0o600)).close();
    await this.#give(draft, this.#options.tools);
  }

  async #settle(path: string): Promise<void> {
    await settleDraft(path, { ...(this.#options.tools ?? ourselves()), mode: 0o600 });
  }

  async #give(path: string, user: UnixUser | undefined): Promise<void> {
    if (user !== undefined) await chown(path, user.uid, user.gid);
    await chmod(path, 0o600);
  }

  async #removeFile(path: string): Promise<void> {
    await rm(draftOf(path), { force: true });
    if (!(await exists(path))) return;
    // Out of the way first: a file that is half removed must not be taken for a volume.
    await rename(path, draftOf(path));
    await rm(draftOf(path), { force: true });
    await syncFolder(path.slice(0, path.lastIndexOf('/')));
  }

  async #qemuImg(args: readonly string[]): Promise<string> {
    const { tools: user } = this.#options;
    const spec = { name: 'qemu-img', command: 'qemu-img', args, ...(user === undefined ? {} : { user }) };
    const [command = '', ...rest] = commandLine(spec);
    return runTool(command, rest, { timeoutMs: copyMs });
  }
}

const suffix = '.qcow2';

/** Where a volume's file is. */
export function volumePath(dataDir: string, id: string): string {
  return `${dataDir}/volumes/${id}${suffix}`;
}

function ourselves(): UnixUser {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

async function idsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));
}

async function headerOf(path: string) {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(qcow2HeaderBytes), 0, qcow2HeaderBytes, 0);
    return readQcow2Header(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
