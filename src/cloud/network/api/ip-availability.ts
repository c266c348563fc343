import { sql } from 'kysely';
import { policies } from '../../../kernel/access/policy.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { parseAddress } from '../domain/addresses.ts';
import { networkNotFound } from '../domain/faults.ts';
import type { AllocationPool } from '../domain/pools.ts';
import type { OperationDeps } from '../operations/change.ts';
import { findRecord } from '../store/query.ts';
import type { Source } from '../store/sources.ts';
import { type Listing, listPage, pick, wantedFields } from './listing.ts';

interface Availability {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly subnets: readonly {
    readonly id: string;
    readonly name: string;
    readonly ipVersion: number;
    readonly cidr: string;
    readonly pools: readonly AllocationPool[];
    readonly used: number;
  }[];
}

const source: Source<Availability> = {
  table: 'network.network',
  records: sql`select id, project_id as "projectId", name,
      (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name, 'ipVersion', s.ip_version,
          'cidr', s.cidr::text,
          'pools', (select coalesce(jsonb_agg(jsonb_build_object('start', host(first), 'end', host(last))), '[]')
            from network.allocation_pool p where p.subnet_id = s.id),
          'used', (select count(*) from network.ip_allocation a where a.subnet_id = s.id)) order by s.id), '[]')
        from network.subnet s where s.network_id = network.id) as subnets
    from network.network`,
  visible: () => sql`false`,
};

const listing: Listing<Availability> = {
  source,
  untagged: true,
  fields: {
    network_id: { column: 'id', type: 'uuid' },
    network_name: { column: 'name', type: 'text' },
    project_id: { column: 'projectId', type: 'text' },
    tenant_id: { column: 'projectId', type: 'text' },
  },
  special: {
    ip_version: (values) =>
      sql`exists (select from jsonb_array_elements(v.subnets) s where s->>'ipVersion' = any(${values}::text[]))`,
  },
};

function sizeOf({ start, end }: AllocationPool): bigint {
  return (parseAddress(end)?.value ?? 0n) - (parseAddress(start)?.value ?? 0n) + 1n;
}

/** Addresses of IPv6 are more than a number of JSON tells exactly; their magnitude is right. */
function show({ id, projectId, name, subnets }: Availability) {
  const each = subnets.map((subnet) => ({
    subnet_id: subnet.id,
    subnet_name: subnet.name,
    ip_version: subnet.ipVersion,
    cidr: subnet.cidr,
    total_ips: Number(subnet.pools.reduce((sum, pool) => sum + sizeOf(pool), 0n)),
    used_ips: subnet.used,
  }));
  return {
    network_id: id,
    network_name: name,
    project_id: projectId,
    tenant_id: projectId,
    total_ips: each.reduce((sum, { total_ips }) => sum + total_ips, 0),
    used_ips: each.reduce((sum, { used_ips }) => sum + used_ips, 0),
    subnet_ip_availability: each,
  };
}

/** The extension `network-ip-availability`: how many addresses there are, and how many are given away. */
export function ipAvailabilityRoutes({ store: { db } }: OperationDeps): Route[] {
  const path = '/v2.0/network-ip-availabilities';
  return [
    route({
      method: 'GET',
      path,
      operation: 'network:ip-availabilities:list',
      policy: policies.admin,
      async handler(request) {
        const url = new URL(request.url, 'http://any');
        const { records } = await listPage(db, listing, caller(request), url);
        const wanted = wantedFields(url.searchParams);
        return { network_ip_availabilities: records.map((record) => pick(show(record), wanted)) };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:id`,
      operation: 'network:ip-availabilities:show',
      policy: policies.admin,
      async handler({ params: { id = '' } }) {
        const record = await findRecord(db, source, id);
        if (record === undefined) throw networkNotFound(id);
        return { network_ip_availability: show(record) };
      },
    }),
  ];
}
