/** A port as a server needs it. */
export interface ServerPort {
  readonly id: string;
  readonly networkId: string;
  readonly networkName: string;
  readonly mac: string;
  /** Bytes. */
  readonly mtu: number;
  /** The server that it is plugged into; empty for none. */
  readonly deviceId: string;
  readonly status: string;
  readonly fixedIps: readonly {
    readonly subnetId: string;
    readonly ipAddress: string;
    readonly cidr: string;
    readonly gatewayIp: string | null;
    readonly dnsNameservers: readonly string[];
    readonly enableDhcp: boolean;
    /** How the guest gets an IPv6 address (Neutron's `ipv6_address_mode`, or else `ipv6_ra_mode`); null: by hand. */
    readonly ipv6AddressMode: string | null;
  }[];
  readonly floatingIps: readonly { readonly address: string; readonly fixedIp: string }[];
  readonly securityGroupNames: readonly string[];
}
