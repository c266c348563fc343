import type { VolumeEngine } from '../../cloud/block-storage/ports.ts';
import type { HostLink } from '../../kernel/hostlink/protocol.ts';
import { volumePath } from './volumes.ts';

/** Volumes as files of the host at the other end of `link`. */
export function localDiskVolumes(link: HostLink, dataDir: string): VolumeEngine {
  const call = async (operation: string, args: unknown) => void (await link.call(operation, args));
  return {
    kind: 'local-disk',
    createVolume: (volume) => call('volume.create', volume),
    removeVolume: (id) => call('volume.remove', { id }),
    growVolume: (id, sizeBytes) => call('volume.grow', { id, sizeBytes }),
    createSnapshot: (volumeId, snapshotId) => call('volume.snapshot', { volumeId, snapshotId }),
    removeSnapshot: (volumeId, snapshotId) => call('volume.removeSnapshot', { volumeId, snapshotId }),
    revertToSnapshot: (volumeId, snapshotId) => call('volume.revert', { volumeId, snapshotId }),
    createBackup: (backup) => call('backup.create', backup),
    removeBackup: (id) => call('backup.remove', { id }),
    restoreBackup: (backupId, volumeId) => call('backup.restore', { backupId, volumeId }),
    exportVolume: (copy) => link.call('volume.export', copy),
    removeExport: (id) => call('volume.removeExport', { id }),
    connectionOf: (id) => ({ path: volumePath(dataDir, id), format: 'qcow2' }),
    inventory: () => link.call('volume.inventory', {}),
    capacity: () => link.call('volume.capacity', {}),
  };
}
