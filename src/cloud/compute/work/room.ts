import { derivedId } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import type { ServerPlacement } from '../collaborators.ts';
import type { Overcommit } from '../domain/placement.ts';
import type { ServerRecord } from '../domain/server.ts';
import type { Hypervisor } from '../ports.ts';

/** What of a server says how much room it takes. */
export type Sized = Pick<ServerRecord, 'id' | 'projectId' | 'userId' | 'flavor' | 'resizedFrom' | 'diskGiB'>;

/** Room on the host, as the placement service accounts for it: the host is a provider, each server on it a consumer. */
export interface Room {
  /** Takes what the server needs; false when the host has not that much left. */
  take(tx: Tx, server: Sized): Promise<boolean>;
  /** Takes what the server needs now instead of what it had; 409 when there is no room for that. */
  change(connection: Connection | Tx, server: Sized): Promise<void>;
  /** Gives back all that it has; a server that has nothing is fine. */
  giveBack(tx: Tx, serverId: string): Promise<void>;
  /** Tells placement what the host has. */
  register(): Promise<void>;
  /** Those of the servers that have no room of which placement knows: it was not asked before 2026-11-25. */
  without(serverIds: readonly string[]): Promise<string[]>;
}

export interface RoomOptions {
  readonly placement: ServerPlacement;
  readonly hypervisor: Pick<Hypervisor, 'capacity'>;
  readonly hostName: string;
  readonly overcommit: Overcommit;
}

export function roomOn({ placement, hypervisor, hostName, overcommit }: RoomOptions): Room {
  const provider = derivedId('compute.host', hostName);
  let told = '';
  return {
    async take(tx, server) {
      const { id, projectId, userId } = server;
      const wanted = { consumer: id, projectId, userId, resources: resourcesOf(server), among: [provider] };
      return (await placement.claim(wanted, tx)) !== undefined;
    },
    change: (connection, server) => placement.replace(server.id, provider, resourcesOf(server), connection),
    giveBack: (tx, serverId) => placement.release(serverId, tx),
    without: (serverIds) => placement.unplaced(serverIds),
    async register() {
      const { vcpus, memoryMiB, diskGiB } = await hypervisor.capacity();
      const inventories = {
        VCPU: { total: vcpus, allocation_ratio: overcommit.vcpus },
        MEMORY_MB: { total: memoryMiB, allocation_ratio: overcommit.memory },
        DISK_GB: { total: diskGiB, allocation_ratio: overcommit.disk },
      };
      const now = JSON.stringify(inventories);
      if (now === told) return;
      await placement.upsertProvider({ uuid: provider, name: hostName, inventories });
      told = now;
    },
  };
}

/** The larger of both flavors while a resize is not confirmed. A server that starts from a volume has no disk of the host's. */
function resourcesOf({ flavor, resizedFrom, diskGiB }: Sized): Record<string, number> {
  const before = resizedFrom?.flavor;
  return {
    MEMORY_MB: Math.max(flavor.memoryMiB, before?.memoryMiB ?? 0),
    VCPU: Math.max(flavor.vcpus, before?.vcpus ?? 0),
    ...(diskGiB === 0 ? {} : { DISK_GB: diskGiB }),
  };
}
