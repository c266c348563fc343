import { isIPv4 } from 'node:net';
import { invalidInput } from './faults.ts';
import type { FixedIp } from './records.ts';

/** The domain of networks that name none (Neutron's default). */
const usualDomain = 'openstacklocal.';

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const hostName = new RegExp(`^${label}(?:\\.${label}){0,8}$`, 'i');
const domainName = new RegExp(`^${label}(?:\\.${label}){0,20}\\.$`, 'i');

/** A name for guests to be found by (RFC 1123), in lower case; none for the empty text. */
export function checkedHostName(text: string): string | null {
  if (text === '') return null;
  if (text.length > 63 || !hostName.test(text)) {
    throw invalidInput(`'${text.slice(0, 64)}' is not a valid DNS name: letters, digits and hyphens, at most 63`);
  }
  return text.toLowerCase();
}

/** A network's domain with its dot at the end, in lower case; the empty text is none. */
export function checkedDomain(text: string): string {
  if (text === '') return '';
  if (text.length > 200 || !domainName.test(text)) {
    throw invalidInput(`'${text.slice(0, 64)}' is not a valid DNS domain: a full name that ends with a dot`);
  }
  return text.toLowerCase();
}

/** The names by which the port's addresses are known. */
export function dnsAssignment(name: string | null, domain: string, ips: readonly FixedIp[]) {
  return ips.map(({ ipAddress }) => {
    const hostname = name || `host-${ipAddress.replaceAll(isIPv4(ipAddress) ? '.' : ':', '-')}`;
    return { ip_address: ipAddress, hostname, fqdn: `${hostname}.${domain || usualDomain}` };
  });
}
