import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * What is not the public internet (IANA's special-purpose registries, RFC 6890), and ways in IPv6 to say an IPv4 address:
 * nobody outside may have us call there.
 */
const inner = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
  ...['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16', 'fc00::/7'],
  ...['fe80::/10', 'fec0::/10', 'ff00::/8'],
];

/** Whether an IP address may be called: outside, or in one of the networks that the operator allows. */
export type AddressRule = (address: string) => boolean;

/** The rule for those networks (`10.1.0.0/16`, `::1`). Throws on what is not one. */
export function addressRule(allowedNetworks: readonly string[]): AddressRule {
  const [forbidden, allowed] = [blockList(inner), blockList(allowedNetworks)];
  return (address) => {
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
    if (family === undefined) return false;
    return allowed.check(address, family) || !forbidden.check(address, family);
  };
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (family === 'ipv6' && !isIPv6(address)) throw new Error(`${network} is not a network`);
    list.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
  }
  return list;
}
