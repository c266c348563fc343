import { sql } from 'kysely';
import { type Tx, tables } from '../../../kernel/store/index.ts';
import { parseAddress } from '../domain/addresses.ts';
import type { AllocationPool } from '../domain/pools.ts';
import { following, type Stretch, searchOrder } from '../domain/search.ts';
import type { NetworkTables } from './tables.ts';

/** A subnet as the search for an address sees it. */
export interface Allocatable {
  readonly id: string;
  readonly cidr: string;
  readonly ipVersion: number;
  readonly allocationPools: readonly AllocationPool[];
  readonly nextAddress: string | null;
  /** Guests make their addresses themselves (SLAAC). */
  readonly autoAddress: boolean;
  readonly serviceTypes: readonly string[];
}

/**
 * The network's subnets in the order of their creation, locked: whoever gives addresses of them follows one another,
 * so that no two ports are given the same one.
 */
export async function lockSubnets(tx: Tx, networkId: string): Promise<Allocatable[]> {
  const { rows } = await sql<Allocatable>`
    select id, cidr::text as cidr, ip_version as "ipVersion", host(next_address) as "nextAddress",
      auto_address as "autoAddress", service_types as "serviceTypes",
      (select coalesce(jsonb_agg(jsonb_build_object('start', host(first), 'end', host(last)) order by first), '[]')
        from network.allocation_pool p where p.subnet_id = subnet.id) as "allocationPools"
    from network.subnet where network_id = ${networkId} order by id for no key update`.execute(tx);
  return rows;
}

/**
 * Gives the port a free address of the subnet's pools, from which the search will go on; answers it, undefined when there is
 * none.
 */
export async function giveNextAddress(
  tx: Tx,
  subnet: Allocatable,
  portId: string,
  position: number,
): Promise<string | undefined> {
  const give = async (address: string) => await giveIfFree(tx, subnet.id, address, portId, position);
  for (const stretch of searchOrder(subnet.allocationPools, subnet.nextAddress)) {
    // Mostly the first one is free, and known to be with the step that has to be made anyway.
    if (await give(stretch.first)) return stretch.first;
    const found = await firstGap(tx, subnet.id, stretch);
    if (found !== undefined && (await give(found))) return found;
  }
  return undefined;
}

/** Gives the port the address, if it is free, and has the search go on behind it; whether it did. */
async function giveIfFree(tx: Tx, subnetId: string, text: string, portId: string, position: number): Promise<boolean> {
  const address = parseAddress(text);
  if (address === undefined) return false;
  const { numAffectedRows } = await sql`
    with passed as (update network.subnet set next_address = ${following(address)}
      where id = ${subnetId} and not exists (select from network.ip_allocation
        where subnet_id = ${subnetId} and address = ${text}::inet) returning id)
    insert into network.ip_allocation (port_id, subnet_id, address, position)
      select ${portId}::uuid, id, ${text}::inet, ${position}::smallint from passed`.execute(tx);
  return numAffectedRows === 1n;
}

/** The first gap begins right after an address that is taken. */
async function firstGap(tx: Tx, subnetId: string, { first, last }: Stretch): Promise<string | undefined> {
  const { rows } = await sql<{ address: string }>`
    select host(a.address + 1) as address from network.ip_allocation a
    where a.subnet_id = ${subnetId} and a.address >= ${first}::inet and a.address < ${last}::inet
      and not exists (select from network.ip_allocation b where b.subnet_id = a.subnet_id and b.address = a.address + 1)
    order by a.address limit 1`.execute(tx);
  return rows[0]?.address;
}

/** Whether a port has the address. */
export async function isAllocated(tx: Tx, subnetId: string, address: string): Promise<boolean> {
  const row = await tables<NetworkTables>(tx)
    .selectFrom('network.ip_allocation')
    .select('port_id')
    .where('subnet_id', '=', subnetId)
    .where('address', '=', address)
    .executeTakeFirst();
  return row !== undefined;
}
