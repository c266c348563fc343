import { formatAddress, formatCidr, parseAddress, parseCidr, parseMac } from './addresses.ts';
import type { PortAttributes } from './attributes.ts';
import { inConflict, invalid, invalidInput } from './faults.ts';
import type { AddressPair } from './records.ts';

/** `max_allowed_address_pair` of Neutron. */
const mostPairs = 10;

type Wanted = NonNullable<PortAttributes['addressPairs']>;

/** The pairs in one spelling, each with its MAC address; a block keeps its prefix length. */
export function checkedPairs(pairs: Wanted, mac: string, portSecurity: boolean): AddressPair[] {
  if (pairs.length === 0) return [];
  if (!portSecurity) {
    throw inConflict(
      'AddressPairAndPortSecurityRequired',
      'Port Security must be enabled in order to have allowed address pairs on a port.',
    );
  }
  if (pairs.length > mostPairs) {
    throw invalid(
      'AllowedAddressPairExhausted',
      `The number of allowed address pair exceeds the maximum ${mostPairs}.`,
    );
  }
  const checked = pairs.map(({ ipAddress, macAddress }) => ({
    ipAddress: addressOrBlock(ipAddress),
    macAddress: macAddress === undefined ? mac : checkedMac(macAddress),
  }));
  if (new Set(checked.map((pair) => `${pair.macAddress} ${pair.ipAddress}`)).size < checked.length) {
    throw invalid('DuplicateAddressPairInRequest', 'Request contains duplicate address pair.');
  }
  return checked;
}

function addressOrBlock(text: string): string {
  const address = parseAddress(text);
  const block = address === undefined ? parseCidr(text) : undefined;
  if (address !== undefined) return formatAddress(address);
  if (block !== undefined) return formatCidr(block);
  throw invalidInput(`'${text.slice(0, 64)}' is not a valid IP address or CIDR`);
}

function checkedMac(text: string): string {
  const mac = parseMac(text);
  if (mac === undefined) throw invalidInput(`'${text.slice(0, 40)}' is not a valid MAC address`);
  return mac;
}
