import type { Context } from '../../kernel/access/context.ts';
import type {
  FloatingIpAttributes,
  FloatingIpChanges,
  GatewayAttributes,
  NetworkAttributes,
  NetworkChanges,
  PortAttributes,
  PortChanges,
  RouterAttributes,
  RouterChanges,
  RouterInterfaceAttributes,
  SecurityGroupAttributes,
  SecurityGroupChanges,
  SecurityGroupRuleAttributes,
  SubnetAttributes,
  SubnetChanges,
} from './domain/attributes.ts';
import type {
  FloatingIpRecord,
  NetworkRecord,
  PortRecord,
  PortView,
  RouterRecord,
  SecurityGroupRecord,
  SecurityGroupRuleRecord,
  SubnetRecord,
} from './domain/records.ts';

/** Repeating a creation with the same id answers what exists, so that a workflow's step can be repeated. */
export interface CreateOptions {
  readonly id?: string;
}

/** Values that an attribute must have; of several, any one. */
export type RecordFilter<R> = { readonly [K in keyof R]?: R[K] | readonly R[K][] };

/** What joins or leaves a router. */
export interface RouterInterface {
  readonly routerId: string;
  readonly projectId: string;
  readonly portId: string;
  readonly networkId: string;
  readonly subnetId: string;
}

/** Where a port is used. */
export interface PortBinding {
  readonly deviceId: string;
  readonly deviceOwner: string;
  readonly hostName: string;
  /** The guest's name for DHCP and DNS. */
  readonly dnsName?: string | null;
}

export interface ExternalNetworkSettings {
  /** `public` unless said. */
  readonly name?: string;
  readonly cidr: string;
  readonly gatewayIp: string;
  /** The project that owns it, the administrator's. */
  readonly projectId: string;
}

export interface SubnetPoolSettings {
  readonly name: string;
  /** IPv4, from which subnets are given. */
  readonly prefix: string;
  readonly defaultPrefixLength: number;
  /** The project that owns it, the administrator's. */
  readonly projectId: string;
}

/**
 * The network service for the other services of this process. Everything is looked up as the caller sees it: what the
 * caller may not know of is `notFound`. Faults are of the closed list, with Neutron's name in `data.type`. `delete…`
 * answers false, and changes nothing, when there is nothing to delete.
 */
export interface NetworkApi {
  createNetwork(context: Context, attributes: NetworkAttributes, options?: CreateOptions): Promise<NetworkRecord>;
  updateNetwork(context: Context, id: string, changes: NetworkChanges): Promise<NetworkRecord>;
  getNetwork(context: Context, id: string): Promise<NetworkRecord>;
  listNetworks(context: Context, filter?: RecordFilter<NetworkRecord>): Promise<NetworkRecord[]>;
  deleteNetwork(context: Context, id: string): Promise<boolean>;
  /** The networks that a server without `networks` may be joined to: the project's own and shared ones, none external. */
  defaultNetworks(context: Context): Promise<NetworkRecord[]>;
  /** The network with a way out that is made for the project by itself, once. 409 when this cloud lacks what that needs. */
  ensureAutoNetwork(context: Context): Promise<NetworkRecord>;

  createSubnet(context: Context, attributes: SubnetAttributes, options?: CreateOptions): Promise<SubnetRecord>;
  updateSubnet(context: Context, id: string, changes: SubnetChanges): Promise<SubnetRecord>;
  getSubnet(context: Context, id: string): Promise<SubnetRecord>;
  listSubnets(context: Context, filter?: RecordFilter<SubnetRecord>): Promise<SubnetRecord[]>;
  deleteSubnet(context: Context, id: string): Promise<boolean>;

  createPort(context: Context, attributes: PortAttributes, options?: CreateOptions): Promise<PortRecord>;
  updatePort(context: Context, id: string, changes: PortChanges): Promise<PortRecord>;
  getPort(context: Context, id: string): Promise<PortRecord>;
  /** Ports as their users are shown them, e.g. `{ deviceId: [server, server] }`, in the order of their creation. */
  listPorts(context: Context, filter?: RecordFilter<PortRecord>): Promise<PortView[]>;
  /**
   * By device: a text that is another whenever anything changes of what `listPorts` shows of the device's ports. Devices
   * without ports are left out.
   */
  portVersions(deviceIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The port that has the address on the network, whoever's it is: for who has seen a packet of it. Undefined: none. */
  portAt(networkId: string, address: string): Promise<PortView | undefined>;
  deletePort(context: Context, id: string): Promise<boolean>;
  /** Gives the port to a device on a host; refuses (409 `PortInUse`) when another has it. Repeatable. */
  bindPort(context: Context, id: string, binding: PortBinding): Promise<PortView>;
  /** Takes the port from its device; nothing happens when there is no such port. */
  unbindPort(context: Context, id: string): Promise<void>;

  createRouter(context: Context, attributes: RouterAttributes, options?: CreateOptions): Promise<RouterRecord>;
  updateRouter(context: Context, id: string, changes: RouterChanges): Promise<RouterRecord>;
  getRouter(context: Context, id: string): Promise<RouterRecord>;
  listRouters(context: Context, filter?: RecordFilter<RouterRecord>): Promise<RouterRecord[]>;
  deleteRouter(context: Context, id: string): Promise<boolean>;
  /** Null takes the gateway away. */
  setRouterGateway(context: Context, id: string, gateway: GatewayAttributes | null): Promise<RouterRecord>;
  /** With an id, which the interface's port gets, repeating answers what exists. */
  addRouterInterface(
    context: Context,
    routerId: string,
    attributes: RouterInterfaceAttributes,
    options?: CreateOptions,
  ): Promise<RouterInterface>;
  /** Undefined when the router has no such interface. */
  removeRouterInterface(
    context: Context,
    routerId: string,
    attributes: RouterInterfaceAttributes,
  ): Promise<RouterInterface | undefined>;

  createSecurityGroup(
    context: Context,
    attributes: SecurityGroupAttributes,
    options?: CreateOptions,
  ): Promise<SecurityGroupRecord>;
  updateSecurityGroup(context: Context, id: string, changes: SecurityGroupChanges): Promise<SecurityGroupRecord>;
  getSecurityGroup(context: Context, id: string): Promise<SecurityGroupRecord>;
  /** The project's `default` group is among them, made if need be. */
  listSecurityGroups(context: Context, filter?: RecordFilter<SecurityGroupRecord>): Promise<SecurityGroupRecord[]>;
  deleteSecurityGroup(context: Context, id: string): Promise<boolean>;
  createSecurityGroupRule(
    context: Context,
    attributes: SecurityGroupRuleAttributes,
    options?: CreateOptions,
  ): Promise<SecurityGroupRuleRecord>;
  getSecurityGroupRule(context: Context, id: string): Promise<SecurityGroupRuleRecord>;
  deleteSecurityGroupRule(context: Context, id: string): Promise<boolean>;

  createFloatingIp(
    context: Context,
    attributes: FloatingIpAttributes,
    options?: CreateOptions,
  ): Promise<FloatingIpRecord>;
  updateFloatingIp(context: Context, id: string, changes: FloatingIpChanges): Promise<FloatingIpRecord>;
  getFloatingIp(context: Context, id: string): Promise<FloatingIpRecord>;
  listFloatingIps(context: Context, filter?: RecordFilter<FloatingIpRecord>): Promise<FloatingIpRecord[]>;
  deleteFloatingIp(context: Context, id: string): Promise<boolean>;

  /** Makes the external network, or leaves it; for the first start. Repeatable. */
  ensureExternalNetwork(settings: ExternalNetworkSettings): Promise<NetworkRecord>;
  /** Makes the default subnet pool unless there is one; for the first start. Repeatable. */
  ensureDefaultSubnetPool(settings: SubnetPoolSettings): Promise<void>;
}
