import { type Cidr, formatAddress, formatCidr, parseAddress } from './addresses.ts';
import { invalid, invalidInput } from './faults.ts';

/** How guests of an IPv6 subnet get their addresses (API reference, `ipv6_ra_mode` and `ipv6_address_mode`). */
export const ipv6Modes = ['slaac', 'dhcpv6-stateful', 'dhcpv6-stateless'] as const;
export type Ipv6Mode = (typeof ipv6Modes)[number];

/** Who announces the subnet (`ipv6RaMode`: our router; null: somebody else's or nobody) and who gives addresses. */
export interface Ipv6Modes {
  readonly ipv6RaMode: Ipv6Mode | null;
  readonly ipv6AddressMode: Ipv6Mode | null;
}

/** Whether guests make their addresses themselves, of their MAC addresses: the service then knows them beforehand. */
export function isAutoAddress({ ipv6RaMode, ipv6AddressMode }: Ipv6Modes): boolean {
  const automatic = (mode: Ipv6Mode | null) => mode === 'slaac' || mode === 'dhcpv6-stateless';
  return automatic(ipv6RaMode) || automatic(ipv6AddressMode);
}

/** The modes as asked for, or 400 with what contradicts what. */
export function checkedModes(
  cidr: Cidr,
  enableDhcp: boolean,
  asked: { readonly ipv6RaMode?: Ipv6Mode | null; readonly ipv6AddressMode?: Ipv6Mode | null },
): Ipv6Modes {
  const modes = { ipv6RaMode: asked.ipv6RaMode ?? null, ipv6AddressMode: asked.ipv6AddressMode ?? null };
  const { ipv6RaMode, ipv6AddressMode } = modes;
  if (ipv6RaMode === null && ipv6AddressMode === null) return modes;
  if (cidr.version === 4) {
    throw invalidInput('ipv6_ra_mode and ipv6_address_mode belong to a subnet of ip_version 6');
  }
  if (!enableDhcp) {
    throw invalidInput('ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False');
  }
  if (ipv6RaMode !== null && ipv6AddressMode !== null && ipv6RaMode !== ipv6AddressMode) {
    throw invalidInput(
      `ipv6_ra_mode set to '${ipv6RaMode}' with ipv6_address_mode set to '${ipv6AddressMode}' is not valid. If both attributes are set, they must be the same value`,
    );
  }
  if (isAutoAddress(modes) && cidr.prefixLength !== 64) {
    throw invalidInput(
      `Invalid CIDR ${formatCidr(cidr)} for IPv6 address mode. Addresses are made of MAC addresses (EUI-64), which requires the prefix to be /64`,
    );
  }
  return modes;
}

/** The address that a guest with this MAC address makes itself in the subnet (RFC 4291, modified EUI-64). */
export function eui64Address(cidr: Cidr, mac: string): string {
  const bytes = mac.split(':').map((part) => BigInt(Number.parseInt(part, 16)));
  const [first = 0n, ...rest] = bytes;
  const identifier = [first ^ 2n, ...rest.slice(0, 2), 0xffn, 0xfen, ...rest.slice(2)];
  const value = identifier.reduce((sum, byte) => (sum << 8n) | byte, 0n);
  return formatAddress({ version: 6, value: cidr.first | value });
}

/** A router's address on the link, which is on no subnet and can be the gateway of any (RFC 4291: `fe80::/10`). */
export function isLinkLocal(text: string): boolean {
  const address = parseAddress(text);
  return address?.version === 6 && address.value >> 118n === 0x3fan;
}

/** 400: an address was asked for where guests make their own. */
export function notAssignable(address: string, subnetId: string) {
  return invalid(
    'AllocationOnAutoAddressSubnet',
    `IPv6 address ${address} can not be directly assigned to a port on subnet ${subnetId} as the subnet is configured for automatic addresses`,
  );
}
