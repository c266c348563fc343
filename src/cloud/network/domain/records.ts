import type { Ipv6Mode } from './ipv6.ts';
import type { AllocationPool } from './pools.ts';

/** What every resource of this service has. */
interface Standard {
  readonly id: string;
  readonly projectId: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** Counts the changes, also those of parts (a network's subnets, a group's rules). */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What the tags of a resource are changed by. */
export type Tagged = Pick<Standard, 'projectId' | 'tags'>;

export interface NetworkRecord extends Standard {
  readonly name: string;
  readonly adminStateUp: boolean;
  /** Every project may use it. */
  readonly shared: boolean;
  /** Leads outside: routers' gateways and floating IPs are on it, and every project sees it. */
  readonly external: boolean;
  readonly isDefault: boolean;
  /** Bytes. */
  readonly mtu: number;
  /** What its ports have unless they say otherwise. */
  readonly portSecurityEnabled: boolean;
  readonly networkType: string;
  readonly physicalNetwork: string | null;
  readonly segmentationId: number | null;
  readonly subnetIds: readonly string[];
  /** The address scopes of the pools that gave its subnets. */
  readonly ipv4AddressScopeId: string | null;
  readonly ipv6AddressScopeId: string | null;
  readonly qosPolicyId: string | null;
  /** With a dot at its end; empty when none was given. */
  readonly dnsDomain: string;
}

export interface HostRoute {
  readonly destination: string;
  readonly nexthop: string;
}

export interface SubnetRecord extends Standard {
  readonly name: string;
  readonly networkId: string;
  /** Whether its network is shared. */
  readonly shared: boolean;
  readonly ipVersion: 4 | 6;
  readonly cidr: string;
  readonly gatewayIp: string | null;
  readonly enableDhcp: boolean;
  readonly allocationPools: readonly AllocationPool[];
  readonly dnsNameservers: readonly string[];
  readonly hostRoutes: readonly HostRoute[];
  readonly ipv6RaMode: Ipv6Mode | null;
  readonly ipv6AddressMode: Ipv6Mode | null;
  readonly subnetPoolId: string | null;
  readonly serviceTypes: readonly string[];
}

/** Address blocks of which subnets are given theirs. */
export interface SubnetPoolRecord extends Standard {
  readonly name: string;
  readonly ipVersion: 4 | 6;
  readonly prefixes: readonly string[];
  readonly defaultPrefixLength: number;
  readonly minPrefixLength: number;
  readonly maxPrefixLength: number;
  readonly defaultQuota: number | null;
  readonly shared: boolean;
  readonly isDefault: boolean;
  readonly addressScopeId: string | null;
}

/** Subnet pools whose addresses mean one thing. */
export interface AddressScopeRecord extends Standard {
  readonly name: string;
  readonly ipVersion: 4 | 6;
  readonly shared: boolean;
}

export interface FixedIp {
  readonly subnetId: string;
  readonly ipAddress: string;
}

/** An address, or a block, with the MAC address under which the port may use it besides its own. */
export interface AddressPair {
  readonly ipAddress: string;
  readonly macAddress: string;
}

/** An option that DHCP gives this port; without value: it no longer does. */
export interface DhcpOption {
  /** dnsmasq's name, e.g. `bootfile-name`. */
  readonly name: string;
  readonly value: string | null;
  readonly ipVersion: 4 | 6;
}

/** `ACTIVE`: its data path is up; `N/A`: it only holds an address. */
export type PortStatus = 'ACTIVE' | 'DOWN' | 'N/A';

export interface PortRecord extends Standard {
  readonly name: string;
  readonly networkId: string;
  readonly adminStateUp: boolean;
  /** Lower case. */
  readonly mac: string;
  readonly status: PortStatus;
  /** The server, router… that uses it; empty when nothing does. */
  readonly deviceId: string;
  /** `compute:nova`, `network:router_interface`…; empty when nothing uses it. */
  readonly deviceOwner: string;
  /** The router of which it is a leg. */
  readonly routerId: string | null;
  readonly hostName: string | null;
  readonly vnicType: string;
  readonly bindingProfile: Readonly<Record<string, unknown>>;
  readonly portSecurityEnabled: boolean;
  readonly dnsName: string | null;
  readonly fixedIps: readonly FixedIp[];
  readonly securityGroupIds: readonly string[];
  readonly addressPairs: readonly AddressPair[];
  readonly dhcpOptions: readonly DhcpOption[];
  readonly qosPolicyId: string | null;
  /** Its network's, where it has none itself. */
  readonly qosNetworkPolicyId: string | null;
  /** Its network's. */
  readonly dnsDomain: string;
}

export type RbacObjectType = 'network' | 'security_group' | 'qos_policy' | 'subnetpool' | 'address_scope';
export type RbacAction = 'access_as_shared' | 'access_as_external';

/** Who else may use a thing, and as what. */
export interface RbacPolicyRecord {
  readonly id: string;
  readonly projectId: string;
  readonly objectType: RbacObjectType;
  readonly objectId: string;
  readonly action: RbacAction;
  /** `*`: everybody. */
  readonly targetProject: string;
}

export type QosRuleKind = 'bandwidth_limit' | 'dscp_marking';

export interface QosRuleRecord {
  readonly id: string;
  readonly kind: QosRuleKind;
  /** As the guest sees it. */
  readonly direction: Direction;
  readonly maxKbps: number | null;
  /** Kilobits that may go at once; 0: what the engine thinks right. */
  readonly maxBurstKbps: number | null;
  readonly dscpMark: number | null;
}

/** What ports are given of the network, and how their packets are marked. */
export interface QosPolicyRecord extends Standard {
  readonly name: string;
  readonly shared: boolean;
  readonly isDefault: boolean;
  readonly rules: readonly QosRuleRecord[];
}

export interface RouterRecord extends Standard {
  readonly name: string;
  readonly adminStateUp: boolean;
  /** The outside leg, if there is one. */
  readonly gateway: {
    readonly networkId: string;
    readonly portId: string;
    readonly enableSnat: boolean;
    readonly fixedIps: readonly FixedIp[];
  } | null;
  readonly routes: readonly HostRoute[];
}

export interface SecurityGroupRecord extends Standard {
  readonly name: string;
  readonly isDefault: boolean;
  readonly shared: boolean;
  readonly stateful: boolean;
  readonly rules: readonly SecurityGroupRuleRecord[];
}

export type Direction = 'ingress' | 'egress';
export type Ethertype = 'IPv4' | 'IPv6';

export interface SecurityGroupRuleRecord extends Standard {
  readonly securityGroupId: string;
  readonly direction: Direction;
  readonly ethertype: Ethertype;
  /** A name or a number as text; null means any. */
  readonly protocol: string | null;
  /** Ports, or ICMP type and code. */
  readonly portRangeMin: number | null;
  readonly portRangeMax: number | null;
  /** As it was given, and the block that it means. */
  readonly remoteIpPrefix: string | null;
  readonly normalizedCidr: string | null;
  readonly remoteGroupId: string | null;
}

export interface FloatingIpRecord extends Standard {
  readonly floatingNetworkId: string;
  readonly floatingPortId: string;
  readonly address: string;
  /** The port that it leads to as a whole, with which of its addresses, through which router; null together. */
  readonly fixedPortId: string | null;
  readonly fixedAddress: string | null;
  readonly routerId: string | null;
  /** What leads somewhere of a floating IP that leads nowhere as a whole. */
  readonly portForwardings: readonly Pick<
    PortForwardingRecord,
    'protocol' | 'externalPort' | 'internalPort' | 'internalAddress'
  >[];
  /** `ACTIVE`: the engine carries it. */
  readonly status: 'ACTIVE' | 'DOWN' | 'ERROR';
}

/** One port of a floating IP that leads to one port of a guest. */
export interface PortForwardingRecord {
  readonly id: string;
  readonly protocol: 'tcp' | 'udp';
  readonly externalPort: number;
  readonly internalPort: number;
  /** The Neutron port of the guest, and which of its addresses. */
  readonly internalPortId: string;
  readonly internalAddress: string;
  readonly routerId: string;
  readonly description: string;
}

/** A port with what a server's owner is shown of it. */
export interface PortView {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly networkId: string;
  readonly networkName: string;
  readonly mac: string;
  /** Bytes. */
  readonly mtu: number;
  readonly deviceId: string;
  readonly deviceOwner: string;
  readonly status: PortStatus;
  readonly fixedIps: readonly {
    readonly subnetId: string;
    readonly ipAddress: string;
    readonly cidr: string;
    readonly gatewayIp: string | null;
    readonly dnsNameservers: readonly string[];
    readonly hostRoutes: readonly HostRoute[];
    readonly enableDhcp: boolean;
    /** How the guest gets an IPv6 address; null: by hand. */
    readonly ipv6AddressMode: Ipv6Mode | null;
  }[];
  readonly floatingIps: readonly { readonly address: string; readonly fixedIp: string }[];
  readonly securityGroupNames: readonly string[];
}
