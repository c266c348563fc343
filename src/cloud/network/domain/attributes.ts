import type { AllocationPool } from './pools.ts';
import type { Direction, FixedIp, HostRoute } from './records.ts';

/** What may be said of resources at their creation; what is absent takes Neutron's default. */
export interface NetworkAttributes {
  /** Only an administrator may name another project than its own. */
  readonly projectId?: string;
  readonly name?: string;
  readonly description?: string;
  readonly adminStateUp?: boolean;
  readonly shared?: boolean;
  readonly external?: boolean;
  readonly isDefault?: boolean;
  /** Bytes, 68 to 65535. */
  readonly mtu?: number;
  readonly portSecurityEnabled?: boolean;
  readonly networkType?: string;
  readonly physicalNetwork?: string | null;
  readonly segmentationId?: number | null;
}

export type NetworkChanges = Omit<
  NetworkAttributes,
  'projectId' | 'networkType' | 'physicalNetwork' | 'segmentationId'
>;

export interface SubnetAttributes {
  readonly projectId?: string;
  readonly networkId: string;
  readonly name?: string;
  readonly description?: string;
  readonly ipVersion?: number;
  readonly cidr: string;
  /** Absent: the subnet's first address; null: none. */
  readonly gatewayIp?: string | null;
  readonly enableDhcp?: boolean;
  readonly allocationPools?: readonly AllocationPool[];
  readonly dnsNameservers?: readonly string[];
  readonly hostRoutes?: readonly HostRoute[];
}

export type SubnetChanges = Omit<SubnetAttributes, 'projectId' | 'networkId' | 'ipVersion' | 'cidr'>;

/** A subnet, an address, or both; an address alone is looked for in the network's subnets. */
export type WantedIp = Partial<FixedIp>;

export interface PortAttributes {
  readonly projectId?: string;
  readonly networkId: string;
  readonly name?: string;
  readonly description?: string;
  readonly adminStateUp?: boolean;
  readonly mac?: string;
  readonly deviceId?: string;
  readonly deviceOwner?: string;
  /** Absent: one address of one of the network's subnets. */
  readonly fixedIps?: readonly WantedIp[];
  /** Absent: the project's default group, where port security is on. */
  readonly securityGroupIds?: readonly string[];
  readonly portSecurityEnabled?: boolean;
  readonly hostName?: string | null;
  readonly vnicType?: string;
  readonly bindingProfile?: Readonly<Record<string, unknown>>;
  /** The name that DHCP and DNS give the guest. */
  readonly dnsName?: string | null;
}

export type PortChanges = Omit<PortAttributes, 'projectId' | 'networkId'>;

export interface GatewayAttributes {
  readonly networkId: string;
  readonly enableSnat?: boolean;
  readonly fixedIps?: readonly WantedIp[];
}

export interface RouterAttributes {
  readonly projectId?: string;
  readonly name?: string;
  readonly description?: string;
  readonly adminStateUp?: boolean;
  readonly gateway?: GatewayAttributes | null;
}

export interface RouterChanges extends Omit<RouterAttributes, 'projectId'> {
  readonly routes?: readonly HostRoute[];
}

/** One of both, or both when they name the same. */
export interface RouterInterfaceAttributes {
  readonly subnetId?: string;
  readonly portId?: string;
}

export interface SecurityGroupAttributes {
  readonly projectId?: string;
  readonly name: string;
  readonly description?: string;
  readonly stateful?: boolean;
}

export type SecurityGroupChanges = Partial<Omit<SecurityGroupAttributes, 'projectId'>>;

export interface SecurityGroupRuleAttributes {
  readonly projectId?: string;
  readonly securityGroupId: string;
  readonly direction: Direction;
  /** `IPv4` unless said. */
  readonly ethertype?: string;
  readonly protocol?: string | null;
  readonly portRangeMin?: number | null;
  readonly portRangeMax?: number | null;
  readonly remoteIpPrefix?: string | null;
  readonly remoteGroupId?: string | null;
  readonly description?: string;
}

export interface FloatingIpAttributes {
  readonly projectId?: string;
  readonly floatingNetworkId: string;
  readonly description?: string;
  /** Only an administrator may choose the address. */
  readonly address?: string;
  /** The external subnet to take the address from. */
  readonly subnetId?: string;
  readonly portId?: string | null;
  readonly fixedAddress?: string | null;
}

export interface FloatingIpChanges {
  readonly description?: string;
  /** Absent: stays; null: leads nowhere any more. */
  readonly portId?: string | null;
  readonly fixedAddress?: string | null;
}
