import type { Clock } from '../../../kernel/base/clock.ts';
import type { Sealer } from '../../../kernel/base/sealing.ts';
import type { Store } from '../../../kernel/store/index.ts';
import type { Work } from '../../../kernel/work/index.ts';
import type { Proxied, ServerImages, ServerNetworks, ServerVolumes } from '../collaborators.ts';
import type { Room } from '../work/room.ts';

/** What a project may have at most; -1: as much as it likes. */
export interface ComputeQuota {
  readonly instances: number;
  readonly cores: number;
  /** MiB. */
  readonly ram: number;
  readonly keyPairs: number;
  readonly metadataItems: number;
  readonly serverGroups: number;
  readonly serverGroupMembers: number;
}

/** Nova's defaults. */
export const defaultQuota: ComputeQuota = {
  instances: 10,
  cores: 20,
  ram: 51_200,
  keyPairs: 100,
  metadataItems: 128,
  serverGroups: 10,
  serverGroupMembers: 10,
};

/** What the operations of this service work with. */
export interface ComputeSettings {
  readonly store: Store;
  readonly work: Work;
  readonly clock: Clock;
  readonly networks: ServerNetworks;
  readonly images: ServerImages;
  readonly proxied: Proxied;
  /** Undefined in a cloud without block storage. */
  readonly volumes: ServerVolumes | undefined;
  /** Seals initial passwords while they wait for their guest. */
  readonly sealer: Sealer;
  readonly hostName: string;
  readonly room: Room;
  /** The one availability zone. */
  readonly zone: string;
  /** Unless an administrator has said otherwise. */
  readonly quota: ComputeQuota;
}
