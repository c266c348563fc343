import { isIPv4, isIPv6 } from 'node:net';
import type { NetworkIntent, PortIntent, SubnetIntent } from '../../../cloud/network/ports.ts';
import { metadataAddress } from './metadata.ts';
import { derivedMac } from './names.ts';
import { checkedAddress, checkedPrefix, quoted } from './text.ts';

type Texts = Readonly<Record<string, string>>;

/** Neutron's default (`dhcp_lease_duration` of the OVN driver), in seconds. */
const leaseTime = '43200';

/**
 * Answers DHCP on a subnet without gateway: link-local, so that it is nobody's address there. Renewals by unicast do not
 * find it, and clients then ask by broadcast.
 */
const serverWithoutGateway = '169.254.169.253';

/** The DHCP options of a subnet, in ovn-nb(5)'s notation. */
export function subnetOptions(network: NetworkIntent, subnet: SubnetIntent): Texts {
  return isIPv6(subnet.cidr.split('/')[0] ?? '') ? optionsOf6(network, subnet) : optionsOf4(network, subnet);
}

function optionsOf4(network: NetworkIntent, subnet: SubnetIntent): Texts {
  const options: Record<string, string> = {
    server_id: subnet.gatewayIp ?? serverWithoutGateway,
    server_mac: derivedMac(`dhcp ${subnet.id}`),
    lease_time: leaseTime,
    mtu: String(network.mtu),
  };
  if (subnet.gatewayIp) options.router = subnet.gatewayIp;
  if (network.dnsDomain !== null) options.domain_name = quoted(network.dnsDomain);
  const resolvers = resolversOf(subnet, isIPv4);
  if (resolvers.length > 0) options.dns_server = list(resolvers);
  const routes = subnet.hostRoutes.map(
    ({ destination, nexthop }) => `${checkedPrefix(destination)},${checkedAddress(nexthop)}`,
  );
  // On the link itself (RFC 3442: no router), so that it works without gateway, and takes no address of the subnet.
  routes.push(`${metadataAddress}/32,0.0.0.0`);
  // A client that knows option 121 ignores option 3, so that the default route is said again.
  if (subnet.gatewayIp) routes.push(`0.0.0.0/0,${subnet.gatewayIp}`);
  options.classless_static_route = `{${routes.join(', ')}}`;
  return options;
}

function optionsOf6({ dnsDomain }: NetworkIntent, subnet: SubnetIntent): Texts {
  const resolvers = resolversOf(subnet, isIPv6);
  return {
    server_id: derivedMac(`dhcp ${subnet.id}`),
    ...(subnet.ipv6AddressMode === 'dhcpv6-stateless' ? { dhcpv6_stateless: 'true' } : {}),
    ...(resolvers.length > 0 ? { dns_server: list(resolvers) } : {}),
    ...(dnsDomain === null ? {} : { domain_search: quoted(dnsDomain) }),
  };
}

/** OVN answers names of the network's ports whoever is asked; the router refuses the rest at once. */
function resolversOf({ dnsNameservers, gatewayIp }: SubnetIntent, fits: (ip: string) => boolean): string[] {
  const named = dnsNameservers.filter(fits);
  return named.length > 0 ? named : [gatewayIp].filter((ip) => ip !== null);
}

const list = (addresses: readonly string[]): string => `{${addresses.map(checkedAddress).join(', ')}}`;

/** How a value of the service's is written in ovn-nb(5)'s notation. */
const encoders = {
  address: checkedAddress,
  addresses: (value: string) => list(split(value)),
  text: quoted,
  number: (value: string) => String(Number(value)),
  boolean: (value: string) => (value === '1' ? '1' : '0'),
  routes(value: string) {
    const parts = split(value);
    const routes = parts.flatMap((part, at) =>
      at % 2 === 0 ? [`${checkedPrefix(part)},${checkedAddress(parts[at + 1] ?? '')}`] : [],
    );
    return `{${routes.join(', ')}}`;
  },
};

const split = (value: string): string[] => value.split(',').map((part) => part.trim());

type Encoding = readonly [option: string, how: keyof typeof encoders];

/** dnsmasq's names, which the service takes, in OVN's words. */
const optionsOf: Readonly<Record<4 | 6, Readonly<Record<string, Encoding>>>> = {
  4: {
    netmask: ['netmask', 'address'],
    router: ['router', 'address'],
    'dns-server': ['dns_server', 'addresses'],
    'log-server': ['log_server', 'addresses'],
    'lpr-server': ['lpr_server', 'addresses'],
    'domain-name': ['domain_name', 'text'],
    'swap-server': ['swap_server', 'address'],
    'policy-filter': ['policy_filter', 'addresses'],
    'router-solicitation': ['router_solicitation', 'address'],
    'nis-server': ['nis_server', 'addresses'],
    'ntp-server': ['ntp_server', 'addresses'],
    'server-id': ['server_id', 'address'],
    'tftp-server': ['tftp_server', 'text'],
    'tftp-server-address': ['tftp_server_address', 'addresses'],
    'server-ip-address': ['next_server', 'address'],
    'classless-static-route': ['classless_static_route', 'routes'],
    'ms-classless-static-route': ['ms_classless_static_route', 'routes'],
    'ip-forward-enable': ['ip_forward_enable', 'boolean'],
    'router-discovery': ['router_discovery', 'boolean'],
    'ethernet-encap': ['ethernet_encap', 'boolean'],
    'default-ttl': ['default_ttl', 'number'],
    'tcp-ttl': ['tcp_ttl', 'number'],
    mtu: ['mtu', 'number'],
    'lease-time': ['lease_time', 'number'],
    T1: ['T1', 'number'],
    T2: ['T2', 'number'],
    'arp-timeout': ['arp_cache_timeout', 'number'],
    'tcp-keepalive': ['tcp_keepalive_interval', 'number'],
    wpad: ['wpad', 'text'],
    'bootfile-name': ['bootfile_name', 'text'],
    'path-prefix': ['path_prefix', 'text'],
    'domain-search': ['domain_search_list', 'text'],
  },
  6: {
    'dns-server': ['dns_server', 'addresses'],
    'domain-search': ['domain_search', 'text'],
    'bootfile-name': ['bootfile_name', 'text'],
  },
};

/** A port's own options of one IP version, in ovn-nb(5)'s notation; what OVN does not know is not given. */
export function extraOptions(options: PortIntent['dhcpOptions'], version: 4 | 6): Texts {
  const known = options.flatMap(({ name, value, ipVersion }) => {
    const encoding = ipVersion === version ? optionsOf[version][name] : undefined;
    // An address of the other version, which no client of this one could use, is not given either.
    if (encoding === undefined || !isOfVersion(value, version)) return [];
    const [option, how] = encoding;
    return [[option, encoders[how](value)] as const];
  });
  return Object.fromEntries(known);
}

function isOfVersion(value: string, version: 4 | 6): boolean {
  return split(value).every((part) => !(version === 4 ? isIPv6(part) : isIPv4(part)));
}
