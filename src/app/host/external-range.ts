/** An IPv4 range as its first address and the number of addresses in it. */
interface Range {
  readonly first: number;
  readonly size: number;
}

/** Reads `a.b.c.d/n` or a single address; undefined for anything else. */
export function parseRange(text: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const octets = match.slice(1, 5).map(Number);
  const prefix = match[5] === undefined ? 32 : Number(match[5]);
  if (octets.some((octet) => octet > 255) || prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return { first: address - (address % size), size };
}

/** Whether two ranges share an address. A range that cannot be read overlaps nothing. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parseRange(one), parseRange(other)];
  if (a === undefined || b === undefined) return false;
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

/** The range's first usable address, e.g. `172.24.4.1` of `172.24.4.0/24`: the host's own, and the guests' way out. */
export function gatewayOf(cidr: string): string {
  const range = parseRange(cidr);
  if (range === undefined) throw new Error(`${cidr} is not an IPv4 range`);
  const address = range.first + 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** Whether `cidr` starts where its prefix says, e.g. not `172.24.4.7/24`. */
export function isCanonical(cidr: string): boolean {
  const [address = ''] = cidr.split('/');
  const range = parseRange(cidr);
  return range !== undefined && range.first === parseRange(address)?.first;
}

/** Documentation ranges (RFC 5737) and this-network: never a candidate, whatever the routes say. */
const never = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3'];

/**
 * What we propose: quiet corners of 172.16/12 and 10/8, starting at a place that `seed` decides, so that clouds which do
 * not run at the same time hardly ever choose the same range and collide later.
 */
export function candidateRanges(seed: number): string[] {
  const from = (prefix: string, first: number, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}.${first + index}.0/24`);
  const all = [...from('172.24', 4, 240), ...from('10.224', 0, 240)];
  const start = seed % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}

/** Which of `taken` share an address with `cidr`, forbidden ranges included. */
export function collisions(cidr: string, taken: readonly string[]): string[] {
  return [...taken, ...never].filter((range) => overlaps(cidr, range));
}
