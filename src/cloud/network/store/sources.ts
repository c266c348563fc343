import { type RawBuilder, sql } from 'kysely';
import type {
  AddressScopeRecord,
  FloatingIpRecord,
  NetworkRecord,
  PortRecord,
  QosPolicyRecord,
  RbacPolicyRecord,
  RouterRecord,
  SecurityGroupRecord,
  SecurityGroupRuleRecord,
  SubnetPoolRecord,
  SubnetRecord,
} from '../domain/records.ts';
import type { ResourceTable } from './tables.ts';

/** How the records of a resource are read: a query that gives them all, and which of them a project may know of. */
export interface Source<R> {
  readonly table: ResourceTable;
  /** Gives records; used as `from (…) v`. */
  readonly records: RawBuilder<R>;
  /** A condition on `v`. */
  visible(projectId: string): RawBuilder<boolean>;
  /** Mends what JSON cannot carry. */
  revive?(record: R): R;
}

const standard = sql`id, project_id as "projectId", description, tags, revision, created_at as "createdAt", updated_at as "updatedAt"`;
const own = (projectId: string): RawBuilder<boolean> => sql`v."projectId" = ${projectId}`;

/** The things that were shared with this project by name. */
const granted = (projectId: string): RawBuilder<unknown> =>
  sql`(select object_id from network.rbac_policy where target_project = ${projectId})`;

const scopeOf = (version: 4 | 6): RawBuilder<unknown> =>
  sql`(select p.address_scope_id from network.subnet s join network.subnet_pool p on p.id = s.subnetpool_id
    where s.network_id = network.id and s.ip_version = ${sql.lit(version)} limit 1)`;

export const networkSource: Source<NetworkRecord> = {
  table: 'network.network',
  records: sql`select ${standard}, name, admin_state_up as "adminStateUp", shared, external, is_default as "isDefault", mtu,
      port_security_enabled as "portSecurityEnabled", network_type as "networkType",
      physical_network as "physicalNetwork", segmentation_id as "segmentationId",
      array(select s.id from network.subnet s where s.network_id = network.id order by s.id) as "subnetIds",
      ${scopeOf(4)} as "ipv4AddressScopeId", ${scopeOf(6)} as "ipv6AddressScopeId",
      qos_policy_id as "qosPolicyId", dns_domain as "dnsDomain",
      'ACTIVE' as status
    from network.network`,
  visible: (projectId) =>
    sql`(v."projectId" = ${projectId} or v.shared or v.external or v.id in ${granted(projectId)})`,
};

export const subnetSource: Source<SubnetRecord> = {
  table: 'network.subnet',
  records: sql`select ${standard}, name, network_id as "networkId",
      (select n.shared from network.network n where n.id = network_id) as shared,
      (select n.project_id from network.network n where n.id = network_id) as "networkProjectId",
      ip_version as "ipVersion", cidr::text as cidr, host(gateway_ip) as "gatewayIp", enable_dhcp as "enableDhcp",
      (select coalesce(jsonb_agg(jsonb_build_object('start', host(first), 'end', host(last)) order by first), '[]')
        from network.allocation_pool p where p.subnet_id = subnet.id) as "allocationPools",
      dns_nameservers as "dnsNameservers", host_routes as "hostRoutes",
      ipv6_ra_mode as "ipv6RaMode", ipv6_address_mode as "ipv6AddressMode",
      subnetpool_id as "subnetPoolId", service_types as "serviceTypes"
    from network.subnet`,
  visible: (projectId) => sql`(v."projectId" = ${projectId} or v.shared or v."networkProjectId" = ${projectId}
    or v."networkId" in ${granted(projectId)})`,
};

const ownOrShared = (projectId: string): RawBuilder<boolean> =>
  sql`(v."projectId" = ${projectId} or v.shared or v.id in ${granted(projectId)})`;

export const subnetPoolSource: Source<SubnetPoolRecord> = {
  table: 'network.subnet_pool',
  records: sql`select ${standard}, name, ip_version as "ipVersion", prefixes::text[] as prefixes,
      default_prefixlen as "defaultPrefixLength", min_prefixlen as "minPrefixLength",
      max_prefixlen as "maxPrefixLength", default_quota as "defaultQuota", shared, is_default as "isDefault",
      address_scope_id as "addressScopeId"
    from network.subnet_pool`,
  visible: ownOrShared,
};

export const addressScopeSource: Source<AddressScopeRecord> = {
  table: 'network.address_scope',
  records: sql`select ${standard}, name, ip_version as "ipVersion", shared from network.address_scope`,
  visible: ownOrShared,
};

const fixedIps = (portId: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(select coalesce(jsonb_agg(jsonb_build_object('subnetId', a.subnet_id, 'ipAddress', host(a.address))
    order by a.position), '[]') from network.ip_allocation a where a.port_id = ${portId})`;

/** What a port is, of rows of `network.port`: selected, or returned by the statement that writes them. */
export const portColumns = sql`${standard}, name, network_id as "networkId", admin_state_up as "adminStateUp", mac, status,
      (select n.project_id from network.network n where n.id = network_id) as "networkProjectId",
      device_id as "deviceId", device_owner as "deviceOwner", router_id as "routerId", host_name as "hostName",
      vnic_type as "vnicType", binding_profile as "bindingProfile", port_security_enabled as "portSecurityEnabled",
      dns_name as "dnsName", ${fixedIps(sql`port.id`)} as "fixedIps",
      array(select g.security_group_id from network.port_security_group g where g.port_id = port.id
        order by g.security_group_id) as "securityGroupIds",
      address_pairs as "addressPairs", dhcp_options as "dhcpOptions",
      qos_policy_id as "qosPolicyId",
      (select n.qos_policy_id from network.network n where n.id = network_id) as "qosNetworkPolicyId",
      (select n.dns_domain from network.network n where n.id = network_id) as "dnsDomain"`;

export const portSource: Source<PortRecord> = {
  table: 'network.port',
  records: sql`select ${portColumns} from network.port`,
  visible: (projectId) => sql`(v."projectId" = ${projectId} or v."networkProjectId" = ${projectId})`,
};

export const qosPolicySource: Source<QosPolicyRecord> = {
  table: 'network.qos_policy',
  records: sql`select ${standard}, name, shared, is_default as "isDefault",
      (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'kind', r.kind, 'direction', r.direction,
          'maxKbps', r.max_kbps, 'maxBurstKbps', r.max_burst_kbps, 'dscpMark', r.dscp_mark) order by r.id), '[]')
        from network.qos_rule r where r.policy_id = qos_policy.id) as rules
    from network.qos_policy`,
  visible: ownOrShared,
};

/** What everybody may use is such a policy too, though only the thing's own column says so. */
const openToAll = (type: string, table: string, column: 'shared' | 'external'): RawBuilder<unknown> =>
  sql`select md5(${sql.lit(`rbac ${column} `)} || id)::uuid, project_id, ${sql.lit(type)}, id,
    ${sql.lit(`access_as_${column}`)}, '*' from ${sql.table(table)} where ${sql.ref(column)}`;

export const rbacPolicySource: Source<RbacPolicyRecord> = {
  table: 'network.rbac_policy',
  records: sql`select id, project_id as "projectId", object_type as "objectType", object_id as "objectId", action,
      target_project as "targetProject"
    from network.rbac_policy
    union all ${openToAll('network', 'network.network', 'shared')}
    union all ${openToAll('network', 'network.network', 'external')}
    union all ${openToAll('security_group', 'network.security_group', 'shared')}
    union all ${openToAll('qos_policy', 'network.qos_policy', 'shared')}
    union all ${openToAll('subnetpool', 'network.subnet_pool', 'shared')}
    union all ${openToAll('address_scope', 'network.address_scope', 'shared')}`,
  visible: own,
};

export const routerSource: Source<RouterRecord> = {
  table: 'network.router',
  records: sql`select ${standard}, name, admin_state_up as "adminStateUp", routes,
      (select jsonb_build_object('networkId', p.network_id, 'portId', p.id, 'enableSnat', router.enable_snat,
          'fixedIps', ${fixedIps(sql`p.id`)})
        from network.port p where p.router_id = router.id and p.device_owner = 'network:router_gateway') as gateway,
      'ACTIVE' as status
    from network.router`,
  visible: own,
};

const ruleRecord = sql`id, project_id as "projectId", description, tags, revision, security_group_id as "securityGroupId",
  direction, ethertype, protocol, port_range_min as "portRangeMin", port_range_max as "portRangeMax",
  remote_ip_prefix::text as "remoteIpPrefix", network(remote_ip_prefix)::text as "normalizedCidr",
  remote_group_id as "remoteGroupId"`;

export const securityGroupRuleSource: Source<SecurityGroupRuleRecord> = {
  table: 'network.security_group_rule',
  records: sql`select ${ruleRecord}, created_at as "createdAt", updated_at as "updatedAt" from network.security_group_rule`,
  visible: own,
};

export const securityGroupSource: Source<SecurityGroupRecord> = {
  table: 'network.security_group',
  records: sql`select ${standard}, name, is_default as "isDefault", shared, stateful,
      (select coalesce(jsonb_agg(to_jsonb(r) order by r.id), '[]') from (
        select ${ruleRecord}, created_at as "createdAt", updated_at as "updatedAt"
        from network.security_group_rule where security_group_id = security_group.id) r) as rules
    from network.security_group`,
  visible: ownOrShared,
  revive: (group) => ({
    ...group,
    rules: group.rules.map((rule) => ({
      ...rule,
      createdAt: new Date(rule.createdAt),
      updatedAt: new Date(rule.updatedAt),
    })),
  }),
};

export const floatingIpSource: Source<FloatingIpRecord> = {
  table: 'network.floating_ip',
  records: sql`select ${standard}, floating_network_id as "floatingNetworkId", floating_port_id as "floatingPortId",
      host(address) as address, fixed_port_id as "fixedPortId", host(fixed_address) as "fixedAddress",
      coalesce(router_id, (select f.router_id from network.port_forwarding f where f.floating_ip_id = floating_ip.id
        limit 1)) as "routerId", status,
      (select coalesce(jsonb_agg(jsonb_build_object('protocol', f.protocol, 'externalPort', f.external_port,
          'internalPort', f.internal_port, 'internalAddress', host(f.internal_address)) order by f.id), '[]')
        from network.port_forwarding f where f.floating_ip_id = floating_ip.id) as "portForwardings"
    from network.floating_ip`,
  visible: own,
};
