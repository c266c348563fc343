import { sql } from 'kysely';
import { invalid } from '../domain/faults.ts';
import type { HostRoute } from '../domain/records.ts';
import { checkedRoutes, isWithin } from '../domain/subnet-rules.ts';
import type { Change } from './change.ts';

/** `max_routes` of Neutron. */
const mostRoutes = 30;

/** The routes in one spelling; each next hop must be a neighbour of the router and not the router itself. */
export async function checkedRouterRoutes(
  change: Change,
  routerId: string,
  routes: readonly HostRoute[],
): Promise<HostRoute[]> {
  if (routes.length > mostRoutes) {
    throw invalid(
      'RoutesExhausted',
      `Unable to complete operation for ${routerId}. The number of routes exceeds the maximum ${mostRoutes}.`,
    );
  }
  const checked = checkedRoutes(routes);
  const { rows } = await sql<{ address: string; cidr: string }>`
    select host(a.address) as address, s.cidr::text as cidr
    from network.port p join network.ip_allocation a on a.port_id = p.id join network.subnet s on s.id = a.subnet_id
    where p.router_id = ${routerId}`.execute(change.tx);
  for (const { nexthop } of checked) {
    if (!rows.some(({ cidr }) => isWithin(cidr, nexthop)))
      throw invalidRoutes(checked, 'the nexthop is not connected with router');
    if (rows.some(({ address }) => address === nexthop)) throw invalidRoutes(checked, 'the nexthop is used by router');
  }
  return checked;
}

function invalidRoutes(routes: readonly HostRoute[], reason: string) {
  return invalid('InvalidRoutes', `Invalid format for routes: ${JSON.stringify(routes).slice(0, 300)}, ${reason}`);
}
