/**
 * What an engine must do to keep volumes. Callers repeat freely, so every method is idempotent: what is there already, or
 * gone already, is fine. What an engine made is whole or not there, whatever line it was killed at.
 */

/** What a new volume begins with. */
export type VolumeSource =
  | { readonly kind: 'blank' }
  /** An image file of this cloud, by absolute path, and what its content was recognised as. */
  | { readonly kind: 'image'; readonly path: string; readonly format: 'qcow2' | 'raw' }
  /** Another volume as it is now, at rest. */
  | { readonly kind: 'volume'; readonly volumeId: string }
  | { readonly kind: 'snapshot'; readonly volumeId: string; readonly snapshotId: string }
  | { readonly kind: 'backup'; readonly backupId: string };

/** What a copy is made of: a volume at rest, or one of its snapshots, whatever is done to the volume. */
export interface CopySource {
  readonly volumeId: string;
  readonly snapshotId: string | null;
}

/** Where a volume's bytes are, for the host that opens it. */
export interface VolumeConnection {
  /** Absolute path on that host. */
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
}

export interface VolumeEngine {
  /** The backend's name, as pools and services show it, e.g. `local-disk`. */
  readonly kind: string;
  /** Makes the volume, never smaller than its source. `unprocessable` when the source is not fit or larger than `sizeBytes`. */
  createVolume(volume: {
    readonly id: string;
    readonly sizeBytes: number;
    readonly source: VolumeSource;
  }): Promise<void>;
  /** Removes the volume and its snapshots. */
  removeVolume(id: string): Promise<void>;
  /** Grows the volume, at rest; one that is as large already stays. */
  growVolume(id: string, sizeBytes: number): Promise<void>;
  /** Keeps the volume as it is now under the snapshot's id; of one that a guest has open, what a power cut would have left. */
  createSnapshot(volumeId: string, snapshotId: string): Promise<void>;
  /** Also while a guest has the volume open. */
  removeSnapshot(volumeId: string, snapshotId: string): Promise<void>;
  /** Makes the volume, at rest, what it was when the snapshot was made. */
  revertToSnapshot(volumeId: string, snapshotId: string): Promise<void>;
  /** Copies to a place of its own, which outlives the volume. */
  createBackup(backup: { readonly id: string; readonly source: CopySource }): Promise<void>;
  removeBackup(id: string): Promise<void>;
  /** Replaces the content of a volume, at rest, by a backup's; the volume is as large or larger. */
  restoreBackup(backupId: string, volumeId: string): Promise<void>;
  /** Writes a copy to a file that this process may read, answers its path; `removeExport` when it has been read. */
  exportVolume(copy: {
    readonly id: string;
    readonly source: CopySource;
    readonly format: 'raw' | 'qcow2' | 'vmdk' | 'vdi';
  }): Promise<{ readonly path: string }>;
  removeExport(id: string): Promise<void>;
  connectionOf(id: string): VolumeConnection;
  /** The ids of everything that is here. */
  inventory(): Promise<{ readonly volumes: readonly string[]; readonly backups: readonly string[] }>;
  /** Bytes of this backend. */
  capacity(): Promise<{ readonly totalBytes: number; readonly freeBytes: number }>;
}
