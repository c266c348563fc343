export type BackupStatus = 'creating' | 'available' | 'deleting' | 'restoring' | 'error' | 'error_deleting';

/** What a volume restored from a backup is given. */
export interface VolumeFacts {
  readonly name: string | null;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly imageMetadata: Readonly<Record<string, string>> | null;
  readonly bootable: boolean;
}

/** A copy of a volume, or of one of its snapshots, that outlives both. */
export interface BackupRecord {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly requestId: string;
  readonly volumeId: string;
  readonly snapshotId: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly container: string | null;
  readonly sizeGiB: number;
  readonly status: BackupStatus;
  readonly failReason: string | null;
  readonly availabilityZone: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly volumeFacts: VolumeFacts;
  /** The volume that it is being restored to, while it is. */
  readonly restoreTo: string | null;
  /** The backup whose bytes these are: its own, unless it was imported. */
  readonly dataId: string;
  readonly dataTimestamp: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
  readonly deletedAt: Date | null;
}
