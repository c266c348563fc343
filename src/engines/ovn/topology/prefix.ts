/** IPv4 arithmetic on addresses that were checked before. */

const toNumber = (ip: string): number => ip.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);

const toText = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');

/** The subnet of an address with its prefix length: `10.0.0.1/24` → `10.0.0.0/24`. */
export function prefixOf(cidr: string): string {
  const [ip = '', length = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  return `${toText(Math.floor(toNumber(ip) / size) * size)}/${length}`;
}

/** The `n`th address of a subnet, with its prefix length: `nthAddress('10.0.0.0/24', 2)` → `10.0.0.2/24`. */
export function nthAddress(cidr: string, n: number): string {
  const [ip = '', length = '32'] = prefixOf(cidr).split('/');
  return `${toText(toNumber(ip) + n)}/${length}`;
}
