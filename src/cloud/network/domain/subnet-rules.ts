import { type Cidr, contains, formatAddress, formatCidr, overlap, parseAddress, parseCidr } from './addresses.ts';
import { invalidInput } from './faults.ts';
import { isLinkLocal } from './ipv6.ts';
import { type AllocationPool, checkedGateway, checkedPools, defaultGateway, defaultPools } from './pools.ts';
import type { HostRoute } from './records.ts';

/** The block of a subnet, or 400 with why it cannot be one. */
export function checkedCidr(text: string, ipVersion: number | undefined): Cidr {
  const cidr = text.includes('/') ? parseCidr(text) : undefined;
  if (cidr === undefined) throw invalidInput(`'${text.slice(0, 64)}' is not a valid CIDR`);
  if (cidr.version !== (ipVersion ?? cidr.version)) {
    throw invalidInput(`Mismatched ip_version ${ipVersion} and cidr ${formatCidr(cidr)}`);
  }
  if (cidr.prefixLength === 0) throw invalidInput('0 is not allowed as CIDR prefix length');
  if (cidr.last - cidr.first < 3n) throw invalidInput(`${formatCidr(cidr)} has no room for a gateway and a port`);
  const hit = special.find((range) => range.cidr !== undefined && overlap(range.cidr, cidr));
  if (hit !== undefined) throw invalidInput(`${formatCidr(cidr)} overlaps ${hit.text}, which hosts cannot have`);
  return cidr;
}

/** Addresses that mean something else everywhere: this host, the link, the metadata service, groups (RFC 6890). */
const special = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '::/127',
  '::ffff:0:0/96',
  'fe80::/10',
  'ff00::/8',
].map((text) => ({ text, cidr: parseCidr(text) }));

/** The gateway as asked for, or the usual one; null: none. */
export function gatewayOf(cidr: Cidr, asked: string | null | undefined): string | null {
  if (asked === undefined) return defaultGateway(cidr);
  if (asked === null) return null;
  const address = parseAddress(asked);
  // A router on the link may be known by its link-local address only.
  if (cidr.version === 6 && address !== undefined && isLinkLocal(asked)) return formatAddress(address);
  return checkedGateway(cidr, asked);
}

/** The pools as asked for, or all that the gateway leaves. */
export function poolsOf(
  cidr: Cidr,
  asked: readonly AllocationPool[] | undefined,
  gateway: string | null,
): AllocationPool[] {
  return asked === undefined ? defaultPools(cidr, gateway) : checkedPools(cidr, asked, gateway);
}

/** Resolvers in one spelling. */
export function checkedNameservers(servers: readonly string[]): string[] {
  const checked = servers.map((server) => {
    const address = parseAddress(server);
    if (address === undefined) throw invalidInput(`'${server.slice(0, 64)}' is not a valid nameserver`);
    return formatAddress(address);
  });
  if (new Set(checked).size < checked.length) throw invalidInput('a nameserver is named twice');
  return checked;
}

/** Routes with their destination in one spelling. */
export function checkedRoutes(routes: readonly HostRoute[]): HostRoute[] {
  const checked = routes.map(({ destination, nexthop }) => {
    const cidr = destination.includes('/') ? parseCidr(destination) : undefined;
    const hop = parseAddress(nexthop);
    if (cidr === undefined) throw invalidInput(`'${destination.slice(0, 64)}' is not a valid route destination`);
    if (hop === undefined) throw invalidInput(`'${nexthop.slice(0, 64)}' is not a valid nexthop`);
    if (cidr.version !== hop.version) throw invalidInput(`${destination} and ${nexthop} are of different IP versions`);
    return { destination: formatCidr(cidr), nexthop: formatAddress(hop) };
  });
  if (new Set(checked.map(({ destination, nexthop }) => `${destination} ${nexthop}`)).size < checked.length) {
    throw invalidInput('a route is named twice');
  }
  return checked;
}

/** Whether the address is one of the block's; false for what is no address. */
export function isWithin(cidr: string, address: string): boolean {
  const [block, ip] = [parseCidr(cidr), parseAddress(address)];
  return block !== undefined && ip !== undefined && contains(block, ip);
}
