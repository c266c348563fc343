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
  /** An external network reaches the outside through the engine's provider bridge. */
  readonly external: boolean;
  readonly subnets: readonly SubnetIntent[];
}

export interface SubnetIntent {
  readonly id: string;
  readonly networkId: string;
  /** IPv4 for now, e.g. `10.0.0.0/24`. */
  readonly cidr: string;
  readonly gatewayIp: string | null;
  readonly enableDhcp: boolean;
  readonly dnsNameservers: readonly string[];
  readonly hostRoutes: readonly { readonly destination: string; readonly nexthop: string }[];
}

export interface PortIntent {
  readonly id: string;
  readonly networkId: string;
  readonly mac: string;
  readonly fixedIps: readonly { readonly subnetId: string; readonly ipAddress: string }[];
  /** False: no security groups and no anti-spoofing. */
  readonly portSecurity: boolean;
  readonly securityGroupIds: readonly string[];
  readonly adminStateUp: boolean;
  /** The host on which the port is to be bound, when known. */
  readonly hostName: string | null;
  /** For DHCP option 12 and DNS; null when the port has no name to give. */
  readonly dnsName: string | null;
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
    readonly ipAddress: string;
    /** `ipAddress` with its prefix length, e.g. `172.24.4.5/24`. */
    readonly cidr: string;
    /** The external subnet's gateway: next hop of the default route; null when it has none. */
    readonly nexthop: string | null;
    /** Source NAT of everything behind the router to `ipAddress`. */
    readonly snat: boolean;
  } | null;
  readonly interfaces: readonly {
    readonly portId: string;
    readonly networkId: string;
    readonly mac: string;
    /** Router's address on the subnet with its prefix length, e.g. `10.0.0.1/24`. */
    readonly cidr: string;
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
  /**
   * Calls `listener` when a port's data path comes up or goes down, and with every port after each (re)connection,
   * until the signal aborts.
   */
  watch(listener: (event: { readonly portId: string; readonly up: boolean }) => void, signal: AbortSignal): void;
}
