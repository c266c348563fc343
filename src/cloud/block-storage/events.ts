import { emit, type Tx } from '../../kernel/store/index.ts';
import type { VolumeRecord } from './domain/volume.ts';
import { attachmentsOf } from './store/attachments.ts';

/**
 * What happened to a volume, for metering and whoever else wants to know (`andromede.volume.volume.WHAT.v1`): `created` when
 * it is there; `extended` when it is larger; `transferred` when it is another project's; `deleted` when its deletion is
 * accepted. A volume is metered by its GiB in [createdAt of `created`, at of `deleted`).
 */
export type VolumeEvent = 'created' | 'extended' | 'transferred' | 'deleted';

/** The `data` of these events; times are ISO 8601 in UTC. */
export interface VolumeEventData {
  readonly volumeId: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly volumeType: string;
  readonly sizeGiB: number;
  /** The servers that have it. */
  readonly serverIds: readonly string[];
  /** The instant at which it happened. */
  readonly at: string;
}

/** Emits the event in the transaction that makes it true; `volume` is as that transaction leaves it. */
export async function emitVolume(tx: Tx, what: VolumeEvent, volume: VolumeRecord, at: Date): Promise<void> {
  const attachments = await attachmentsOf(tx, [volume.id]);
  const data: VolumeEventData = {
    volumeId: volume.id,
    projectId: volume.projectId,
    userId: volume.userId,
    name: volume.name,
    metadata: volume.metadata,
    volumeType: volume.typeName,
    sizeGiB: volume.sizeGiB,
    serverIds: attachments.flatMap(({ serverId }) => serverId ?? []),
    at: at.toISOString(),
  };
  await emit(tx, { type: `andromede.volume.volume.${what}.v1`, subject: volume.id, time: at, data });
}
