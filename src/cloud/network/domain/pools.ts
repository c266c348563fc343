import {
  type Address,
  type Cidr,
  contains,
  formatAddress,
  formatCidr,
  isHostAddress,
  parseAddress,
} from './addresses.ts';
import { inConflict, invalid, invalidInput } from './faults.ts';

/** Addresses that ports are given by themselves, both ends included. */
export interface AllocationPool {
  readonly start: string;
  readonly end: string;
}

interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

/** The gateway's address unless another is asked for: the first of the subnet. */
export function defaultGateway(cidr: Cidr): string {
  return formatAddress({ version: cidr.version, value: cidr.first + 1n });
}

/** Every address that a host may have, except the gateway's. */
export function defaultPools(cidr: Cidr, gateway: string | null): AllocationPool[] {
  const all: Range = { first: cidr.first + 1n, last: cidr.version === 4 ? cidr.last - 1n : cidr.last };
  const hole = gateway === null ? undefined : parseAddress(gateway)?.value;
  const ranges =
    hole === undefined || hole < all.first || hole > all.last
      ? [all]
      : [
          { first: all.first, last: hole - 1n },
          { first: hole + 1n, last: all.last },
        ];
  return ranges.filter(({ first, last }) => first <= last).map((range) => poolOf(cidr.version, range));
}

/**
 * The pools in ascending order; refuses what is no range of addresses, leaves the subnet, overlaps, or holds the
 * gateway.
 */
export function checkedPools(cidr: Cidr, pools: readonly AllocationPool[], gateway: string | null): AllocationPool[] {
  const ranges = pools
    .map((pool) => rangeOf(cidr, pool))
    .sort((a, b) => (a.first < b.first ? -1 : Number(a.first > b.first)));
  for (const [index, range] of ranges.entries()) {
    const before = ranges[index - 1];
    if (before !== undefined && before.last >= range.first) {
      const [a, b] = [before, range].map((each) => rangeText(cidr.version, each));
      throw inConflict(
        'OverlappingAllocationPools',
        `Found overlapping allocation pools: ${a} ${b} for subnet ${formatCidr(cidr)}.`,
      );
    }
  }
  refuseGatewayInPools(cidr, ranges, gateway);
  return ranges.map((range) => poolOf(cidr.version, range));
}

/** Refuses a gateway that would be given to a port. */
export function refuseGatewayInside(cidr: Cidr, pools: readonly AllocationPool[], gateway: string | null): void {
  const ranges = pools.map((pool) => rangeOf(cidr, pool));
  refuseGatewayInPools(cidr, ranges, gateway);
}

function refuseGatewayInPools(cidr: Cidr, ranges: readonly Range[], gateway: string | null): void {
  const value = gateway === null ? undefined : parseAddress(gateway)?.value;
  const holder = ranges.find(({ first, last }) => value !== undefined && first <= value && value <= last);
  if (holder === undefined) return;
  throw inConflict(
    'GatewayConflictWithAllocationPools',
    `Gateway ip ${gateway} conflicts with allocation pool ${rangeText(cidr.version, holder)}.`,
  );
}

function rangeOf(cidr: Cidr, pool: AllocationPool): Range {
  const [start, end] = [parseAddress(pool.start), parseAddress(pool.end)];
  const text = `${pool.start}-${pool.end}`;
  if (start === undefined || end === undefined || start.version !== end.version || start.value > end.value) {
    throw invalid('InvalidAllocationPool', `The allocation pool ${text.slice(0, 100)} is not valid.`);
  }
  if (!contains(cidr, start) || !contains(cidr, end) || !isHostAddress(cidr, start) || !isHostAddress(cidr, end)) {
    throw invalid(
      'OutOfBoundsAllocationPool',
      `The allocation pool ${text} spans beyond the subnet cidr ${formatCidr(cidr)}.`,
    );
  }
  return { first: start.value, last: end.value };
}

function poolOf(version: Address['version'], { first, last }: Range): AllocationPool {
  return { start: formatAddress({ version, value: first }), end: formatAddress({ version, value: last }) };
}

function rangeText(version: Address['version'], range: Range): string {
  const { start, end } = poolOf(version, range);
  return `${start}-${end}`;
}

/** The gateway as asked for, checked against the subnet. */
export function checkedGateway(cidr: Cidr, gateway: string): string {
  const address = parseAddress(gateway);
  if (address === undefined || address.version !== cidr.version) {
    throw invalidInput(`'${gateway.slice(0, 64)}' is not a valid IPv${cidr.version} address`);
  }
  if (!isHostAddress(cidr, address)) throw invalidInput('Gateway is not valid on subnet');
  return formatAddress(address);
}
