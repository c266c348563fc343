import { isIP } from 'node:net';

/** An IP address as a number, with the family that says how to write it. */
export interface Address {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** A block of addresses (RFC 4632): `first` is the network's address, `last` the broadcast address in IPv4. */
export interface Cidr {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefixLength: number;
}

const bits = { 4: 32, 6: 128 } as const;

/** The address that the text says, in the usual notations of IPv4 and IPv6 (RFC 4291); undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const version = isIP(text);
  if (version === 4) return { version, value: numberFrom(text.split('.').map(Number), 8n) };
  if (version !== 6 || text.includes('%')) return undefined;
  return { version, value: numberFrom(groupsOf(text), 16n) };
}

function numberFrom(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((value, part) => (value << width) | BigInt(part), 0n);
}

/** The eight 16-bit groups of a valid IPv6 address. */
function groupsOf(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const start = halfGroups(head);
  if (tail === undefined) return start;
  const end = halfGroups(tail);
  return [...start, ...new Array<number>(8 - start.length - end.length).fill(0), ...end];
}

function halfGroups(half: string): number[] {
  if (half === '') return [];
  return half.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/** The address in its canonical text (IPv6: RFC 5952). */
export function formatAddress({ version, value }: Address): string {
  if (version === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn);
  const text = groups.map((group) => group.toString(16)).join(':');
  // The longest run of zero groups, the first of equals, and no run of one, is shortened.
  const runs = [...text.matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length);
  const [longest] = runs;
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, '');
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}

/** The block that holds `ADDRESS/LENGTH`, host bits dropped; an address alone is a block of one. */
export function parseCidr(text: string): Cidr | undefined {
  const [addressText = '', lengthText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0) return undefined;
  const width = bits[address.version];
  if (lengthText !== undefined && !/^\d{1,3}$/.test(lengthText)) return undefined;
  const prefixLength = lengthText === undefined ? width : Number(lengthText);
  if (prefixLength > width) return undefined;
  const hostMask = (1n << BigInt(width - prefixLength)) - 1n;
  const first = address.value & ~hostMask;
  return { version: address.version, first, last: first | hostMask, prefixLength };
}

/** `10.0.0.0/24` */
export function formatCidr({ version, first, prefixLength }: Cidr): string {
  return `${formatAddress({ version, value: first })}/${prefixLength}`;
}

export function contains(cidr: Cidr, address: Address): boolean {
  return cidr.version === address.version && cidr.first <= address.value && address.value <= cidr.last;
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return a.version === b.version && a.first <= b.last && b.first <= a.last;
}

/** Whether a host may have the address: in the block, and neither the network's nor, in IPv4, the broadcast address. */
export function isHostAddress(cidr: Cidr, address: Address): boolean {
  if (!contains(cidr, address) || address.value === cidr.first) return false;
  return cidr.version === 6 || address.value !== cidr.last;
}

/** A MAC address in Neutron's range, from three bytes: `fa:16:3e:0a:0b:0c`. */
export function macOf(bytes: Uint8Array): string {
  const tail = [...bytes.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, '0'));
  return ['fa', '16', '3e', ...tail].join(':');
}

/** The MAC address in lower case; undefined when it is not one, or names a group (multicast) or nobody. */
export function parseMac(text: string): string | undefined {
  const mac = text.toLowerCase();
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) || mac === '00:00:00:00:00:00') return undefined;
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0 ? mac : undefined;
}
