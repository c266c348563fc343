import type { Logger } from '../../kernel/base/log.ts';
import { OvsdbClient } from './ovsdb/client.ts';
import type { Identified, Table, TableSpec } from './ovsdb/replica.ts';

type Texts = Readonly<Record<string, string>>;

/** Rows of OVN's northbound database (ovn-nb(5)), with the columns that we use. */
export interface LogicalSwitch {
  readonly _uuid: string;
  readonly name: string;
  readonly ports: readonly string[];
  readonly dns_records: readonly string[];
  readonly qos_rules: readonly string[];
  readonly other_config: Texts;
  readonly external_ids: Texts;
}

export interface LogicalSwitchPort {
  readonly _uuid: string;
  readonly name: string;
  readonly type: string;
  readonly options: Texts;
  readonly addresses: readonly string[];
  readonly port_security: readonly string[];
  readonly up: readonly boolean[];
  readonly enabled: readonly boolean[];
  readonly dhcpv4_options: readonly string[];
  readonly dhcpv6_options: readonly string[];
  readonly external_ids: Texts;
}

export interface QosRule {
  readonly _uuid: string;
  readonly priority: number;
  readonly direction: string;
  readonly match: string;
  readonly action: Readonly<Record<string, number>>;
  readonly bandwidth: Readonly<Record<string, number>>;
  readonly external_ids: Texts;
}

export interface NorthboundGlobal {
  readonly _uuid: string;
  /** Raised by who wants to know when all is carried out. */
  readonly nb_cfg: number;
  /** What every chassis has carried out, and when the last of them did (milliseconds). */
  readonly hv_cfg: number;
  readonly hv_cfg_timestamp: number;
}

export interface DhcpOptions {
  readonly _uuid: string;
  readonly cidr: string;
  readonly options: Texts;
  readonly external_ids: Texts;
}

export interface DnsRecords {
  readonly _uuid: string;
  readonly records: Texts;
  readonly external_ids: Texts;
}

export interface PortGroup {
  readonly _uuid: string;
  readonly name: string;
  readonly ports: readonly string[];
  readonly acls: readonly string[];
  readonly external_ids: Texts;
}

export interface Acl {
  readonly _uuid: string;
  readonly priority: number;
  readonly direction: string;
  readonly match: string;
  readonly action: string;
  readonly external_ids: Texts;
}

export interface LogicalRouter {
  readonly _uuid: string;
  readonly name: string;
  readonly ports: readonly string[];
  readonly static_routes: readonly string[];
  readonly nat: readonly string[];
  readonly load_balancer: readonly string[];
  readonly enabled: readonly boolean[];
  readonly options: Texts;
  readonly external_ids: Texts;
}

export interface LogicalRouterPort {
  readonly _uuid: string;
  readonly name: string;
  readonly mac: string;
  readonly networks: readonly string[];
  readonly ipv6_ra_configs: Texts;
  readonly gateway_chassis: readonly string[];
  readonly external_ids: Texts;
}

export interface GatewayChassis {
  readonly _uuid: string;
  readonly name: string;
  readonly chassis_name: string;
  readonly priority: number;
}

export interface StaticRoute {
  readonly _uuid: string;
  readonly ip_prefix: string;
  readonly nexthop: string;
  readonly output_port: readonly string[];
  readonly external_ids: Texts;
}

export interface LoadBalancer {
  readonly _uuid: string;
  readonly name: string;
  readonly protocol: readonly string[];
  /** `172.24.4.20:80` to `10.0.0.5:8080` */
  readonly vips: Texts;
  readonly external_ids: Texts;
}

export interface NatRule {
  readonly _uuid: string;
  readonly type: string;
  readonly external_ip: string;
  readonly logical_ip: string;
  readonly logical_port: readonly string[];
  readonly external_ids: Texts;
}

const tables: Readonly<Record<string, TableSpec>> = {
  NB_Global: { columns: ['nb_cfg', 'hv_cfg', 'hv_cfg_timestamp'] },
  Logical_Switch: {
    columns: ['name', 'ports', 'dns_records', 'qos_rules', 'other_config', 'external_ids'],
    indexes: ['name'],
  },
  Logical_Switch_Port: {
    columns: [
      'name',
      'type',
      'options',
      'addresses',
      'port_security',
      'up',
      'enabled',
      'dhcpv4_options',
      'dhcpv6_options',
      'external_ids',
    ],
    indexes: ['name', 'external_ids:neutron:network_name', 'external_ids:neutron:router_name'],
  },
  DHCP_Options: {
    columns: ['cidr', 'options', 'external_ids'],
    indexes: ['external_ids:subnet_id', 'external_ids:port_id', 'external_ids:neutron:network_name'],
  },
  QoS: {
    columns: ['priority', 'direction', 'match', 'action', 'bandwidth', 'external_ids'],
    indexes: ['external_ids:neutron:port_id'],
  },
  DNS: { columns: ['records', 'external_ids'], indexes: ['external_ids:neutron:network_name'] },
  Port_Group: { columns: ['name', 'ports', 'acls', 'external_ids'], indexes: ['name', 'ports'] },
  ACL: { columns: ['priority', 'direction', 'match', 'action', 'external_ids'] },
  Logical_Router: {
    columns: ['name', 'ports', 'static_routes', 'nat', 'load_balancer', 'enabled', 'options', 'external_ids'],
    indexes: ['name'],
  },
  Logical_Router_Port: { columns: ['name', 'mac', 'networks', 'ipv6_ra_configs', 'gateway_chassis', 'external_ids'] },
  Gateway_Chassis: { columns: ['name', 'chassis_name', 'priority'] },
  Logical_Router_Static_Route: { columns: ['ip_prefix', 'nexthop', 'output_port', 'external_ids'] },
  Load_Balancer: {
    columns: ['name', 'protocol', 'vips', 'external_ids'],
    indexes: ['external_ids:neutron:router_name'],
  },
  NAT: { columns: ['type', 'external_ip', 'logical_ip', 'logical_port', 'external_ids'] },
};

/** The northbound database as this engine sees it. */
export interface Northbound {
  readonly client: OvsdbClient;
  readonly globals: Table<NorthboundGlobal>;
  readonly switches: Table<LogicalSwitch>;
  readonly ports: Table<LogicalSwitchPort>;
  readonly dhcpOptions: Table<DhcpOptions>;
  readonly qos: Table<QosRule>;
  readonly dns: Table<DnsRecords>;
  readonly groups: Table<PortGroup>;
  readonly acls: Table<Acl>;
  readonly routers: Table<LogicalRouter>;
  readonly routerPorts: Table<LogicalRouterPort>;
  readonly gatewayChassis: Table<GatewayChassis>;
  readonly routes: Table<StaticRoute>;
  readonly loadBalancers: Table<LoadBalancer>;
  readonly nat: Table<NatRule>;
}

/** Connects to the northbound database. */
export function openNorthbound(socket: string, log: Logger): Northbound {
  const client = new OvsdbClient({ socket, database: 'OVN_Northbound', tables, log });
  return {
    client,
    globals: client.table('NB_Global'),
    switches: client.table('Logical_Switch'),
    ports: client.table('Logical_Switch_Port'),
    dhcpOptions: client.table('DHCP_Options'),
    qos: client.table('QoS'),
    dns: client.table('DNS'),
    groups: client.table('Port_Group'),
    acls: client.table('ACL'),
    routers: client.table('Logical_Router'),
    routerPorts: client.table('Logical_Router_Port'),
    gatewayChassis: client.table('Gateway_Chassis'),
    routes: client.table('Logical_Router_Static_Route'),
    loadBalancers: client.table('Load_Balancer'),
    nat: client.table('NAT'),
  };
}

/** The row that a lookup gives, when there is one. */
export function first<R extends Identified>(table: Table<R>, index: string, key: string): R | undefined {
  return table.find(index, key)[0];
}

/** The rows of `uuids` that the replica has. */
export function rowsOf<R extends Identified>(table: Table<R>, uuids: readonly string[]): R[] {
  return uuids.flatMap((uuid) => table.get(uuid) ?? []);
}
