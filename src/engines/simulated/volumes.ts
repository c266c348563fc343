import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { VolumeEngine } from '../../cloud/block-storage/ports.ts';
import { Fault, notFound } from '../../kernel/base/errors.ts';
import { type Effect, Effects, passBefore, readEffects, type SimulationOptions } from './effects.ts';

interface World {
  readonly volumes: Map<string, { sizeBytes: number; snapshots: Set<string> }>;
  readonly backups: Set<string>;
}

const totalBytes = 1e15;

/** Volumes that are entries of a table: as many and as large as a test wants. */
export function simulatedVolumeEngine(options: SimulationOptions = {}): VolumeEngine {
  const effects = new Effects(options);
  const world: World = { volumes: new Map(), backups: new Set() };
  for (const effect of readEffects(options.dir)) replay(world, effect);
  let exportsDir: string | undefined;

  async function act(condition: boolean, effect: string, id: string, facts: object = {}): Promise<void> {
    await passBefore(options, effect, id);
    if (condition) replay(world, effects.record(effect, id, facts));
  }
  function volume(id: string) {
    const found = world.volumes.get(id);
    if (found === undefined) throw notFound('Volume', id);
    return found;
  }
  function pathOf(id: string): string {
    exportsDir ??= options.dir === undefined ? mkdtempSync(`${tmpdir()}/simulated-`) : `${options.dir}/exports`;
    mkdirSync(exportsDir, { recursive: true });
    return `${exportsDir}/${id}`;
  }

  return {
    kind: 'simulated',
    async createVolume({ id, sizeBytes, source }) {
      if (world.volumes.has(id)) return;
      if (source.kind === 'snapshot' && !volume(source.volumeId).snapshots.has(source.snapshotId)) {
        throw notFound('Snapshot', source.snapshotId);
      }
      if (source.kind === 'volume' && volume(source.volumeId).sizeBytes > sizeBytes) {
        throw new Fault('unprocessable', 'The volume is too small for its source.');
      }
      await act(true, 'volume.create', id, { sizeBytes });
    },
    removeVolume: (id) => act(world.volumes.has(id), 'volume.remove', id),
    growVolume: (id, sizeBytes) => act(volume(id).sizeBytes < sizeBytes, 'volume.grow', id, { sizeBytes }),
    createSnapshot: (volumeId, id) =>
      act(!volume(volumeId).snapshots.has(id), 'volume-snapshot.create', id, { volumeId }),
    removeSnapshot: (volumeId, id) =>
      act(world.volumes.get(volumeId)?.snapshots.has(id) === true, 'volume-snapshot.remove', id, { volumeId }),
    revertToSnapshot: (volumeId, snapshotId) => act(true, 'volume.revert', volumeId, { snapshotId }),
    async createBackup({ id, source }) {
      const { snapshots } = volume(source.volumeId);
      if (source.snapshotId !== null && !snapshots.has(source.snapshotId))
        throw notFound('Snapshot', source.snapshotId);
      await act(!world.backups.has(id), 'volume-backup.create', id);
    },
    removeBackup: (id) => act(world.backups.has(id), 'volume-backup.remove', id),
    async restoreBackup(backupId, volumeId) {
      volume(volumeId);
      if (!world.backups.has(backupId)) throw notFound('Backup', backupId);
      await act(true, 'volume.restore', volumeId, { backupId });
    },
    async exportVolume({ id, source }) {
      volume(source.volumeId);
      await passBefore(options, 'volume.export', id);
      writeFileSync(pathOf(id), Buffer.alloc(512));
      return { path: pathOf(id) };
    },
    removeExport: async (id) => rmSync(pathOf(id), { force: true }),
    connectionOf: (id) => ({ path: `/simulated/volumes/${id}`, format: 'raw' }),
    inventory: async () => ({ volumes: [...world.volumes.keys()], backups: [...world.backups] }),
    capacity: async () => ({ totalBytes, freeBytes: totalBytes }),
  };
}

/** What the world is like after one more effect. Effects of other engines in the same journal change nothing here. */
function replay(world: World, { effect, id, ...facts }: Effect): void {
  const { sizeBytes, volumeId } = facts as { sizeBytes?: number; volumeId?: string };
  if (effect === 'volume.create') world.volumes.set(id, { sizeBytes: sizeBytes ?? 0, snapshots: new Set() });
  if (effect === 'volume.remove') world.volumes.delete(id);
  const volume = world.volumes.get(volumeId ?? id);
  if (effect === 'volume.grow' && volume !== undefined) volume.sizeBytes = sizeBytes ?? 0;
  if (effect === 'volume-snapshot.create') volume?.snapshots.add(id);
  if (effect === 'volume-snapshot.remove') volume?.snapshots.delete(id);
  if (effect === 'volume-backup.create') world.backups.add(id);
  if (effect === 'volume-backup.remove') world.backups.delete(id);
}
