/**
 * What an engine must do to carry packets. Each `apply…` states the whole desired state of one thing and is
 * idempotent: creates, changes or leaves alone. Each `remove…` of a thing that is not there does nothing. Calls resolve
 * when the intent is recorded by the engine (OVN: committed to its northbound database).
 */

export interface NetworkIntent {
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly mtu: number;
  /** The domain of its guests' names, without a dot at its end; null: none. */
  readonly dnsDomain: string | null;
  /** An external network reaches the outside through the engine's provider bridge. */
  readonly external: boolean;
  readonly subnets: readonly SubnetIntent[];
}

export interface SubnetIntent {
  readonly id: string;
  readonly networkId: string;
  /** `10.0.0.0/24`, `2001:db8::/64` */
  readonly cidr: string;
  readonly gatewayIp: string | null;
  readonly enableDhcp: boolean;
  readonly dnsNameservers: readonly string[];
  readonly hostRoutes: readonly { readonly destination: string; readonly nexthop: string }[];
  /** IPv6: how guests get their addresses; null: by hand. */
  readonly ipv6AddressMode: Ipv6Mode | null;
}

/** As in Neutron's `ipv6_ra_mode` and `ipv6_address_mode`. */
export type Ipv6Mode = 'slaac' | 'dhcpv6-stateful' | 'dhcpv6-stateless';

export interface PortIntent {
  readonly id: string;
  readonly networkId: string;
  readonly mac: string;
  readonly fixedIps: readonly { readonly subnetId: string; readonly ipAddress: string }[];
  /** False: no security groups and no anti-spoofing. */
  readonly portSecurity: boolean;
  readonly securityGroupIds: readonly string[];
  /** Addresses, or blocks, that the port may use besides its own, each with the MAC address to go with it. */
  readonly addressPairs: readonly { readonly ipAddress: string; readonly macAddress: string }[];
  /** What DHCP gives this port besides, or instead of, what its subnets give: checked by the service. */
  readonly dhcpOptions: readonly { readonly name: string; readonly value: string; readonly ipVersion: 4 | 6 }[];
  /** Limits, and marks of packets; at most one of a kind and direction. */
  readonly qos: readonly QosRuleIntent[];
  readonly adminStateUp: boolean;
  /** The host on which the port is to be bound, when known. */
  readonly hostName: string | null;
  /** For DHCP option 12 and DNS; null when the port has no name to give. */
  readonly dnsName: string | null;
  /** Its network's. */
  readonly dnsDomain: string | null;
}

export interface QosRuleIntent {
  /** As the guest sees it. */
  readonly direction: 'ingress' | 'egress';
  /** Kilobits per second; null: no limit. */
  readonly maxKbps: number | null;
  /** Kilobits that may go at once; 0: what the engine thinks right. */
  readonly maxBurstKbps: number | null;
  /** The class that packets are put into (RFC 2474); null: as the guest says. */
  readonly dscpMark: number | null;
}

export interface SecurityGroupRuleIntent {
  readonly id: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  /** `tcp`, `udp`, `icmp`, `ipv6-icmp`, … or an IP protocol number as text; null means any. */
  readonly protocol: string | null;
  /** Ports, or ICMP type and code. */
  readonly portRangeMin: number | null;
  readonly portRangeMax: number | null;
  readonly remoteIpPrefix: string | null;
  readonly remoteGroupId: string | null;
}

export interface SecurityGroupIntent {
  readonly id: string;
  readonly rules: readonly SecurityGroupRuleIntent[];
}

export interface RouterIntent {
  readonly id: string;
  readonly adminStateUp: boolean;
  /** The leg on the external network, if there is one. */
  readonly gateway: {
    readonly networkId: string;
    readonly portId: string;
    readonly mac: string;
    /** Its addresses with their prefix lengths, e.g. `172.24.4.5/24`. */
    readonly cidrs: readonly string[];
    /** The external subnets' gateways: next hops of the default routes. */
    readonly nexthops: readonly string[];
    /** Source NAT of all IPv4 behind the router to its own IPv4 address; IPv6 is never translated. */
    readonly snat: boolean;
  } | null;
  readonly interfaces: readonly {
    readonly portId: string;
    readonly networkId: string;
    readonly mac: string;
    /** The router's addresses on the subnets with their prefix lengths, e.g. `10.0.0.1/24`. */
    readonly cidrs: readonly string[];
    /** What the router announces to guests of IPv6 subnets; null: nothing. */
    readonly announces: {
      readonly addressMode: Ipv6Mode;
      /** Bytes. */
      readonly mtu: number;
    } | null;
  }[];
  readonly routes: readonly { readonly destination: string; readonly nexthop: string }[];
  readonly floatingIps: readonly {
    readonly id: string;
    readonly floatingAddress: string;
    readonly fixedAddress: string;
    /** The port that has `fixedAddress`. */
    readonly portId: string;
    readonly portMac: string;
  }[];
  /** Single ports of floating IPs that lead to single ports of guests. */
  readonly portForwardings: readonly {
    /** The floating IP's. */
    readonly floatingIpId: string;
    readonly floatingAddress: string;
    readonly protocol: 'tcp' | 'udp';
    readonly externalPort: number;
    readonly fixedAddress: string;
    readonly internalPort: number;
  }[];
}

/** A host that carries packets, as the engine finds it now. */
export interface EngineAgent {
  readonly host: string;
  /** It has carried out what it was last asked to. */
  readonly alive: boolean;
  /** When it last said so; null: never. */
  readonly seenAt: Date | null;
}

export interface NetworkEngine {
  applyNetwork(network: NetworkIntent): Promise<void>;
  removeNetwork(id: string): Promise<void>;
  /** The network, subnets and security groups that it names must have been applied before. */
  applyPort(port: PortIntent): Promise<void>;
  removePort(id: string): Promise<void>;
  applySecurityGroup(group: SecurityGroupIntent): Promise<void>;
  removeSecurityGroup(id: string): Promise<void>;
  applyRouter(router: RouterIntent): Promise<void>;
  removeRouter(id: string): Promise<void>;
  /** Every id the engine holds: what the sweep compares with the tables to find leftovers. */
  inventory(): Promise<{
    readonly networks: readonly string[];
    readonly ports: readonly string[];
    readonly securityGroups: readonly string[];
    readonly routers: readonly string[];
  }>;
  /** Asks the hosts whether they keep up; answers within seconds even if none does. */
  agents(): Promise<readonly EngineAgent[]>;
  /**
   * Calls `listener` when a port's data path comes up or goes down, and with every port after each (re)connection,
   * until the signal aborts.
   */
  watch(listener: (event: { readonly portId: string; readonly up: boolean }) => void, signal: AbortSignal): void;
}
