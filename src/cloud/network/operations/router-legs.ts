import { sql } from 'kysely';
import type { Change } from './change.ts';

/** A router's leg on one of its inside subnets. */
export interface Leg {
  readonly portId: string;
  readonly networkId: string;
  readonly subnetId: string;
  readonly address: string;
  readonly cidr: string;
}

/** The router's inside legs, an entry for each of their addresses. */
export async function legsOf({ tx }: Change, routerId: string): Promise<Leg[]> {
  const { rows } = await sql<Leg>`
    select p.id as "portId", p.network_id as "networkId", s.id as "subnetId", host(a.address) as address, s.cidr::text as cidr
    from network.port p join network.ip_allocation a on a.port_id = p.id join network.subnet s on s.id = a.subnet_id
    where p.router_id = ${routerId} and p.device_owner = 'network:router_interface' order by p.id, a.position`.execute(
    tx,
  );
  return rows;
}
