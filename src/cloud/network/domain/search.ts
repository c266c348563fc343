import { type Address, formatAddress, parseAddress } from './addresses.ts';
import type { AllocationPool } from './pools.ts';

/** Addresses to look through, both ends included. */
export interface Stretch {
  readonly first: string;
  readonly last: string;
}

/**
 * The pools in the order in which a free address is looked for: onwards from `next`, then around from the start. So an
 * address that was just given back, and is perhaps still remembered by neighbours, is the last to be given again.
 */
export function searchOrder(pools: readonly AllocationPool[], next: string | null): Stretch[] {
  const from = next === null ? undefined : parseAddress(next);
  if (from === undefined) return pools.map(({ start, end }) => ({ first: start, last: end }));
  const [after, before]: [Stretch[], Stretch[]] = [[], []];
  for (const { start, end } of pools) {
    const [low, high] = [parseAddress(start), parseAddress(end)];
    if (low === undefined || high === undefined) continue;
    if (from.value <= low.value) after.push({ first: start, last: end });
    else if (from.value > high.value) before.push({ first: start, last: end });
    else {
      after.push({ first: formatAddress(from), last: end });
      before.push({ first: start, last: formatAddress({ version: from.version, value: from.value - 1n }) });
    }
  }
  return [...after, ...before];
}

/** The address after this one. */
export function following(address: Address): string {
  return formatAddress({ version: address.version, value: address.value + 1n });
}
