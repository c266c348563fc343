import type { Context } from '../../kernel/access/context.ts';
import type { ImageApi } from '../image/index.ts';
import type { ServerPort } from './domain/port.ts';

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
  listSecurityGroups(context: Context): Promise<readonly { readonly id: string; readonly name: string }[]>;
  createPort(
    context: Context,
    attributes: {
      readonly networkId: string;
      readonly deviceId: string;
      readonly deviceOwner: string;
      readonly fixedIps?: readonly { readonly ipAddress: string }[];
      readonly securityGroupIds?: readonly string[];
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
  /** The ports of these servers. */
  listPorts(context: Context, filter: { readonly deviceId: readonly string[] }): Promise<readonly ServerPort[]>;
}

/** What compute asks of the image service. */
export type ServerImages = Pick<ImageApi, 'getImage' | 'localPath' | 'holdImage' | 'releaseImage'>;
