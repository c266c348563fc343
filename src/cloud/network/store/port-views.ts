import { sql } from 'kysely';
import type { Connection } from '../../../kernel/store/index.ts';
import type { PortView } from '../domain/records.ts';
import type { Condition } from './query.ts';
import { portSource } from './sources.ts';

/** Ports as their users are shown them, in the order of their creation. */
export async function portViews(db: Connection, conditions: readonly Condition[]): Promise<PortView[]> {
  const where = conditions.length === 0 ? sql`true` : sql.join([...conditions], sql` and `);
  const { rows } = await sql<PortView>`
    select v.id, v."projectId", v.name, v."networkId", n.name as "networkName", v.mac, n.mtu, v."deviceId",
      v."deviceOwner", v.status,
      (select coalesce(jsonb_agg(jsonb_build_object('subnetId', s.id, 'ipAddress', host(a.address), 'cidr', s.cidr::text,
          'gatewayIp', host(s.gateway_ip), 'dnsNameservers', s.dns_nameservers, 'hostRoutes', s.host_routes,
          'enableDhcp', s.enable_dhcp, 'ipv6AddressMode', coalesce(s.ipv6_address_mode, s.ipv6_ra_mode)) order by a.position), '[]')
        from network.ip_allocation a join network.subnet s on s.id = a.subnet_id where a.port_id = v.id) as "fixedIps",
      (select coalesce(jsonb_agg(jsonb_build_object('address', host(f.address), 'fixedIp', host(f.fixed_address))
          order by f.id), '[]') from network.floating_ip f where f.fixed_port_id = v.id) as "floatingIps",
      array(select g.name from network.port_security_group m join network.security_group g on g.id = m.security_group_id
        where m.port_id = v.id order by g.name) as "securityGroupNames"
    from (${portSource.records}) v join network.network n on n.id = v."networkId"
    where ${where} order by v."createdAt", v.id`.execute(db);
  return rows;
}

/** By device, the numbers of the transactions that last changed what `portViews` shows of its ports (see migration 0007). */
export async function portVersions(db: Connection, deviceIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ device: string; version: string }>`
    select device_id as device, string_agg(xmin::text, ' ' order by id) as version from network.port
    where device_id = any(${deviceIds}) group by device_id`.execute(db);
  return new Map(rows.map(({ device, version }) => [device, version]));
}
