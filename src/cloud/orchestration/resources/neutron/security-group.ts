import { type Static, Type } from 'typebox';
import type { Context } from '../../../../kernel/access/context.ts';
import { derivedId } from '../../../../kernel/base/ids.ts';
import type { NetworkApi } from '../../../network/index.ts';
import { removed } from '../removal.ts';
import { present, properties, typed, whole } from '../schema.ts';
import type { ResourceType } from '../type.ts';
import { findSecurityGroup } from './lookup.ts';

const direction = Type.Union([Type.Literal('ingress'), Type.Literal('egress')]);
const ethertype = Type.Union([Type.Literal('IPv4'), Type.Literal('IPv6')]);
const nullable = Type.Optional(Type.Union([Type.String(), Type.Null()]));
const nullablePort = Type.Optional(Type.Union([whole, Type.Null()]));

const ruleFields = {
  direction: Type.Optional(direction),
  ethertype: Type.Optional(ethertype),
  protocol: nullable,
  port_range_min: nullablePort,
  port_range_max: nullablePort,
  remote_ip_prefix: nullable,
  description: Type.Optional(Type.String()),
};

const groupRule = Type.Object(
  {
    ...ruleFields,
    remote_mode: Type.Optional(Type.Union([Type.Literal('remote_ip_prefix'), Type.Literal('remote_group_id')])),
    remote_group_id: nullable,
  },
  { additionalProperties: false },
);

const groupProperties = properties({
  name: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  rules: Type.Optional(Type.Array(groupRule)),
});

type Rule = Static<typeof groupRule>;

/** `OS::Neutron::SecurityGroup` */
export function securityGroup(network: NetworkApi): ResourceType {
  return {
    type: 'OS::Neutron::SecurityGroup',
    properties: groupProperties,
    async create({ context, id, name, properties: given }) {
      const { name: wanted, description, rules = [] } = typed(groupProperties, given);
      const group = await network.createSecurityGroup(
        context,
        { name: wanted ?? name, ...present({ description }) },
        { id },
      );
      // Rules for what goes out replace those that a new group has, as Heat does it.
      if (rules.some((rule) => rule.direction === 'egress')) await removeDefaultEgress(network, context, group.id);
      for (const [index, rule] of rules.entries()) {
        await addRule(network, context, group.id, rule, derivedId('orchestration.rule', group.id, String(index)));
      }
      return { physicalId: group.id };
    },
    async attributes({ context, physicalId }) {
      const { id, name, description } = await network.getSecurityGroup(context, physicalId);
      const show = { id, name, description };
      return { ...show, show };
    },
    remove: ({ context, id }) => removed(() => network.deleteSecurityGroup(context, id)),
  };
}

async function removeDefaultEgress(network: NetworkApi, context: Context, groupId: string): Promise<void> {
  const { rules } = await network.getSecurityGroup(context, groupId);
  const defaults = rules.filter(
    (rule) => rule.direction === 'egress' && rule.protocol === null && rule.remoteIpPrefix === null,
  );
  for (const { id } of defaults) await network.deleteSecurityGroupRule(context, id);
}

async function addRule(network: NetworkApi, context: Context, groupId: string, rule: Rule, id: string): Promise<void> {
  const remoteGroup = rule.remote_mode === 'remote_group_id' ? (rule.remote_group_id ?? groupId) : undefined;
  const remoteGroupId = remoteGroup && (await findSecurityGroup(network, context, remoteGroup)).id;
  await network.createSecurityGroupRule(
    context,
    { ...ruleAttributes(rule, groupId), ...present({ remoteGroupId }) },
    { id },
  );
}

function ruleAttributes(rule: Omit<Rule, 'remote_mode' | 'remote_group_id'>, securityGroupId: string) {
  const number = (value: number | string | null | undefined) => (value == null ? undefined : Number(value));
  return {
    securityGroupId,
    direction: rule.direction ?? ('ingress' as const),
    ...present({
      ethertype: rule.ethertype,
      protocol: rule.protocol,
      portRangeMin: number(rule.port_range_min),
      portRangeMax: number(rule.port_range_max),
      remoteIpPrefix: rule.remote_ip_prefix,
      description: rule.description,
    }),
  };
}

const ruleProperties = properties({ ...ruleFields, security_group: Type.String(), remote_group: nullable });

/** `OS::Neutron::SecurityGroupRule` */
export function securityGroupRule(network: NetworkApi): ResourceType {
  return {
    type: 'OS::Neutron::SecurityGroupRule',
    properties: ruleProperties,
    async create({ context, id, properties: given }) {
      const { security_group: group, remote_group: remote, ...rule } = typed(ruleProperties, given);
      const { id: groupId } = await findSecurityGroup(network, context, group);
      const remoteGroupId = remote == null ? undefined : (await findSecurityGroup(network, context, remote)).id;
      const attributes = { ...ruleAttributes(rule, groupId), ...present({ remoteGroupId }) };
      return { physicalId: (await network.createSecurityGroupRule(context, attributes, { id })).id };
    },
    attributes: async ({ physicalId }) => ({ show: { id: physicalId } }),
    remove: ({ context, id }) => removed(() => network.deleteSecurityGroupRule(context, id)),
  };
}
