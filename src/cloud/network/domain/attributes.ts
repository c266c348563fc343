import type { Ipv6Mode } from './ipv6.ts';
import type { AllocationPool } from './pools.ts';
import type { AddressPair, DhcpOption, Direction, FixedIp, HostRoute, RbacAction, RbacObjectType } from './records.ts';

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
  /** The domain of its ports' names, e.g. `example.org.` */
  readonly dnsDomain?: string;
  /** Absent: the project's default policy. */
  readonly qosPolicyId?: string | null;
}

export interface RbacPolicyAttributes {
  readonly projectId?: string;
  readonly objectType: RbacObjectType;
  readonly objectId: string;
  readonly action: RbacAction;
  /** `*`: everybody. */
  readonly targetProject: string;
}

export interface QosPolicyAttributes {
  readonly projectId?: string;
  readonly name?: string;
  readonly description?: string;
  readonly shared?: boolean;
  readonly isDefault?: boolean;
}

export type QosPolicyChanges = Omit<QosPolicyAttributes, 'projectId'>;

export interface QosRuleAttributes {
  /** As the guest sees it; `egress` unless said. */
  readonly direction?: Direction;
  readonly maxKbps?: number;
  readonly maxBurstKbps?: number;
  readonly dscpMark?: number;
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
  /** Absent: a subnet pool gives one. */
  readonly cidr?: string;
  readonly subnetPoolId?: string;
  /** Of the pool that is the default for `ipVersion`. */
  readonly useDefaultPool?: boolean;
  /** Length of the block that the pool gives; its default length, when absent. */
  readonly prefixLength?: number;
  readonly ipv6RaMode?: Ipv6Mode | null;
  readonly ipv6AddressMode?: Ipv6Mode | null;
  /** Absent: the subnet's first address; null: none. */
  readonly gatewayIp?: string | null;
  readonly enableDhcp?: boolean;
  readonly allocationPools?: readonly AllocationPool[];
  readonly dnsNameservers?: readonly string[];
  readonly hostRoutes?: readonly HostRoute[];
  /** Only ports whose device owner is one of these are given addresses of it unasked; empty: all. */
  readonly serviceTypes?: readonly string[];
}

export type SubnetChanges = Pick<
  SubnetAttributes,
  | 'name'
  | 'description'
  | 'gatewayIp'
  | 'enableDhcp'
  | 'allocationPools'
  | 'dnsNameservers'
  | 'hostRoutes'
  | 'serviceTypes'
>;

export interface SubnetPoolAttributes {
  readonly projectId?: string;
  readonly name?: string;
  readonly description?: string;
  readonly prefixes: readonly string[];
  readonly defaultPrefixLength?: number;
  readonly minPrefixLength?: number;
  readonly maxPrefixLength?: number;
  /** What one project may take: IPv4 in addresses, IPv6 in blocks of /64; null: no limit. */
  readonly defaultQuota?: number | null;
  readonly shared?: boolean;
  readonly isDefault?: boolean;
  readonly addressScopeId?: string | null;
}

export type SubnetPoolChanges = Partial<Omit<SubnetPoolAttributes, 'projectId' | 'shared'>>;

export interface AddressScopeAttributes {
  readonly projectId?: string;
  readonly name?: string;
  readonly ipVersion: 4 | 6;
  readonly shared?: boolean;
}

export type AddressScopeChanges = Pick<AddressScopeAttributes, 'name' | 'shared'>;

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
  /** Absent: an address of each IP version that the network has subnets of. */
  readonly fixedIps?: readonly WantedIp[];
  /** Absent: the project's default group, where port security is on. */
  readonly securityGroupIds?: readonly string[];
  readonly portSecurityEnabled?: boolean;
  /** A pair without MAC address is for the port's own. */
  readonly addressPairs?: readonly (Omit<AddressPair, 'macAddress'> & { readonly macAddress?: string })[];
  readonly dhcpOptions?: readonly DhcpOption[];
  /** Absent or null: its network's. */
  readonly qosPolicyId?: string | null;
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

export interface PortForwardingAttributes {
  readonly protocol: 'tcp' | 'udp';
  readonly externalPort: number;
  readonly internalPort: number;
  readonly internalPortId: string;
  /** Absent: the port's only one. */
  readonly internalAddress?: string;
  readonly description?: string;
}

export interface FloatingIpChanges {
  readonly description?: string;
  /** Absent: stays; null: leads nowhere any more. */
  readonly portId?: string | null;
  readonly fixedAddress?: string | null;
}
