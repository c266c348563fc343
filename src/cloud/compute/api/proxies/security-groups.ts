import Type from 'typebox';
import { policies } from '../../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../../kernel/base/errors.ts';
import { isUuid } from '../../../../kernel/base/ids.ts';
import { caller, type Route, route, version } from '../../../../kernel/http/index.ts';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from '../../../network/index.ts';
import type { ComputeSettings } from '../../operations/settings.ts';
import { searchOf } from '../paging.ts';
import { exact } from '../schemas.ts';

/** A group as Nova showed it: only what comes in, by address or by group. */
export function groupView(group: SecurityGroupRecord, known: readonly SecurityGroupRecord[]): Record<string, unknown> {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    tenant_id: group.projectId,
    rules: group.rules.filter(({ direction }) => direction === 'ingress').map((rule) => ruleView(rule, known)),
  };
}

function ruleView(rule: SecurityGroupRuleRecord, known: readonly SecurityGroupRecord[]): Record<string, unknown> {
  const remote = known.find(({ id }) => id === rule.remoteGroupId);
  return {
    id: rule.id,
    parent_group_id: rule.securityGroupId,
    ip_protocol: rule.protocol,
    ...portsView(rule),
    group: remote === undefined ? {} : { name: remote.name, tenant_id: remote.projectId },
    ip_range: rule.remoteGroupId === null ? { cidr: rule.remoteIpPrefix ?? anywhere(rule) } : {},
  };
}

function anywhere({ ethertype }: SecurityGroupRuleRecord): string {
  return ethertype === 'IPv6' ? '::/0' : '0.0.0.0/0';
}

function portsView({ protocol, portRangeMin, portRangeMax }: SecurityGroupRuleRecord): Record<string, number | null> {
  if (protocol === null || portRangeMin !== null || portRangeMax !== null) {
    return { from_port: portRangeMin, to_port: portRangeMax };
  }
  const all = protocol === 'tcp' || protocol === 'udp';
  return all ? { from_port: 1, to_port: 65_535 } : { from_port: -1, to_port: -1 };
}

/** Nova says 400 where the network service says that something stands in the way. */
async function asNova<T>(done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'conflict') throw error;
    if (error.data.type === 'OverQuota') throw new Fault('forbidden', error.message);
    throw badRequest(error.message);
  }
}

const until235 = { max: version('2.35') };
const text = Type.Union([Type.String({ maxLength: 255 }), Type.Null()]);
const group = exact({ security_group: exact({ name: text, description: Type.Optional(text) }) });
const number = Type.Union([Type.Integer(), Type.String({ pattern: '^-?[0-9]{1,6}$' }), Type.Null()]);
const rule = exact({
  security_group_rule: exact({
    parent_group_id: Type.String({ maxLength: 255 }),
    ip_protocol: Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Integer(), Type.Null()])),
    from_port: Type.Optional(number),
    to_port: Type.Optional(number),
    cidr: Type.Optional(text),
    group_id: Type.Optional(text),
  }),
});

/** Security groups as Nova passed them on until 2.35. */
export function securityGroupRoutes(settings: ComputeSettings): Route[] {
  const { network } = settings.proxied;
  const path = '/v2.1/os-security-groups';
  const read = { policy: policies.projectReader, versions: until235 };
  const write = { policy: policies.projectMember, versions: until235 };
  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:security-groups:list',
      ...read,
      async handler(request) {
        const context = caller(request);
        const everybody = context.isAdmin && searchOf(request).has('all_tenants');
        const groups = await network.listSecurityGroups(
          context,
          everybody || context.projectId === null ? {} : { projectId: context.projectId },
        );
        return { security_groups: groups.map((one) => groupView(one, groups)) };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:groupId`,
      operation: 'compute:security-groups:get',
      ...read,
      async handler(request) {
        const context = caller(request);
        const found = await network.getSecurityGroup(context, request.params.groupId ?? '');
        return { security_group: groupView(found, await network.listSecurityGroups(context)) };
      },
    }),
    route({
      method: 'POST',
      path,
      operation: 'compute:security-groups:create',
      ...write,
      body: group,
      async handler(request) {
        const { name, description } = request.body.security_group;
        const attributes = { name: name ?? '', description: description ?? '' };
        return {
          security_group: groupView(await asNova(network.createSecurityGroup(caller(request), attributes)), []),
        };
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:groupId`,
      operation: 'compute:security-groups:update',
      ...write,
      body: group,
      async handler(request) {
        const context = caller(request);
        const { name, description } = request.body.security_group;
        const changes = {
          ...(name === null ? {} : { name }),
          ...(description === undefined || description === null ? {} : { description }),
        };
        const changed = await asNova(network.updateSecurityGroup(context, request.params.groupId ?? '', changes));
        return { security_group: groupView(changed, await network.listSecurityGroups(context)) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:groupId`,
      operation: 'compute:security-groups:delete',
      ...write,
      status: 202,
      async handler(request) {
        const { groupId = '' } = request.params;
        const there = await asNova(network.deleteSecurityGroup(caller(request), groupId));
        if (!there) throw new Fault('notFound', `Security group ${groupId.slice(0, 64)} not found.`);
      },
    }),
    ...ruleRoutes(settings),
  ];
}

function ruleRoutes(settings: ComputeSettings): Route[] {
  const { network } = settings.proxied;
  const path = '/v2.1/os-security-group-rules';
  const write = { policy: policies.projectMember, versions: until235 };
  const id = (value: string) => {
    if (!isUuid(value)) throw badRequest('Security group id should be uuid');
    return value;
  };
  return [
    route({
      method: 'POST',
      path,
      operation: 'compute:security-group-rules:create',
      ...write,
      body: rule,
      async handler(request) {
        const context = caller(request);
        const { parent_group_id: parent, cidr, group_id: remote, ...asked } = request.body.security_group_rule;
        const protocol =
          asked.ip_protocol === undefined || asked.ip_protocol === null ? null : String(asked.ip_protocol);
        const port = (value: number | string | null | undefined) =>
          value === undefined || value === null || Number(value) === -1 ? null : Number(value);
        const made = await asNova(
          network.createSecurityGroupRule(context, {
            securityGroupId: id(parent),
            direction: 'ingress',
            ethertype: cidr?.includes(':') === true ? 'IPv6' : 'IPv4',
            protocol: protocol?.toLowerCase() ?? null,
            portRangeMin: port(asked.from_port),
            portRangeMax: port(asked.to_port),
            ...(remote === undefined || remote === null
              ? { remoteIpPrefix: cidr ?? '0.0.0.0/0' }
              : { remoteGroupId: id(remote) }),
          }),
        );
        return { security_group_rule: ruleView(made, await network.listSecurityGroups(context)) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:ruleId`,
      operation: 'compute:security-group-rules:delete',
      ...write,
      status: 202,
      async handler(request) {
        const ruleId = id(request.params.ruleId ?? '');
        const there = await asNova(network.deleteSecurityGroupRule(caller(request), ruleId));
        if (!there) throw new Fault('notFound', `Rule (${ruleId}) not found`);
      },
    }),
  ];
}
