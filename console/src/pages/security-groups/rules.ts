import { ApiError } from '../../api/http.ts';
import type { NewRule, SecurityGroup, SecurityGroupRule } from '../../api/network.ts';
import { FieldProblem } from '../../ui/form-button.tsx';
import type { securityGroupTexts } from './texts.ts';

type Texts = ReturnType<typeof securityGroupTexts>;

/** What is let in most, by the names that people know. */
export const services = [
  { name: 'SSH', port: 22 },
  { name: 'HTTP', port: 80 },
  { name: 'HTTPS', port: 443 },
] as const;

/** What a rule lets through, in words: `SSH (TCP 22)`. */
export function trafficOf({ protocol, port_range_min: min, port_range_max: max }: SecurityGroupRule, t: Texts): string {
  if (protocol === null) return t.everything;
  if (/icmp/.test(protocol) && min === null) return t.ping;
  if (min === null) return protocol.toUpperCase();
  const ports = t.port(protocol.toUpperCase(), min === max ? String(min) : `${min}–${max}`);
  const service = services.find(({ port }) => protocol === 'tcp' && port === min && port === max);
  return service === undefined ? ports : t.named(service.name, ports);
}

/** With whom: everybody, a range, or the members of a group. */
export function peerOf(rule: SecurityGroupRule, groups: readonly SecurityGroup[], t: Texts): string {
  const { remote_group_id: groupId, remote_ip_prefix: range, ethertype } = rule;
  if (groupId !== null) return t.members(groups.find(({ id }) => id === groupId)?.name ?? groupId);
  if (range !== null && !/^(0\.0\.0\.0|::)\/0$/.test(range)) return range;
  return ethertype === 'IPv4' ? t.anyIpv4 : t.anyIpv6;
}

/** The rule that the form asks for, or a problem at the field that is wrong. */
export function ruleOf(form: FormData, t: Texts): NewRule {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  return {
    direction: text('direction') === 'egress' ? 'egress' : 'ingress',
    ...peerFields(text),
    ...trafficFields(text, t),
  };
}

function peerFields(
  text: (name: string) => string,
): Pick<NewRule, 'ethertype' | 'remote_ip_prefix' | 'remote_group_id'> {
  const peer = text('peer');
  const range = peer === 'range' ? text('range') : null;
  const isIpv6 = peer === 'ipv6' || range?.includes(':') === true;
  return {
    ethertype: isIpv6 ? 'IPv6' : 'IPv4',
    remote_ip_prefix: range,
    remote_group_id: ['ipv4', 'ipv6', 'range'].includes(peer) ? null : peer,
  };
}

function trafficFields(
  text: (name: string) => string,
  t: Texts,
): Pick<NewRule, 'protocol' | 'port_range_min' | 'port_range_max'> {
  const traffic = text('traffic');
  const ports = (protocol: string | null, min: number | null, max: number | null) => ({
    ...{ protocol, port_range_min: min, port_range_max: max },
  });
  if (traffic === 'all') return ports(null, null, null);
  if (traffic === 'icmp') return ports(peerFields(text).ethertype === 'IPv6' ? 'ipv6-icmp' : 'icmp', null, null);
  if (/^\d+$/.test(traffic)) return ports('tcp', Number(traffic), Number(traffic));
  const [, first = '', last = first] = /^(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?$/.exec(text('ports')) ?? [];
  const [min, max] = [Number(first), Number(last)];
  if (min < 1 || max > 65_535 || min > max) throw new FieldProblem('ports', t.portsWrong);
  return ports(traffic, min, max);
}

/** Tells a refusal of the API at the field that it is about, where there is one. */
export function atField(error: unknown, t: Texts): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.status === 409 && /already exists/.test(error.message)) return new FieldProblem('traffic', t.exists);
  if (error.status === 400 && /CIDR|IP address/.test(error.message)) return new FieldProblem('range', t.rangeWrong);
  return error;
}
