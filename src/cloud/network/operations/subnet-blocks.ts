import { sql } from 'kysely';
import { type Cidr, formatCidr, parseCidr } from '../domain/addresses.ts';
import type { SubnetAttributes } from '../domain/attributes.ts';
import { inConflict, invalid, invalidInput, subnetPoolNotFound } from '../domain/faults.ts';
import { firstFreeBlock, refuseTakenBlock } from '../domain/prefixes.ts';
import type { SubnetPoolRecord } from '../domain/records.ts';
import { checkedCidr } from '../domain/subnet-rules.ts';
import { findVisible, lockRow } from '../store/query.ts';
import { subnetPoolSource } from '../store/sources.ts';
import { type Change, rowsOf } from './change.ts';

/** A subnet's block, and the pool that gave it. */
interface Block {
  readonly cidr: Cidr;
  readonly poolId: string | null;
}

type Wish = Pick<SubnetAttributes, 'cidr' | 'ipVersion' | 'subnetPoolId' | 'useDefaultPool' | 'prefixLength'>;

/** The block that is asked for: named, or given by a subnet pool. */
export async function blockFor(change: Change, projectId: string, networkId: string, wish: Wish): Promise<Block> {
  const poolId = wish.useDefaultPool ? await defaultPool(change, wish.ipVersion ?? 4) : wish.subnetPoolId;
  if (poolId === undefined) {
    if (wish.cidr === undefined) throw invalid('BadRequest', 'a subnetpool must be specified in the absence of a cidr');
    if (wish.prefixLength !== undefined) throw invalidInput('prefixlen is for a subnet that a subnet pool gives');
    const cidr = checkedCidr(wish.cidr, wish.ipVersion);
    await refuseOtherPool(change, networkId, null, cidr.version);
    return { cidr, poolId: null };
  }
  await lockRow(change.tx, subnetPoolSource, poolId, 'update');
  const pool = await findVisible(change.tx, subnetPoolSource, change.context, poolId);
  if (pool === undefined) throw subnetPoolNotFound(poolId);
  await refuseOtherPool(change, networkId, pool.id, pool.ipVersion);
  const given = await givenBlocks(change, pool.id);
  // The pool says the IP version: clients send 4 with every pool.
  const cidr = blockOf(pool, given, wish);
  refuseOverQuota(pool, projectId, given, cidr);
  return { cidr, poolId: pool.id };
}

async function defaultPool(change: Change, ipVersion: number): Promise<string> {
  const row = await rowsOf(change)
    .selectFrom('network.subnet_pool')
    .select('id')
    .where('is_default', '=', true)
    .where('ip_version', '=', ipVersion)
    .executeTakeFirst();
  if (row === undefined) throw invalid('BadRequest', `No default subnetpool found for IPv${ipVersion}`);
  return row.id;
}

interface Given {
  readonly projectId: string;
  readonly cidr: Cidr;
}

async function givenBlocks(change: Change, poolId: string): Promise<Given[]> {
  const rows = await rowsOf(change)
    .selectFrom('network.subnet')
    .select(['project_id', 'cidr'])
    .where('subnetpool_id', '=', poolId)
    .execute();
  return rows.flatMap(({ project_id, cidr }) => {
    const block = parseCidr(cidr);
    return block === undefined ? [] : [{ projectId: project_id, cidr: block }];
  });
}

function blockOf(pool: SubnetPoolRecord, given: readonly Given[], wish: Wish): Cidr {
  const prefixes = pool.prefixes.flatMap((text) => parseCidr(text) ?? []);
  const taken = given.map(({ cidr }) => cidr);
  if (wish.cidr !== undefined) {
    const cidr = checkedCidr(wish.cidr, pool.ipVersion);
    refuseLength(pool, cidr.prefixLength);
    refuseTakenBlock(cidr, prefixes, taken);
    return cidr;
  }
  const length = wish.prefixLength ?? pool.defaultPrefixLength;
  refuseLength(pool, length);
  const cidr = firstFreeBlock(prefixes, taken, length);
  if (cidr !== undefined) return checkedCidr(formatCidr(cidr), undefined);
  throw inConflict(
    'SubnetAllocationError',
    `Failed to allocate subnet: Insufficient prefix space to allocate subnet size /${length}.`,
  );
}

function refuseLength({ minPrefixLength, maxPrefixLength }: SubnetPoolRecord, length: number): void {
  if (length < minPrefixLength) {
    throw invalid(
      'MinPrefixSubnetAllocationError',
      `Unable to allocate subnet with prefix length ${length}, minimum allowed prefix is ${minPrefixLength}.`,
    );
  }
  if (length > maxPrefixLength) {
    throw invalid(
      'MaxPrefixSubnetAllocationError',
      `Unable to allocate subnet with prefix length ${length}, maximum allowed prefix is ${maxPrefixLength}.`,
    );
  }
}

/** What a pool's quota counts: addresses of IPv4, blocks of /64 of IPv6. */
function sizeOf({ version, prefixLength }: Cidr): number {
  return 2 ** ((version === 4 ? 32 : 64) - prefixLength);
}

function refuseOverQuota(pool: SubnetPoolRecord, projectId: string, given: readonly Given[], cidr: Cidr): void {
  if (pool.defaultQuota === null) return;
  const used = given.filter((each) => each.projectId === projectId).reduce((sum, each) => sum + sizeOf(each.cidr), 0);
  if (used + sizeOf(cidr) > pool.defaultQuota) {
    throw inConflict('SubnetPoolQuotaExceeded', 'Per-tenant subnet pool prefix quota exceeded.');
  }
}

/** All subnets of a network, of one IP version, are of one pool, so that one address scope is known for it. */
async function refuseOtherPool(
  change: Change,
  networkId: string,
  poolId: string | null,
  ipVersion: number,
): Promise<void> {
  const other = await rowsOf(change)
    .selectFrom('network.subnet')
    .select('id')
    .where('network_id', '=', networkId)
    .where('ip_version', '=', ipVersion)
    .where(sql<boolean>`subnetpool_id is distinct from ${poolId}`)
    .limit(1)
    .executeTakeFirst();
  if (other === undefined) return;
  throw invalid(
    'NetworkSubnetPoolAffinityError',
    'Subnets hosted on the same network must be allocated from the same subnet pool.',
  );
}
