import type { Context } from '../../kernel/access/context.ts';
import type { Tx } from '../../kernel/store/index.ts';
import type { BlockStorageApi } from '../block-storage/index.ts';
import type { ImageApi } from '../image/index.ts';
import type { NetworkApi } from '../network/index.ts';
import type { PlacementApi } from '../placement/index.ts';
import type { ServerPort } from './domain/port.ts';
import type { VolumeConnection } from './ports.ts';

export type { ServerPort } from './domain/port.ts';

/** What compute asks of the network service; every call repeated with the same arguments changes nothing more. */
export interface ServerNetworks {
  /** The network, if the caller may use it; `notFound` otherwise. */
  getNetwork(context: Context, id: string): Promise<{ readonly id: string; readonly name: string }>;
  getPort(
    context: Context,
    id: string,
  ): Promise<{ readonly id: string; readonly deviceId: string; readonly fixedIps: readonly unknown[] }>;
  /** What a server is given when it names no network: none, one, or several, between which the caller must choose. */
  defaultNetworks(context: Context): Promise<readonly { readonly id: string; readonly name: string }[]>;
  /** The network that the network service makes for the project by itself; 409 when it lacks what that needs. */
  ensureAutoNetwork(context: Context): Promise<{ readonly id: string }>;
  listSecurityGroups(context: Context): Promise<readonly { readonly id: string; readonly name: string }[]>;
  createPort(
    context: Context,
    attributes: {
      readonly networkId: string;
      readonly deviceId: string;
      readonly deviceOwner: string;
      readonly fixedIps?: readonly { readonly ipAddress: string }[];
      readonly securityGroupIds?: readonly string[];
      readonly hostName?: string;
      readonly dnsName?: string;
    },
    options: { readonly id: string },
  ): Promise<unknown>;
  /** Says which server and host the port is on. */
  bindPort(
    context: Context,
    id: string,
    binding: {
      readonly deviceId: string;
      readonly deviceOwner: string;
      readonly hostName: string;
      /** The guest's name for DHCP and DNS. */
      readonly dnsName?: string;
    },
  ): Promise<unknown>;
  /** Takes it back; a port that is not there is fine. */
  unbindPort(context: Context, id: string): Promise<unknown>;
  /** A port that is not there is fine. */
  deletePort(context: Context, id: string): Promise<unknown>;
  /** The port that has the address on the network, whoever's; undefined: none. */
  portAt(networkId: string, address: string): Promise<{ readonly id: string; readonly deviceId: string } | undefined>;
  /** The ports of these servers. */
  listPorts(context: Context, filter: { readonly deviceId: readonly string[] }): Promise<readonly ServerPort[]>;
  /** By server: a text that is another whenever `listPorts` would show something else of its ports. */
  portVersions(deviceIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** What compute asks of the image service. */
export type ServerImages = Pick<
  ImageApi,
  ('getImage' | 'listImages' | 'createImage' | 'deleteImage' | 'adopt') | ('localPath' | 'holdImage' | 'releaseImage')
>;

/** What compute asks of the placement service. */
export type ServerPlacement = Pick<PlacementApi, 'upsertProvider' | 'claim' | 'release' | 'replace' | 'unplaced'>;

/** A volume as a server needs it. */
export interface ServerVolume {
  readonly id: string;
  readonly sizeGiB: number;
  /** Cinder's: `creating`, `available`, `reserved`, `in-use`, `error`, … */
  readonly status: string;
  /** It holds an image: a server can start from it. */
  readonly bootable: boolean;
  /** Several servers may have it at once. */
  readonly multiattach: boolean;
  /** The image that it was made from, and what that asks of a server; null: none. */
  readonly image: { readonly id: string; readonly minRam: number; readonly minDisk: number } | null;
}

/** A volume's place at a server: Cinder's attachment. */
export interface ServerVolumeAttachment {
  /** Chosen by compute, so that a repeat makes no second one. */
  readonly id: string;
  readonly volumeId: string;
  readonly serverId: string;
  /** `/dev/vdb` */
  readonly device: string;
}

/**
 * What compute asks of the block storage service. Volumes are looked up as the caller sees them. What takes a `tx` happens
 * in compute's transaction; every other call repeated with the same arguments changes nothing more.
 */
export interface ServerVolumes {
  /** `notFound` when the caller may not know of it. */
  getVolume(context: Context, id: string): Promise<ServerVolume>;
  /** The same of a snapshot. */
  getSnapshot(context: Context, id: string): Promise<{ readonly id: string; readonly sizeGiB: number }>;
  /** Begins to make a volume: blank, of an image, or of a snapshot. Repeated with the same id, it answers what exists. */
  createVolume(
    context: Context,
    attributes: {
      readonly sizeGiB: number;
      readonly name?: string;
      readonly imageId?: string;
      readonly snapshotId?: string;
      readonly volumeType?: string;
    },
    options: { readonly id: string },
  ): Promise<ServerVolume>;
  /** A volume that is not there is fine. */
  deleteVolume(context: Context, id: string): Promise<unknown>;
  /** The volume is this server's to be: `reserved`. 400 says which status stands in the way. */
  reserve(tx: Tx, context: Context, attachment: ServerVolumeAttachment): Promise<void>;
  /** The volume's disk as `hostName` opens it. 404 when the attachment is not there (any more). */
  connect(
    context: Context,
    attachmentId: string,
    hostName: string,
  ): Promise<Omit<VolumeConnection, 'driver'> & { readonly readOnly: boolean }>;
  /** The server has it, be it without a guest: `in-use`. */
  complete(context: Context, attachmentId: string): Promise<unknown>;
  /** The server is about to let go of it: `detaching`. */
  beginDetaching(tx: Tx, context: Context, attachmentId: string): Promise<void>;
  /** The guest does not have it (any more): `available` again. An attachment that is not there is fine. */
  release(context: Context, attachmentId: string): Promise<unknown>;
}

/** The services whose resources Nova's API also shows: until 2.36 all, the addresses of servers until 2.44. */
export interface Proxied {
  readonly network: Pick<
    NetworkApi,
    | ('getPort' | 'updatePort' | 'listNetworks' | 'getNetwork' | 'listSubnets')
    | ('listFloatingIps' | 'getFloatingIp' | 'createFloatingIp' | 'updateFloatingIp' | 'deleteFloatingIp')
    | ('listSecurityGroups' | 'getSecurityGroup' | 'createSecurityGroup' | 'updateSecurityGroup')
    | ('deleteSecurityGroup' | 'createSecurityGroupRule' | 'getSecurityGroupRule' | 'deleteSecurityGroupRule')
  >;
  readonly image: Pick<ImageApi, 'getImage' | 'listImages' | 'deleteImage' | 'patchImage'>;
  readonly volume: Pick<
    BlockStorageApi,
    | ('getVolume' | 'listVolumes' | 'attachmentsOf' | 'createVolume' | 'deleteVolume')
    | ('getSnapshot' | 'listSnapshots' | 'createSnapshot' | 'deleteSnapshot')
  >;
}
