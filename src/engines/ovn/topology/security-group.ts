import type { SecurityGroupIntent, SecurityGroupRuleIntent } from '../../../cloud/network/ports.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { type Acl, first, type Northbound, rowsOf } from '../northbound.ts';
import type { Columns } from '../ovsdb/schema.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { groupName } from './names.ts';
import { checkedPrefix } from './text.ts';

/** Neutron's priority for rules; what they do not allow is dropped below it. */
const rulePriority = 1002;

/** The key under which an ACL says of which rule it is made. */
export const ruleIdKey = 'neutron:security_group_rule_id';

/** The rule of which an ACL is made. */
export const aclKey = (acl: Acl): string | undefined => acl.external_ids[ruleIdKey];

/** IP protocol numbers of the names that the Network API takes (security group rules, `protocol`). */
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

/** A security group: a port group whose ACLs are its rules. Groups that the rules refer to are made if they are missing. */
export function planSecurityGroup(nb: Northbound, tx: Transaction, group: SecurityGroupIntent): void {
  const name = groupName(group.id);
  const existing = first(nb.groups, 'name', name);
  if (!existing) tx.expectNone('Port_Group', 'name', name);
  const wanted = new Map(group.rules.map((rule) => [rule.id, aclColumns(name, rule)]));
  const acls = tx.ensureChildren('ACL', rowsOf(nb.acls, existing?.acls ?? []), aclKey, wanted);
  tx.ensure('Port_Group', existing, { name, acls });
  const remotes = new Set(
    group.rules.flatMap(({ remoteGroupId }) => (remoteGroupId ? [groupName(remoteGroupId)] : [])),
  );
  remotes.delete(name);
  for (const remote of remotes) {
    // A match that names an address set which does not exist is an error, and the rule would not be installed at all.
    if (first(nb.groups, 'name', remote)) continue;
    tx.expectNone('Port_Group', 'name', remote);
    tx.insert('Port_Group', { name: remote });
  }
}

/** Takes the group and its rules away. */
export function planSecurityGroupRemoval(nb: Northbound, tx: Transaction, id: string): void {
  for (const row of nb.groups.find('name', groupName(id))) tx.delete('Port_Group', row._uuid);
}

function aclColumns(group: string, rule: SecurityGroupRuleIntent): Columns {
  return {
    priority: rulePriority,
    direction: rule.direction === 'ingress' ? 'to-lport' : 'from-lport',
    match: aclMatch(group, rule),
    action: 'allow-related',
    external_ids: { [ruleIdKey]: rule.id },
  };
}

/** A rule as an ACL's match (ovn-sb(5), Logical_Flow, `match`). */
export function aclMatch(group: string, rule: SecurityGroupRuleIntent): string {
  const ingress = rule.direction === 'ingress';
  const ip = rule.ethertype === 'IPv4' ? 'ip4' : 'ip6';
  const remote = `${ip}.${ingress ? 'src' : 'dst'}`;
  const terms = [`${ingress ? 'outport' : 'inport'} == @${group}`, ip];
  if (rule.remoteIpPrefix !== null) terms.push(`${remote} == ${checkedPrefix(rule.remoteIpPrefix)}`);
  if (rule.remoteGroupId !== null) terms.push(`${remote} == $${groupName(rule.remoteGroupId)}_${ip}`);
  return [...terms, ...protocolTerms(rule)].join(' && ');
}

function protocolTerms(rule: SecurityGroupRuleIntent): string[] {
  if (rule.protocol === null) return [];
  const number = protocolNumber(rule.protocol);
  if (number === 1 || number === 58) {
    const icmp = rule.ethertype === 'IPv4' ? 'icmp4' : 'icmp6';
    const type = rule.portRangeMin === null ? [] : [`${icmp}.type == ${checkedInteger(rule.portRangeMin)}`];
    const code = rule.portRangeMax === null ? [] : [`${icmp}.code == ${checkedInteger(rule.portRangeMax)}`];
    return [icmp, ...type, ...code];
  }
  const name = { 6: 'tcp', 17: 'udp', 132: 'sctp' }[number];
  if (name === undefined) return [`ip.proto == ${number}`];
  return [name, ...portTerms(`${name}.dst`, rule.portRangeMin, rule.portRangeMax)];
}

function portTerms(field: string, min: number | null, max: number | null): string[] {
  if (min !== null && min === max) return [`${field} == ${checkedInteger(min)}`];
  return [
    ...(min === null ? [] : [`${field} >= ${checkedInteger(min)}`]),
    ...(max === null ? [] : [`${field} <= ${checkedInteger(max)}`]),
  ];
}

function protocolNumber(protocol: string): number {
  const number =
    protocolNumbers[protocol.toLowerCase()] ?? (/^\d{1,3}$/.test(protocol) ? Number(protocol) : Number.NaN);
  if (!(number <= 255)) throw badRequest(`Protocol ${JSON.stringify(protocol)} is not supported.`);
  return number;
}

function checkedInteger(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw badRequest(`${value} is not a port.`);
  return value;
}
