import { describe, expect, test } from 'vitest';
import { Fault } from '../../../kernel/base/errors.ts';
import { rule, Tenant } from '../testing/intents.ts';
import { extraOptions, subnetOptions } from './dhcp-options.ts';
import { dnsRecords } from './dns.ts';
import { groupName, idOfGroupName, neutronName } from './names.ts';
import { nthAddress, prefixOf } from './prefix.ts';
import { aclMatch } from './security-group.ts';

describe('a security group rule becomes a match', () => {
  const remote = '01234567-89ab-cdef-0123-456789abcdef';
  test.each([
    [{}, 'outport == @pg && ip4'],
    [{ direction: 'egress', ethertype: 'IPv6' }, 'inport == @pg && ip6'],
    [{ protocol: 'tcp', portRangeMin: 22, portRangeMax: 22 }, 'outport == @pg && ip4 && tcp && tcp.dst == 22'],
    [
      { protocol: '17', portRangeMin: 1, portRangeMax: 9 },
      'outport == @pg && ip4 && udp && udp.dst >= 1 && udp.dst <= 9',
    ],
    [
      { protocol: 'icmp', portRangeMin: 8, portRangeMax: 0 },
      'outport == @pg && ip4 && icmp4 && icmp4.type == 8 && icmp4.code == 0',
    ],
    [{ protocol: 'ipv6-icmp', ethertype: 'IPv6' }, 'outport == @pg && ip6 && icmp6'],
    [{ protocol: 'vrrp' }, 'outport == @pg && ip4 && ip.proto == 112'],
    [{ remoteIpPrefix: '10.1.0.0/16' }, 'outport == @pg && ip4 && ip4.src == 10.1.0.0/16'],
    [
      { direction: 'egress', remoteGroupId: remote },
      'inport == @pg && ip4 && ip4.dst == $pg_01234567_89ab_cdef_0123_456789abcdef_ip4',
    ],
  ] as const)('%j', (change, match) => {
    expect(aclMatch('pg', rule(change))).toBe(match);
  });

  test.each([
    { remoteIpPrefix: '0.0.0.0/0 || 1' },
    { remoteGroupId: 'x || 1' },
    { protocol: 'tcp || 1' },
    { protocol: '256' },
    { protocol: 'tcp', portRangeMin: 1.5 },
  ])('and what is no part of one is refused: %j', (change) => {
    expect(() => aclMatch('pg', rule(change))).toThrow(Fault);
  });
});

describe('a subnet becomes DHCP options', () => {
  const { network } = new Tenant();
  const [subnet] = network.subnets;
  if (!subnet) throw new Error('the tenant has a subnet');

  test('the gateway is router, server and resolver', () => {
    expect(subnetOptions(network, subnet)).toMatchObject({
      server_id: '10.0.0.1',
      router: '10.0.0.1',
      dns_server: '{10.0.0.1}',
      mtu: '1442',
    });
  });

  test('resolvers that were asked for are given instead', () => {
    const options = subnetOptions(network, { ...subnet, dnsNameservers: ['9.9.9.9', '1.1.1.1'] });
    expect(options.dns_server).toBe('{9.9.9.9, 1.1.1.1}');
  });

  test('with routes to the metadata service and others, the default route among them, for clients ignore the router then', () => {
    const hostRoutes = [{ destination: '10.9.0.0/16', nexthop: '10.0.0.9' }];
    expect(subnetOptions(network, { ...subnet, hostRoutes }).classless_static_route).toBe(
      '{10.9.0.0/16,10.0.0.9, 169.254.169.254/32,0.0.0.0, 0.0.0.0/0,10.0.0.1}',
    );
  });

  test('without gateway there is an answer all the same, and no route but to the metadata service', () => {
    const options = subnetOptions(network, { ...subnet, gatewayIp: null });
    expect(options).toMatchObject({
      server_id: '169.254.169.253',
      classless_static_route: '{169.254.169.254/32,0.0.0.0}',
    });
    expect(Object.keys(options)).not.toContain('router');
  });
});

describe('an IPv6 subnet becomes DHCPv6 options', () => {
  const { network } = new Tenant();
  const [four] = network.subnets;
  if (!four) throw new Error('the tenant has a subnet');
  const subnet = { ...four, cidr: '2001:db8::/64', gatewayIp: '2001:db8::1', dnsNameservers: ['9.9.9.9'] } as const;

  test('with the gateway for resolver, unless one of its own version is named', () => {
    const stateful = { ...subnet, ipv6AddressMode: 'dhcpv6-stateful' } as const;
    expect(subnetOptions(network, stateful)).toEqual({
      server_id: expect.stringMatching(/^fa:16:3e:/),
      dns_server: '{2001:db8::1}',
      domain_search: '"example.org"',
    });
    const named = { ...stateful, dnsNameservers: ['2001:db8::53', '9.9.9.9'] };
    expect(subnetOptions(network, named).dns_server).toBe('{2001:db8::53}');
  });

  test('without addresses where guests make their own', () => {
    expect(subnetOptions(network, { ...subnet, ipv6AddressMode: 'dhcpv6-stateless' })).toMatchObject({
      dhcpv6_stateless: 'true',
    });
  });
});

describe('a port’s own DHCP options are told in OVN’s words', () => {
  test.each([
    [{ name: 'bootfile-name', value: 'pxelinux.0', ipVersion: 4 }, { bootfile_name: '"pxelinux.0"' }],
    [{ name: 'ntp-server', value: '10.0.0.9, 10.0.0.8', ipVersion: 4 }, { ntp_server: '{10.0.0.9, 10.0.0.8}' }],
    [{ name: 'tcp-ttl', value: '064', ipVersion: 4 }, { tcp_ttl: '64' }],
    [
      { name: 'classless-static-route', value: '10.9.0.0/16,10.0.0.9', ipVersion: 4 },
      { classless_static_route: '{10.9.0.0/16,10.0.0.9}' },
    ],
    [{ name: 'domain-search', value: 'a.example', ipVersion: 6 }, { domain_search: '"a.example"' }],
    [{ name: 'ntp-server', value: '2001:db8::9', ipVersion: 4 }, {}],
  ] as const)('%j', (option, expected) => {
    expect(extraOptions([option], option.ipVersion)).toEqual(expected);
    expect(extraOptions([option], option.ipVersion === 4 ? 6 : 4)).toEqual({});
  });

  test('and what would be more than a value is refused', () => {
    expect(() => extraOptions([{ name: 'router', value: '10.0.0.1, x = 1', ipVersion: 4 }], 4)).toThrow(Fault);
  });
});

test('a name has records both ways, in lower case', () => {
  expect(dnsRecords('Web', null, ['10.0.0.5'])).toEqual({ web: '10.0.0.5', '5.0.0.10.in-addr.arpa': 'web' });
  expect(dnsRecords('six', '', ['2001:db8::5:0:ab'])).toEqual({
    six: '2001:db8::5:0:ab',
    'b.a.0.0.0.0.0.0.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa': 'six',
  });
  expect(dnsRecords('web', 'Example.org', ['10.0.0.5'])).toEqual({
    web: '10.0.0.5',
    'web.example.org': '10.0.0.5',
    '5.0.0.10.in-addr.arpa': 'web.example.org',
  });
  expect(dnsRecords(null, null, ['10.0.0.5'])).toEqual({});
});

test('addresses within a prefix', () => {
  expect(prefixOf('172.24.4.77/20')).toBe('172.24.0.0/20');
  expect(nthAddress('10.255.255.128/25', 2)).toBe('10.255.255.130/25');
});

test('names come from ids, and lead back to them', () => {
  const id = '01234567-89ab-cdef-0123-456789abcdef';
  expect(idOfGroupName(groupName(id))).toBe(id);
  expect(() => neutronName('../etc')).toThrow(Fault);
});
