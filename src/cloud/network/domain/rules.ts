import { type Address, type Cidr, formatAddress, formatCidr, parseAddress, parseCidr } from './addresses.ts';
import type { SecurityGroupRuleAttributes } from './attributes.ts';
import { invalid, invalidInput } from './faults.ts';
import type { Direction, Ethertype } from './records.ts';

/** What a security group rule lets through, checked and in one spelling. */
export interface Rule {
  readonly direction: Direction;
  readonly ethertype: Ethertype;
  readonly protocol: string | null;
  readonly portRangeMin: number | null;
  readonly portRangeMax: number | null;
  /** With the host bits that were given; what it means is the block around it. */
  readonly remoteIpPrefix: string | null;
  readonly remoteGroupId: string | null;
}

/** IP protocol numbers of the names that the API takes (API reference, security group rules, `protocol`). */
const protocolNumbers: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  icmp: 1,
  icmpv6: 58,
  igmp: 2,
  ipip: 4,
  'ipv6-encap': 41,
  'ipv6-frag': 44,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  'ipv6-route': 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
};

const withPorts = new Set([6, 17, 33, 132, 136]);
const icmp = new Set([1, 58]);

/** The rule that the attributes ask for, or 400 with what is wrong. */
export function checkedRule(attributes: SecurityGroupRuleAttributes): Rule {
  const ethertype = ethertypeOf(attributes.ethertype ?? 'IPv4');
  const protocol = protocolOf(attributes.protocol ?? null);
  const { portRangeMin = null, portRangeMax = null, remoteIpPrefix = null, remoteGroupId = null } = attributes;
  if (remoteIpPrefix !== null && remoteGroupId !== null) {
    throw invalid(
      'SecurityGroupRemoteGroupAndRemoteIpPrefix',
      'Only remote_ip_prefix or remote_group_id may be provided.',
    );
  }
  checkPorts(protocol, portRangeMin, portRangeMax);
  if (protocol !== null && numberOf(protocol) === 58 && ethertype === 'IPv4' && protocol !== 'icmp') {
    throw invalid(
      'SecurityGroupEthertypeConflictWithProtocol',
      `Invalid ethertype ${ethertype} for protocol ${protocol}.`,
    );
  }
  return {
    direction: attributes.direction,
    ethertype,
    protocol,
    portRangeMin,
    portRangeMax,
    remoteIpPrefix: prefixOf(remoteIpPrefix, ethertype),
    remoteGroupId,
  };
}

/** One text for all rules that let the same through, whatever their spelling. */
export function fingerprint(rule: Rule): string {
  const { direction, ethertype, protocol, portRangeMin, portRangeMax, remoteIpPrefix, remoteGroupId } = rule;
  const number = protocol === null ? '' : numberOf(protocol);
  const block = remoteIpPrefix === null ? null : formatCidr(parseCidr(remoteIpPrefix) as Cidr);
  return [direction, ethertype, number, portRangeMin, portRangeMax, block, remoteGroupId]
    .map((part) => part ?? '')
    .join('|');
}

function ethertypeOf(text: string): Ethertype {
  const known = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;
  const lower = text.toLowerCase();
  if (lower === 'ipv4' || lower === 'ipv6') return known[lower];
  throw invalid(
    'SecurityGroupRuleInvalidEtherType',
    `Security group rule for ethertype '${text.slice(0, 40)}' not supported. Allowed values are ['IPv4', 'IPv6'].`,
  );
}

function numberOf(protocol: string): number {
  return protocolNumbers[protocol] ?? Number(protocol);
}

function protocolOf(text: string | null): string | null {
  const lower = text?.toLowerCase() ?? 'any';
  if (lower === 'any' || lower === '0') return null;
  const known = Object.hasOwn(protocolNumbers, lower) || (/^\d{1,3}$/.test(lower) && Number(lower) <= 255);
  if (known) return lower;
  throw invalid(
    'SecurityGroupRuleInvalidProtocol',
    `Security group rule protocol ${lower.slice(0, 40)} not supported. Only protocol values [None, ${Object.keys(protocolNumbers).join(', ')}] and integer representations [0 to 255] are supported.`,
  );
}

function checkPorts(protocol: string | null, min: number | null, max: number | null): void {
  if (min === null && max === null) return;
  const number = protocol === null ? undefined : numberOf(protocol);
  if (number === undefined) {
    throw invalid('SecurityGroupProtocolRequiredWithPorts', 'Must also specify protocol if port range is given.');
  }
  if (icmp.has(number)) {
    checkIcmp(min, max);
    return;
  }
  if (!withPorts.has(number)) {
    throw invalid(
      'SecurityGroupInvalidProtocolForPort',
      `Invalid protocol ${protocol} for port range, only supported for TCP, UDP, UDPLITE, SCTP and DCCP.`,
    );
  }
  const wrong = [min, max].find((port) => port !== null && (port < 1 || port > 65_535));
  if (wrong !== undefined) throw invalid('SecurityGroupInvalidPortValue', `Invalid value for port ${wrong}`);
  if (min === null || max === null || min > max) {
    throw invalid(
      'SecurityGroupInvalidPortRange',
      'For TCP/UDP protocols, port_range_min must be <= port_range_max, both from 1 to 65535.',
    );
  }
}

function checkIcmp(type: number | null, code: number | null): void {
  for (const [field, attribute, value] of [
    ['type', 'port-range-min', type],
    ['code', 'port-range-max', code],
  ] as const) {
    if (value === null || (value >= 0 && value <= 255)) continue;
    throw invalid(
      'SecurityGroupInvalidIcmpValue',
      `Invalid value for ICMP ${field} (${attribute}) ${value}. It must be 0 to 255.`,
    );
  }
  if (type === null && code !== null) {
    throw invalid(
      'SecurityGroupMissingIcmpType',
      `ICMP code (port-range-max) ${code} is provided but ICMP type (port-range-min) is missing.`,
    );
  }
}

function prefixOf(text: string | null, ethertype: Ethertype): string | null {
  if (text === null) return null;
  const cidr = parseCidr(text);
  if (cidr === undefined) throw invalidInput(`'${text.slice(0, 64)}' is neither a valid IP address nor a CIDR`);
  if (`IPv${cidr.version}` !== ethertype) {
    throw invalid(
      'SecurityGroupRuleParameterConflict',
      `Conflicting value ethertype ${ethertype} for CIDR ${formatCidr(cidr)}`,
    );
  }
  const [address = ''] = text.split('/');
  return `${formatAddress(parseAddress(address) as Address)}/${cidr.prefixLength}`;
}

const any = { protocol: null, portRangeMin: null, portRangeMax: null, remoteIpPrefix: null };

/** What a new group lets through: everything that goes out. */
export const egressRules: readonly Rule[] = (['IPv4', 'IPv6'] as const).map((ethertype) => ({
  ...any,
  direction: 'egress',
  ethertype,
  remoteGroupId: null,
}));

/** What a project's default group lets in besides: everything from its own members. */
export function mutualRules(groupId: string): Rule[] {
  return (['IPv4', 'IPv6'] as const).map((ethertype) => ({
    ...any,
    direction: 'ingress',
    ethertype,
    remoteGroupId: groupId,
  }));
}
