import { parseAddress, parseCidr } from './addresses.ts';
import { invalidInput, notServed } from './faults.ts';
import type { DhcpOption } from './records.ts';

/** What the value of an option is. */
export type DhcpOptionKind = 'address' | 'addresses' | 'text' | 'number' | 'boolean' | 'routes';

/** The options that a port can be given, by dnsmasq's names (RFC 2132, RFC 3442; API reference, `extra_dhcp_opts`). */
export const dhcpOptionKinds: Readonly<Record<string, DhcpOptionKind>> = {
  netmask: 'address',
  router: 'address',
  'dns-server': 'addresses',
  'log-server': 'addresses',
  'lpr-server': 'addresses',
  'domain-name': 'text',
  'swap-server': 'address',
  'policy-filter': 'addresses',
  'router-solicitation': 'address',
  'nis-server': 'addresses',
  'ntp-server': 'addresses',
  'server-id': 'address',
  'tftp-server': 'text',
  'tftp-server-address': 'addresses',
  'server-ip-address': 'address',
  'classless-static-route': 'routes',
  'ms-classless-static-route': 'routes',
  'ip-forward-enable': 'boolean',
  'router-discovery': 'boolean',
  'ethernet-encap': 'boolean',
  'default-ttl': 'number',
  'tcp-ttl': 'number',
  mtu: 'number',
  'lease-time': 'number',
  T1: 'number',
  T2: 'number',
  'arp-timeout': 'number',
  'tcp-keepalive': 'number',
  wpad: 'text',
  'bootfile-name': 'text',
  'path-prefix': 'text',
  'domain-search': 'text',
};

/** The options, or why one of them cannot be given. */
export function checkedOptions(options: readonly DhcpOption[]): DhcpOption[] {
  const names = options.map(({ name, ipVersion }) => `${ipVersion} ${name}`);
  if (new Set(names).size < names.length) throw invalidInput('extra_dhcp_opts names an option twice');
  return options.map((option) => {
    const kind = Object.hasOwn(dhcpOptionKinds, option.name) ? dhcpOptionKinds[option.name] : undefined;
    if (kind === undefined) throw notServed(`The DHCP option '${option.name.slice(0, 64)}'`);
    if (option.value !== null && !fits(kind, option.value)) {
      throw invalidInput(`'${option.value.slice(0, 64)}' is no value of the DHCP option '${option.name}'`);
    }
    return option;
  });
}

/** Of either IP version: what no client of the port's subnet asks for is not given. */
function fits(kind: DhcpOptionKind, value: string): boolean {
  const parts = value.split(',').map((part) => part.trim());
  switch (kind) {
    case 'address':
      return parseAddress(value) !== undefined;
    case 'addresses':
      return parts.every((part) => parseAddress(part) !== undefined);
    case 'text':
      return /^[\x20-\x7e]{1,255}$/.test(value) && !/["\\]/.test(value);
    case 'number':
      return /^\d{1,9}$/.test(value);
    case 'boolean':
      return value === '0' || value === '1';
    case 'routes':
      return (
        parts.length % 2 === 0 &&
        parts.every((part, at) => (at % 2 === 0 ? parseCidr(part) : parseAddress(part)) !== undefined)
      );
  }
}

/** What a port has after a change: an option with a value is put, one without is taken away. */
export function optionsAfter(before: readonly DhcpOption[], changes: readonly DhcpOption[]): DhcpOption[] {
  const key = ({ name, ipVersion }: DhcpOption) => `${ipVersion} ${name}`;
  const after = new Map(before.map((option) => [key(option), option]));
  for (const option of checkedOptions(changes)) {
    if (option.value === null) after.delete(key(option));
    else after.set(key(option), option);
  }
  return [...after.values()];
}
