import { BlockList, isIP } from 'node:net';
import { badRequest } from '../../../kernel/base/errors.ts';

/**
 * Where nobody outside may send the cloud to fetch something: this machine, private and link-local networks, and what is
 * reserved (IANA special-purpose address registries, RFC 6890).
 */
const closed = new BlockList();
for (const range of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
]) {
  closed.addSubnet(...parseRange(range), 'ipv4');
}
/** The one block of IPv6 that is given out to the world; embedded IPv4 (6to4, Teredo) and documentation are not of it. */
const worldwide = new BlockList();
worldwide.addSubnet('2000::', 3, 'ipv6');
const notWorldwide = new BlockList();
for (const range of ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']) {
  notWorldwide.addSubnet(...parseRange(range), 'ipv6');
}

function parseRange(range: string): [address: string, prefix: number] {
  const [address = '', prefix = ''] = range.split('/');
  return [address, Number(prefix)];
}

/** Networks that may be fetched from although they are not on the Internet, e.g. `10.20.0.0/16`. */
export function allowList(ranges: readonly string[]): BlockList {
  const allowed = new BlockList();
  for (const range of ranges) {
    const [address, prefix] = parseRange(range);
    allowed.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return allowed;
}

/** Whether the address is one of the Internet's, or of the networks that the operator allows. */
export function mayFetchFrom(address: string, allowed: BlockList): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (family === 4) return allowed.check(address, 'ipv4') || !closed.check(address, 'ipv4');
  if (allowed.check(address, 'ipv6')) return true;
  return worldwide.check(address, 'ipv6') && !notWorldwide.check(address, 'ipv6');
}

/** The URL of an image on the web; 400 says what is wrong with it. */
export function parseSource(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw badRequest('Invalid uri: an http or https URL is expected.');
  }
  if (url.username !== '' || url.password !== '') {
    throw badRequest('Invalid uri: it must not contain a user name or password.');
  }
  return url;
}
