import type { VolumeStatus } from './volume.ts';

/** How far an attachment is; `detached` ones are gone. */
export type AttachStatus = 'reserved' | 'attaching' | 'attached' | 'detaching';

/** A volume's place at a server, or at whoever else asked for it. */
export interface AttachmentRecord {
  readonly id: string;
  readonly volumeId: string;
  readonly projectId: string;
  /** Null: reserved for nobody in particular (the legacy `os-reserve`). */
  readonly serverId: string | null;
  /** The host that opens it; null until it connects. */
  readonly hostName: string | null;
  /** `/dev/vdb` */
  readonly device: string | null;
  /** Made by the compute service: only it knows when the guest has let go, so only it may take it away. */
  readonly byCompute: boolean;
  readonly mode: 'rw' | 'ro';
  readonly status: AttachStatus;
  /** What the one who connects said of itself. */
  readonly connector: Readonly<Record<string, unknown>> | null;
  readonly createdAt: Date;
  readonly attachedAt: Date | null;
}

/** Statuses that follow from a volume's attachments. */
export const attachable: readonly VolumeStatus[] = ['available', 'reserved', 'attaching', 'in-use', 'detaching'];

/** What a volume is, given the attachments that it has. */
export function statusWith(attachments: readonly Pick<AttachmentRecord, 'status'>[]): VolumeStatus {
  const has = (status: AttachStatus) => attachments.some((attachment) => attachment.status === status);
  if (has('attached')) return 'in-use';
  if (has('detaching')) return 'detaching';
  if (has('attaching')) return 'attaching';
  return has('reserved') ? 'reserved' : 'available';
}
