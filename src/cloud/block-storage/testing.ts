import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Fault, notFound } from '../../kernel/base/errors.ts';
import type { VolumeEngine, VolumeSource } from './ports.ts';

/** Tests only: an engine in memory, whose calls a test may make fail. */
export interface FakeVolumeEngine extends VolumeEngine {
  readonly volumes: Map<string, { sizeBytes: number; source: VolumeSource; snapshots: Set<string>; restored?: string }>;
  readonly backups: Map<string, string>;
  /** Called before each call: throws to make it fail, or has it wait. */
  interrupt: (operation: string, id: string) => void | Promise<void>;
}

export function fakeVolumeEngine(): FakeVolumeEngine {
  const volumes: FakeVolumeEngine['volumes'] = new Map();
  const backups: FakeVolumeEngine['backups'] = new Map();
  let folder: string | undefined;
  const find = (id: string) => {
    const volume = volumes.get(id);
    if (volume === undefined) throw notFound('Volume', id);
    return volume;
  };
  const engine: FakeVolumeEngine = {
    kind: 'fake',
    volumes,
    backups,
    interrupt: () => undefined,
    async createVolume({ id, sizeBytes, source }) {
      await engine.interrupt('createVolume', id);
      if (source.kind === 'volume' || source.kind === 'snapshot') find(source.volumeId);
      if (!volumes.has(id)) volumes.set(id, { sizeBytes, source, snapshots: new Set() });
      await engine.interrupt('createdVolume', id);
    },
    async removeVolume(id) {
      await engine.interrupt('removeVolume', id);
      volumes.delete(id);
    },
    async growVolume(id, sizeBytes) {
      await engine.interrupt('growVolume', id);
      const volume = find(id);
      volume.sizeBytes = Math.max(volume.sizeBytes, sizeBytes);
    },
    async createSnapshot(volumeId, id) {
      await engine.interrupt('createSnapshot', id);
      find(volumeId).snapshots.add(id);
    },
    async removeSnapshot(volumeId, id) {
      await engine.interrupt('removeSnapshot', id);
      volumes.get(volumeId)?.snapshots.delete(id);
    },
    async revertToSnapshot(volumeId, id) {
      await engine.interrupt('revertToSnapshot', volumeId);
      if (!find(volumeId).snapshots.has(id)) throw notFound('Snapshot', id);
    },
    async createBackup({ id, source }) {
      await engine.interrupt('createBackup', id);
      const { snapshots } = find(source.volumeId);
      if (source.snapshotId !== null && !snapshots.has(source.snapshotId))
        throw notFound('Snapshot', source.snapshotId);
      backups.set(id, source.volumeId);
    },
    async removeBackup(id) {
      await engine.interrupt('removeBackup', id);
      backups.delete(id);
    },
    async restoreBackup(backupId, volumeId) {
      await engine.interrupt('restoreBackup', volumeId);
      if (!backups.has(backupId)) throw new Fault('notFound', 'There is no such backup.');
      find(volumeId).restored = backupId;
    },
    async exportVolume({ id, source }) {
      await engine.interrupt('exportVolume', id);
      find(source.volumeId);
      folder ??= mkdtempSync(`${tmpdir()}/volumes-`);
      writeFileSync(`${folder}/${id}`, Buffer.alloc(512));
      return { path: `${folder}/${id}` };
    },
    removeExport: async (id) => rmSync(`${folder}/${id}`, { force: true }),
    connectionOf: (id) => ({ path: `/volumes/${id}`, format: 'qcow2' }),
    inventory: async () => ({ volumes: [...volumes.keys()], backups: [...backups.keys()] }),
    capacity: async () => ({ totalBytes: 100 * 2 ** 30, freeBytes: 60 * 2 ** 30 }),
  };
  return engine;
}
