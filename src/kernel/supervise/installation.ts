/** A numeric user and group. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * One installation (one DIR) on one machine, as the host process sees it: made once at start from the configuration,
 * handed to the engines' host sides.
 */
export interface Installation {
  /** `DIR`, default `/var/lib/andromede`; holds `secrets/ pg/ ovn/ images/ servers/ objects/ log/`. */
  readonly dataDir: string;
  /** `/run/andromede/<8 hex>`: sockets and pid records; short because socket paths over 107 bytes are cut. */
  readonly runDir: string;
  /** The network namespace that holds guests, OVS and OVN, by name (`DIR/netns` names it too). */
  readonly netns: string;
  /** This machine's name as a hypervisor and OVN chassis. */
  readonly hostName: string;
  /** The external range that floating IPs come from, e.g. `172.24.4.0/24`. */
  readonly externalCidr: string;
  /** The physical network name of the external network (Neutron `provider:physical_network`). */
  readonly physicalNetwork: 'external';
  readonly users: {
    /** Runs `api`. */
    readonly api: UnixUser;
    /** Runs PostgreSQL; has a passwd entry, which initdb insists on. */
    readonly postgres: UnixUser;
    /** Runs the metadata proxy, to which guests speak; its group may open `api`'s socket for it. */
    readonly proxy: UnixUser;
    /** Runs tools on files that customers wrote; owns volumes that no guest has. In the guests' group. */
    readonly tools: UnixUser;
    /** Guests run as `firstUid + n`, each with its own, group `gid`, which may read `DIR/images`. */
    readonly guests: { readonly firstUid: number; readonly count: number; readonly gid: number };
  };
}

/** The network namespace, by name, of what answers guests at 169.254.169.254: nothing else is reached from theirs. */
export const metadataNetns = (netns: string): string => `${netns}-meta`;

/** Socket paths that several parts must agree on. */
export const sockets = {
  /** Host process, spoken to by `api` only. */
  host: (runDir: string) => `${runDir}/host.sock`,
  /** `api`'s HTTP over a unix socket, for the forwarder inside the namespace; in a folder of its own that `api` owns. */
  api: (runDir: string) => `${runDir}/api/http.sock`,
  /** `api`'s metadata service, for the proxy only: whoever may speak here says which guest is asking. */
  metadata: (runDir: string) => `${runDir}/metadata/http.sock`,
  /** Folder of PostgreSQL's socket. */
  postgres: (runDir: string) => `${runDir}/pg`,
  /** Open vSwitch's database; root only. */
  ovs: (runDir: string) => `${runDir}/ovs/db.sock`,
  /** OVN northbound database; readable and writable by `api`'s group. */
  ovnNorthbound: (runDir: string) => `${runDir}/ovn/ovnnb_db.sock`,
  ovnSouthbound: (runDir: string) => `${runDir}/ovn/ovnsb_db.sock`,
} as const;
