import type { GuestScratchDisk } from '../ports.ts';
import type { ServerState } from './states.ts';

/** A size of server. */
export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** The root disk; 0: as large as the image. */
  readonly diskGiB: number;
  readonly ephemeralGiB: number;
  readonly swapMiB: number;
  readonly rxtxFactor: number;
  readonly isPublic: boolean;
  readonly description: string | null;
  readonly extraSpecs: Readonly<Record<string, string>>;
}

/** The disks that servers of the flavor have of the host beside the one that they start from, in the order of their names. */
export function scratchDisksOf({ ephemeralGiB, swapMiB }: Flavor): GuestScratchDisk[] {
  const disks = [
    { kind: 'ephemeral', sizeBytes: ephemeralGiB * 1024 ** 3 },
    { kind: 'swap', sizeBytes: swapMiB * 1024 ** 2 },
  ] as const;
  return disks.filter(({ sizeBytes }) => sizeBytes > 0);
}

/** What those take of the host. */
export function scratchGiB({ ephemeralGiB, swapMiB }: Flavor): number {
  return ephemeralGiB + Math.ceil(swapMiB / 1024);
}

/** A network card as asked for. Its port is ours to delete with the server, or was there before. */
export interface Nic {
  readonly portId: string;
  /** Null for a port that was there before. */
  readonly networkId: string | null;
  readonly fixedIp: string | null;
  readonly tag: string | null;
  readonly ours: boolean;
  /** Absent: the guest has it. */
  readonly state?: DeviceState;
}

/** On its way to the guest, or out of it. */
export type DeviceState = 'joining' | 'leaving';

/** What a volume of a server's is to be made from; all null: a blank one. */
export interface VolumeSource {
  readonly sizeGiB: number;
  readonly imageId: string | null;
  readonly snapshotId: string | null;
  readonly volumeType: string | null;
}

/** A volume at a server. */
export interface Attachment {
  /** Cinder's attachment has the same. */
  readonly id: string;
  readonly volumeId: string;
  /** `/dev/vdb`: as the API shows it. */
  readonly device: string;
  readonly tag: string | null;
  /** 0: the server starts from it. */
  readonly bootIndex: number | null;
  /** It goes with the server. */
  readonly deleteOnTermination: boolean;
  /** Not null for a volume that the server's build makes. */
  readonly source: VolumeSource | null;
  /** Absent: the guest has it. */
  readonly state?: DeviceState;
}

/** What a resized server was before, until that is confirmed. */
export interface ResizedFrom {
  readonly flavor: Flavor;
  readonly vmState: 'active' | 'stopped';
}

/** The system that a server is mended from. */
export interface RescueSystem {
  readonly image: ServerImage;
  readonly sealedAdminPass: string | null;
}

/** What a snapshot under way goes to. */
export interface SnapshotTask {
  readonly imageId: string;
  /** What the image is made with. */
  readonly image: {
    readonly name: string;
    readonly visibility: 'private';
    readonly diskFormat: 'qcow2' | 'raw';
    readonly containerFormat: 'bare';
    readonly minDisk: number;
    readonly minRam: number;
    readonly properties: Readonly<Record<string, string>>;
  };
  /** For backups: how many of that type are kept. */
  readonly backup?: { readonly type: string; readonly rotation: number };
}

/** The image under a server's disk, as it was at creation. */
export interface ServerImage {
  readonly id: string;
  readonly format: 'qcow2' | 'raw';
  readonly virtualSizeBytes: number;
}

/** Why a server is in error, as Nova shows it. */
export interface ServerFault {
  readonly code: number;
  readonly message: string;
  /** ISO 8601. */
  readonly created: string;
}

/** A server as the rest of the cloud sees it. */
export interface ServerRecord extends ServerState {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  /** Of the request that created it. */
  readonly requestId: string;
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly name: string;
  readonly description: string | null;
  readonly hostname: string;
  readonly flavor: Flavor;
  /** What its disks take of the host, those of its flavor beside the root disk included. */
  readonly diskGiB: number;
  readonly image: ServerImage | null;
  readonly keyName: string | null;
  readonly publicKey: string | null;
  /** Base64. */
  readonly userData: string | null;
  readonly configDrive: boolean;
  /** Sealed, until the guest has been told. */
  readonly sealedAdminPass: string | null;
  /** As the guest has set it, encrypted by it with the server's key; null: it has not. */
  readonly guestPassword: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly securityGroups: readonly string[];
  readonly nics: readonly Nic[];
  readonly volumes: readonly Attachment[];
  /** Some of its cards or volumes are not yet what the guest has. */
  readonly devicesPending: boolean;
  /** Raised by each rebuild. */
  readonly diskGeneration: number;
  /** What the disk lies over, when that is not `image`. */
  readonly diskImage: ServerImage | null;
  readonly resizedFrom: ResizedFrom | null;
  readonly rescue: RescueSystem | null;
  readonly snapshot: SnapshotTask | null;
  readonly serverGroupId: string | null;
  readonly availabilityZone: string | null;
  readonly accessIpV4: string | null;
  readonly accessIpV6: string | null;
  readonly diskConfig: 'AUTO' | 'MANUAL';
  readonly lockedBy: 'owner' | 'admin' | null;
  readonly lockedReason: string | null;
  readonly powerState: number;
  readonly fault: ServerFault | null;
  /** The host that it was placed on. */
  readonly host: string | null;
  readonly crashedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When it first became ACTIVE: it is metered from then until its deletion is accepted. */
  readonly launchedAt: Date | null;
  readonly terminatedAt: Date | null;
  readonly deletedAt: Date | null;
}

/** A host name out of any server name, as Nova makes it: RFC 1123 letters, at most 63. */
export function hostnameOf(name: string, id: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[ _.]+/g, '-')
    .replaceAll(/[^a-z0-9-]/g, '')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? `server-${id}` : plain;
}

/** The volume that the server starts from; undefined when it has a disk of its own. */
export function bootVolume({ volumes }: Pick<ServerRecord, 'volumes'>): Attachment | undefined {
  return volumes.find(({ bootIndex }) => bootIndex === 0);
}

/** An IPv6 address as everybody writes it (RFC 5952); what is none stays what it is. */
export function canonicalIpv6<T extends string | undefined>(address: T): T | string {
  if (address === undefined || !URL.canParse(`http://[${address}]/`)) return address;
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}
