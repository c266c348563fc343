import { expect, it } from 'vitest';
import { networksOf } from './guest-metadata.ts';

const address = (change: object) => ({
  ...{ subnetId: 's', ipAddress: '10.0.0.5', cidr: '10.0.0.0/24', gatewayIp: '10.0.0.1', dnsNameservers: [] },
  ...{ enableDhcp: true, ipv6AddressMode: null },
  ...change,
});
const six = { ipAddress: 'fd00::5', cidr: 'fd00::/64', gatewayIp: 'fd00::1' };

it.each([
  [{}, { type: 'ipv4_dhcp' }],
  [{ enableDhcp: false }, { type: 'ipv4', ip_address: '10.0.0.5', netmask: '255.255.255.0' }],
  [{ ...six, ipv6AddressMode: 'slaac' }, { type: 'ipv6_slaac' }],
  [{ ...six, ipv6AddressMode: 'dhcpv6-stateful' }, { type: 'ipv6_dhcpv6-stateful' }],
  [six, { type: 'ipv6', ip_address: 'fd00::5', netmask: '64', routes: [{ network: '::', gateway: 'fd00::1' }] }],
])('an address like %j is told as %j', (change, expected) => {
  const port = {
    ...{ id: 'p', networkId: 'n', networkName: 'net', mac: 'fa:16:3e:00:00:01', mtu: 1442, deviceId: '', status: '' },
    ...{ fixedIps: [address(change)], floatingIps: [], securityGroupNames: [] },
  };
  expect(networksOf([port])).toMatchObject([expected]);
});
