import type { Generated, GeneratedAlways } from 'kysely';
import type { PortStatus } from '../domain/records.ts';

interface Standard {
  id: string;
  project_id: string;
  description: string;
  tags: string[];
  revision: number;
  created_at: Date;
  updated_at: Date;
}

export interface NetworkRow extends Standard {
  name: string;
  admin_state_up: boolean;
  shared: boolean;
  external: boolean;
  is_default: boolean;
  mtu: number;
  port_security_enabled: boolean;
  network_type: string;
  physical_network: string | null;
  segmentation_id: number | null;
  qos_policy_id: string | null;
  dns_domain: Generated<string>;
  applied_revision: number | null;
}

export interface SubnetRow extends Standard {
  network_id: string;
  name: string;
  ip_version: number;
  cidr: string;
  gateway_ip: string | null;
  enable_dhcp: boolean;
  /** jsonb: written as text. */
  dns_nameservers: string;
  /** jsonb: written as text. */
  host_routes: string;
  ipv6_ra_mode: string | null;
  ipv6_address_mode: string | null;
  auto_address: GeneratedAlways<boolean>;
  subnetpool_id: string | null;
  service_types: string[];
  next_address: string | null;
}

export interface SubnetPoolRow extends Standard {
  name: string;
  ip_version: number;
  prefixes: string[];
  default_prefixlen: number;
  min_prefixlen: number;
  max_prefixlen: number;
  default_quota: number | null;
  shared: boolean;
  is_default: boolean;
  address_scope_id: string | null;
}

export interface AddressScopeRow extends Standard {
  name: string;
  ip_version: number;
  shared: boolean;
}

export interface PortRow extends Standard {
  network_id: string;
  name: string;
  admin_state_up: boolean;
  mac: string;
  device_id: string;
  device_owner: string;
  router_id: string | null;
  host_name: string | null;
  vnic_type: string;
  /** jsonb: written as text. */
  binding_profile: string;
  port_security_enabled: boolean;
  dns_name: string | null;
  /** jsonb: written as text. */
  address_pairs: string;
  /** jsonb: written as text. */
  dhcp_options: string;
  qos_policy_id: string | null;
  link_up: Generated<boolean>;
  status: PortStatus;
}

export interface QosPolicyRow extends Standard {
  name: string;
  shared: boolean;
  is_default: boolean;
}

export interface QosRuleRow {
  id: string;
  policy_id: string;
  kind: string;
  direction: string;
  max_kbps: number | null;
  max_burst_kbps: number | null;
  dscp_mark: number | null;
}

export interface RouterRow extends Standard {
  name: string;
  admin_state_up: boolean;
  external_network_id: string | null;
  enable_snat: boolean;
  /** jsonb: written as text. */
  routes: string;
}

export interface SecurityGroupRow extends Standard {
  name: string;
  is_default: boolean;
  shared: Generated<boolean>;
  stateful: boolean;
  applied_revision: number | null;
}

export interface SecurityGroupRuleRow extends Standard {
  security_group_id: string;
  direction: string;
  ethertype: string;
  protocol: string | null;
  port_range_min: number | null;
  port_range_max: number | null;
  remote_ip_prefix: string | null;
  remote_group_id: string | null;
  fingerprint: string;
}

export interface FloatingIpRow extends Standard {
  floating_network_id: string;
  floating_port_id: string;
  address: string;
  fixed_port_id: string | null;
  fixed_address: string | null;
  router_id: string | null;
  status: string;
}

/** The tables of this context. */
export interface NetworkTables {
  'network.network': NetworkRow;
  'network.subnet': SubnetRow;
  'network.subnet_pool': SubnetPoolRow;
  'network.address_scope': AddressScopeRow;
  'network.allocation_pool': { subnet_id: string; first: string; last: string };
  'network.port': PortRow;
  'network.ip_allocation': { port_id: string; subnet_id: string; address: string; position: number };
  'network.port_security_group': { port_id: string; security_group_id: string };
  'network.qos_policy': QosPolicyRow;
  'network.qos_rule': QosRuleRow;
  'network.rbac_policy': {
    id: string;
    project_id: string;
    object_type: string;
    object_id: string;
    action: string;
    target_project: string;
  };
  'network.router': RouterRow;
  'network.security_group': SecurityGroupRow;
  'network.security_group_rule': SecurityGroupRuleRow;
  'network.floating_ip': FloatingIpRow;
  'network.port_forwarding': {
    id: string;
    floating_ip_id: string;
    protocol: string;
    external_port: number;
    internal_port: number;
    internal_port_id: string;
    internal_address: string;
    router_id: string;
    description: string;
  };
  'network.auto_topology': { project_id: string; network_id: string; router_id: string | null };
  'network.quota': { project_id: string; resource: string; quota_limit: number };
}

/** Tables whose rows are resources of the API. */
export type ResourceTable =
  | 'network.network'
  | 'network.subnet'
  | 'network.subnet_pool'
  | 'network.address_scope'
  | 'network.port'
  | 'network.qos_policy'
  | 'network.rbac_policy'
  | 'network.router'
  | 'network.security_group'
  | 'network.security_group_rule'
  | 'network.floating_ip';
