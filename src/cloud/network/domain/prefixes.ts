import { type Cidr, formatCidr, overlap, parseCidr } from './addresses.ts';
import { inConflict, invalid, invalidInput } from './faults.ts';

/** The blocks that the texts say, all of one IP version, merged where they touch, in ascending order. */
export function checkedPrefixes(texts: readonly string[]): Cidr[] {
  const blocks = texts.map((text) => {
    const cidr = text.includes('/') ? parseCidr(text) : undefined;
    if (cidr === undefined) throw invalidInput(`'${text.slice(0, 64)}' is not a valid CIDR`);
    return cidr;
  });
  if (new Set(blocks.map(({ version }) => version)).size > 1) {
    throw invalid('PrefixVersionMismatch', 'Cannot mix IPv4 and IPv6 prefixes in a subnet pool.');
  }
  return merged(blocks);
}

function merged(blocks: readonly Cidr[]): Cidr[] {
  const sorted = [...blocks].sort((a, b) =>
    a.first === b.first ? a.prefixLength - b.prefixLength : a.first < b.first ? -1 : 1,
  );
  const result: Cidr[] = [];
  for (const block of sorted) {
    const last = result.at(-1);
    if (last !== undefined && last.last >= block.last) continue;
    result.push(block);
    while (joinLastTwo(result));
  }
  return result;
}

/** Two halves of one block become the block. */
function joinLastTwo(blocks: Cidr[]): boolean {
  const [low, high] = blocks.slice(-2);
  if (low === undefined || high === undefined || low.prefixLength !== high.prefixLength) return false;
  const size = low.last - low.first + 1n;
  if (low.last + 1n !== high.first || low.first % (size * 2n) !== 0n) return false;
  blocks.splice(-2, 2, { ...low, last: high.last, prefixLength: low.prefixLength - 1 });
  return true;
}

/** Whether every one of `inner` lies in one of `outer`. */
export function covers(outer: readonly Cidr[], inner: readonly Cidr[]): boolean {
  return inner.every((block) => outer.some((each) => within(each, block)));
}

function within(outer: Cidr, inner: Cidr): boolean {
  return outer.version === inner.version && outer.first <= inner.first && inner.last <= outer.last;
}

/** The first block of the wanted length within `prefixes` that touches none of `taken`; undefined when there is none. */
export function firstFreeBlock(
  prefixes: readonly Cidr[],
  taken: readonly Cidr[],
  prefixLength: number,
): Cidr | undefined {
  const sorted = [...taken].sort((a, b) => (a.first < b.first ? -1 : Number(a.first > b.first)));
  for (const prefix of prefixes) {
    const found = prefixLength < prefix.prefixLength ? undefined : freeIn(prefix, sorted, prefixLength);
    if (found !== undefined) return found;
  }
  return undefined;
}

function freeIn(prefix: Cidr, taken: readonly Cidr[], prefixLength: number): Cidr | undefined {
  const size = 1n << BigInt((prefix.version === 4 ? 32 : 128) - prefixLength);
  let first = prefix.first;
  for (const block of taken) {
    if (block.last < first) continue;
    if (block.first > first + size - 1n) break;
    // The next place, on a boundary of its own size, behind what is in the way.
    first = ((block.last + size) / size) * size;
  }
  const last = first + size - 1n;
  return last <= prefix.last ? { version: prefix.version, first, last, prefixLength } : undefined;
}

/** Refuses a block that is not the pool's to give, or that is given away. */
export function refuseTakenBlock(block: Cidr, prefixes: readonly Cidr[], taken: readonly Cidr[]): void {
  if (covers(prefixes, [block]) && !taken.some((other) => overlap(other, block))) return;
  throw inConflict(
    'SubnetAllocationError',
    `Failed to allocate subnet: Cannot allocate requested subnet ${formatCidr(block)} from the available set of prefixes.`,
  );
}
