import { emit, type Tx } from '../../kernel/store/index.ts';
import type { ServerRecord } from './domain/server.ts';

/**
 * What happened to a server, for metering and whoever else wants to know (`andromede.compute.server.WHAT.v1`):
 * `created` when the request is accepted; `started` whenever it becomes ACTIVE; `stopped` whenever it becomes SHUTOFF or SHELVED;
 * `resized` when another flavor is confirmed; `deleted` when its deletion is accepted. A server is metered in [launchedAt, deleted.at): from the first `started`,
 * running or not, until `deleted`. One that never became ACTIVE has no `launchedAt` and costs nothing.
 */
export type ServerEvent = 'created' | 'started' | 'stopped' | 'resized' | 'deleted';

/** The `data` of these events; times are ISO 8601 in UTC. */
export interface ServerEventData {
  readonly serverId: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly flavorId: string;
  readonly flavorName: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  readonly imageId: string | null;
  /** The instant at which it happened. */
  readonly at: string;
  /** The instant from which it is metered; null: not yet. */
  readonly launchedAt: string | null;
}

/** Emits the event in the transaction that makes it true; `server` is as that transaction leaves it. */
export async function emitServer(tx: Tx, what: ServerEvent, server: ServerRecord, at: Date): Promise<void> {
  const data: ServerEventData = {
    serverId: server.id,
    projectId: server.projectId,
    userId: server.userId,
    name: server.name,
    metadata: server.metadata,
    flavorId: server.flavor.id,
    flavorName: server.flavor.name,
    vcpus: server.flavor.vcpus,
    memoryMiB: server.flavor.memoryMiB,
    diskGiB: server.diskGiB,
    imageId: server.image?.id ?? null,
    at: at.toISOString(),
    launchedAt: server.launchedAt?.toISOString() ?? null,
  };
  await emit(tx, { type: `andromede.compute.server.${what}.v1`, subject: server.id, time: at, data });
}
