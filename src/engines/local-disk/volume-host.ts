import { chmod, chown, mkdir } from 'node:fs/promises';
import type { CopySource, VolumeSource } from '../../cloud/block-storage/ports.ts';
import { Fault } from '../../kernel/base/errors.ts';
import type { HostOperation } from '../../kernel/hostlink/protocol.ts';
import type { Installation } from '../../kernel/supervise/installation.ts';
import { type ExportFormat, exportFormats, VolumeFiles, type VolumeHolders } from './volumes.ts';

const uuid = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' } as const;
const bytes = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;

/** An object of exactly these keys. */
function closed(properties: Readonly<Record<string, object>>) {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

const copySource = closed({ volumeId: uuid, snapshotId: { anyOf: [uuid, { type: 'null' }] } });

const volumeSource = {
  anyOf: [
    closed({ kind: { const: 'blank' } }),
    closed({
      kind: { const: 'image' },
      path: { type: 'string', maxLength: 4096 },
      format: { enum: ['qcow2', 'raw'] },
    }),
    closed({ kind: { const: 'volume' }, volumeId: uuid }),
    closed({ kind: { const: 'snapshot' }, volumeId: uuid, snapshotId: uuid }),
    closed({ kind: { const: 'backup' }, backupId: uuid }),
  ],
};

/** Prepares the folders of volumes; answers the operations by which `api` keeps them (`volume.*`, `backup.*`). */
export async function createVolumeHost(
  { dataDir, users }: Installation,
  holders: VolumeHolders,
): Promise<HostOperation[]> {
  for (const name of ['volumes', 'backups', 'exports']) {
    const folder = `${dataDir}/${name}`;
    await mkdir(folder, { recursive: true });
    await chown(folder, 0, 0);
    // Passable, not readable: whoever has a file in it knows its name.
    await chmod(folder, 0o711);
  }
  const files = new VolumeFiles({ dataDir, tools: users.tools, reader: users.api, holders });
  return volumeOperations(files);
}

interface OfVolume {
  readonly id: string;
}

interface OfSnapshot {
  readonly volumeId: string;
  readonly snapshotId: string;
}

function volumeOperations(files: VolumeFiles): HostOperation[] {
  const one = closed({ id: uuid });
  const snapshot = closed({ volumeId: uuid, snapshotId: uuid });
  const creation = closed({ id: uuid, sizeBytes: bytes, source: volumeSource });
  const backup = closed({ id: uuid, source: copySource });
  const copy = closed({ id: uuid, source: copySource, format: { enum: exportFormats } });
  return [
    operation('volume.create', creation, (a: OfVolume & { sizeBytes: number; source: VolumeSource }) =>
      files.create(a.id, a.sizeBytes, a.source),
    ),
    operation('volume.remove', one, ({ id }: OfVolume) => files.remove(id)),
    operation('volume.grow', closed({ id: uuid, sizeBytes: bytes }), (a: OfVolume & { sizeBytes: number }) =>
      files.grow(a.id, a.sizeBytes),
    ),
    operation('volume.snapshot', snapshot, (a: OfSnapshot) => files.createSnapshot(a.volumeId, a.snapshotId)),
    operation('volume.removeSnapshot', snapshot, (a: OfSnapshot) => files.removeSnapshot(a.volumeId, a.snapshotId)),
    operation('volume.revert', snapshot, (a: OfSnapshot) => files.revert(a.volumeId, a.snapshotId)),
    operation('volume.export', copy, async (a: OfVolume & { source: CopySource; format: ExportFormat }) => ({
      path: await files.export(a.id, a.source, a.format),
    })),
    operation('volume.removeExport', one, ({ id }: OfVolume) => files.removeExport(id)),
    operation('volume.inventory', closed({}), () => files.inventory()),
    operation('volume.capacity', closed({}), () => files.capacity()),
    operation('backup.create', backup, (a: OfVolume & { source: CopySource }) => files.createBackup(a.id, a.source)),
    operation('backup.remove', one, ({ id }: OfVolume) => files.removeBackup(id)),
    operation(
      'backup.restore',
      closed({ backupId: uuid, volumeId: uuid }),
      (a: { backupId: string; volumeId: string }) => files.restoreBackup(a.backupId, a.volumeId),
    ),
  ];
}

function operation<A>(name: string, args: object, handle: (args: A) => Promise<unknown>): HostOperation {
  return {
    name,
    args,
    handle: (given: never) =>
      handle(given).catch((error: unknown) => {
        throw asEngineFault(error);
      }),
  };
}

/** What goes wrong on a host is not the caller's doing: it may be tried again. */
function asEngineFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (detail.includes('ENOSPC') || detail.includes('No space left on device')) {
    return new Fault('insufficientStorage', 'There is no room left for volumes.', { detail, cause: error });
  }
  return new Fault('engineUnavailable', 'The volume engine could not do this.', { detail, cause: error });
}
