import { sql } from 'kysely';
import type { Connection } from '../../../kernel/store/index.ts';
import type { NetworkIntent, PortIntent, RouterIntent, SecurityGroupIntent } from '../ports.ts';

/** What the engine is to be told of a thing, and which revision of it that is. */
export interface Intended<I> {
  readonly intent: I;
  readonly revision: number;
}

async function one<R>(query: { execute(connection: Connection): Promise<{ rows: R[] }> }, connection: Connection) {
  return (await query.execute(connection)).rows[0];
}

/** The network with its subnets; undefined when there is none. */
export async function networkIntent(db: Connection, id: string): Promise<Intended<NetworkIntent> | undefined> {
  return one(
    sql<Intended<NetworkIntent>>`
    select revision, jsonb_build_object('id', id, 'name', name, 'mtu', mtu, 'external', external,
      'dnsDomain', nullif(rtrim(dns_domain, '.'), ''), 'subnets', coalesce((
      select jsonb_agg(jsonb_build_object('id', s.id, 'networkId', s.network_id, 'cidr', s.cidr::text,
        'gatewayIp', host(s.gateway_ip), 'enableDhcp', s.enable_dhcp, 'dnsNameservers', s.dns_nameservers,
        'hostRoutes', s.host_routes, 'ipv6AddressMode', coalesce(s.ipv6_address_mode, s.ipv6_ra_mode)) order by s.id)
      from network.subnet s where s.network_id = n.id), '[]')) as intent
    from network.network n where id = ${id}`,
    db,
  );
}

export async function securityGroupIntent(
  db: Connection,
  id: string,
): Promise<Intended<SecurityGroupIntent> | undefined> {
  return one(
    sql<Intended<SecurityGroupIntent>>`
    select revision, jsonb_build_object('id', id, 'rules', coalesce((
      select jsonb_agg(jsonb_build_object('id', r.id, 'direction', r.direction, 'ethertype', r.ethertype,
        'protocol', r.protocol, 'portRangeMin', r.port_range_min, 'portRangeMax', r.port_range_max,
        'remoteIpPrefix', network(r.remote_ip_prefix)::text, 'remoteGroupId', r.remote_group_id) order by r.id)
      from network.security_group_rule r where r.security_group_id = g.id), '[]')) as intent
    from network.security_group g where id = ${id}`,
    db,
  );
}

/** A port as a guest's: undefined when there is none, or it is a router's leg or holds a floating IP's address. */
export interface PortPlan extends Intended<PortIntent> {
  /** Whether the engine knows its network, with all subnets, and its security groups. */
  readonly ready: boolean;
}

export async function portPlan(db: Connection, id: string): Promise<PortPlan | undefined> {
  return one(
    sql<PortPlan>`
    select p.revision, (n.applied_revision is not distinct from n.revision) and not exists (
        select from network.port_security_group m join network.security_group g on g.id = m.security_group_id
        where m.port_id = p.id and g.applied_revision is null) as ready,
      jsonb_build_object('id', p.id, 'networkId', p.network_id, 'mac', p.mac, 'portSecurity', p.port_security_enabled,
        'adminStateUp', p.admin_state_up, 'hostName', p.host_name, 'dnsName', p.dns_name,
        'dnsDomain', nullif(rtrim(n.dns_domain, '.'), ''),
        'addressPairs', p.address_pairs, 'dhcpOptions', p.dhcp_options,
        'qos', coalesce((select jsonb_agg(jsonb_build_object('direction', q.direction, 'maxKbps', q.max_kbps,
            'maxBurstKbps', q.max_burst_kbps, 'dscpMark', q.dscp_mark) order by q.id)
          from network.qos_rule q where q.policy_id = coalesce(p.qos_policy_id, n.qos_policy_id)), '[]'),
        'fixedIps', coalesce((select jsonb_agg(jsonb_build_object('subnetId', a.subnet_id,
            'ipAddress', host(a.address)) order by a.position)
          from network.ip_allocation a where a.port_id = p.id), '[]'),
        'securityGroupIds', coalesce((select jsonb_agg(m.security_group_id order by m.security_group_id)
          from network.port_security_group m where m.port_id = p.id), '[]')) as intent
    from network.port p join network.network n on n.id = p.network_id
    where p.id = ${id} and p.router_id is null and p.device_owner <> 'network:floatingip'`,
    db,
  );
}

/** What the engine is to be told of a router, and the ports that are its legs. */
export interface RouterPlan extends Intended<RouterIntent> {
  /** Whether the engine knows the networks of all legs. */
  readonly ready: boolean;
}

const addressWithLength = sql`host(a.address) || '/' || masklen(s.cidr)`;

export async function routerPlan(db: Connection, id: string): Promise<RouterPlan | undefined> {
  return one(
    sql<RouterPlan>`
    with leg as (
      select p.id, p.network_id, p.mac, p.device_owner, bool_and(n.applied_revision is not null) as ready,
        jsonb_agg(${addressWithLength} order by a.position) as cidrs,
        coalesce(jsonb_agg(host(s.gateway_ip) order by a.position) filter (where s.gateway_ip is not null), '[]') as nexthops,
        max(s.ipv6_ra_mode) as ra_mode, min(n.mtu) as mtu
      from network.port p join network.ip_allocation a on a.port_id = p.id
        join network.subnet s on s.id = a.subnet_id join network.network n on n.id = p.network_id
      where p.router_id = ${id} group by p.id order by p.id)
    select r.revision, not exists (select from leg where not ready) as ready,
      jsonb_build_object('id', r.id, 'adminStateUp', r.admin_state_up, 'routes', r.routes,
        'gateway', (select jsonb_build_object('networkId', network_id, 'portId', id, 'mac', mac,
            'cidrs', cidrs, 'nexthops', nexthops, 'snat', r.enable_snat)
          from leg where device_owner = 'network:router_gateway' limit 1),
        'interfaces', coalesce((select jsonb_agg(jsonb_build_object('portId', id, 'networkId', network_id, 'mac', mac,
            'cidrs', cidrs, 'announces', case when ra_mode is not null then
              jsonb_build_object('addressMode', ra_mode, 'mtu', mtu) end))
          from leg where device_owner = 'network:router_interface'), '[]'),
        'floatingIps', coalesce((select jsonb_agg(jsonb_build_object('id', f.id, 'floatingAddress', host(f.address),
            'fixedAddress', host(f.fixed_address), 'portId', f.fixed_port_id, 'portMac', p.mac) order by f.id)
          from network.floating_ip f join network.port p on p.id = f.fixed_port_id
          where f.router_id = r.id), '[]'),
        'portForwardings', coalesce((select jsonb_agg(jsonb_build_object('floatingIpId', f.id,
            'floatingAddress', host(f.address), 'protocol', w.protocol, 'externalPort', w.external_port,
            'fixedAddress', host(w.internal_address), 'internalPort', w.internal_port) order by w.id)
          from network.port_forwarding w join network.floating_ip f on f.id = w.floating_ip_id
          where w.router_id = r.id), '[]')) as intent
    from network.router r where r.id = ${id}`,
    db,
  );
}
