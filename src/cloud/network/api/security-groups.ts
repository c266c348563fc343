import Type from 'typebox';
import type { Route } from '../../../kernel/http/index.ts';
import { securityGroupNotFound, securityGroupRuleNotFound } from '../domain/faults.ts';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from '../domain/records.ts';
import type { Change, OperationDeps } from '../operations/change.ts';
import {
  createSecurityGroup,
  createSecurityGroupRule,
  deleteSecurityGroup,
  deleteSecurityGroupRule,
  ensureDefaultGroup,
  updateSecurityGroup,
} from '../operations/security-groups.ts';
import { securityGroupRuleSource, securityGroupSource } from '../store/sources.ts';
import { type Listing, standardFields } from './listing.ts';
import { resourceRoutes } from './resource.ts';
import {
  body,
  boolean,
  description,
  integer,
  name,
  nullable,
  optional,
  owner,
  short,
  toBoolean,
  toInteger,
} from './schemas.ts';
import { ownerOf, standardView } from './views.ts';

const groupListing: Listing<SecurityGroupRecord> = {
  source: securityGroupSource,
  fields: {
    ...standardFields,
    name: { column: 'name', type: 'text' },
    stateful: { column: 'stateful', type: 'boolean' },
  },
};

const ruleListing: Listing<SecurityGroupRuleRecord> = {
  source: securityGroupRuleSource,
  fields: {
    ...standardFields,
    security_group_id: { column: 'securityGroupId', type: 'uuid' },
    direction: { column: 'direction', type: 'text' },
    ethertype: { column: 'ethertype', type: 'text' },
    protocol: { column: 'protocol', type: 'text', nullable: true },
    port_range_min: { column: 'portRangeMin', type: 'integer', nullable: true },
    port_range_max: { column: 'portRangeMax', type: 'integer', nullable: true },
    remote_ip_prefix: { column: 'remoteIpPrefix', type: 'text', nullable: true },
    remote_group_id: { column: 'remoteGroupId', type: 'uuid', nullable: true },
  },
};

const groupUpdated = body({ name: optional(name), description: optional(description), stateful: optional(boolean) });
const groupCreated = body({ name, description: optional(description), stateful: optional(boolean), ...owner });

const portNumber = nullable(integer);

const ruleCreated = body({
  security_group_id: short,
  direction: Type.Union([Type.Literal('ingress'), Type.Literal('egress')]),
  ethertype: optional(nullable(short)),
  protocol: optional(nullable(Type.Union([short, Type.Integer()]))),
  port_range_min: optional(portNumber),
  port_range_max: optional(portNumber),
  remote_ip_prefix: optional(nullable(short)),
  remote_group_id: optional(nullable(short)),
  remote_address_group_id: optional(Type.Null()),
  description: optional(description),
  ...owner,
});

const portOf = (attribute: string, value: string | number | null | undefined): number | null =>
  toInteger(attribute, value ?? undefined, -9_999_999_999, 9_999_999_999) ?? null;

function showRule(rule: SecurityGroupRuleRecord) {
  return {
    ...standardView(rule),
    security_group_id: rule.securityGroupId,
    direction: rule.direction,
    ethertype: rule.ethertype,
    protocol: rule.protocol,
    port_range_min: rule.portRangeMin,
    port_range_max: rule.portRangeMax,
    remote_ip_prefix: rule.remoteIpPrefix,
    normalized_cidr: rule.normalizedCidr,
    remote_group_id: rule.remoteGroupId,
    remote_address_group_id: null,
  };
}

function showGroup(group: SecurityGroupRecord) {
  return {
    ...standardView(group),
    name: group.name,
    stateful: group.stateful,
    shared: group.shared,
    security_group_rules: group.rules.map(showRule),
  };
}

async function ensureOwnDefault(change: Change): Promise<void> {
  const { projectId } = change.context;
  if (projectId !== null) await ensureDefaultGroup(change, projectId);
}

export function securityGroupRoutes(deps: OperationDeps): Route[] {
  const groups = resourceRoutes(deps, {
    singular: 'security_group',
    plural: 'security_groups',
    path: 'security-groups',
    listing: groupListing,
    missing: securityGroupNotFound,
    show: showGroup,
    prepare: ensureOwnDefault,
    created: groupCreated,
    create: (change, { name: groupName, description: text, stateful, ...sent }) =>
      createSecurityGroup(change, {
        name: groupName,
        description: text,
        stateful: toBoolean(stateful),
        projectId: ownerOf(sent),
      }),
    updated: groupUpdated,
    update: (change, id, { stateful, ...sent }) =>
      updateSecurityGroup(change, id, { ...sent, stateful: toBoolean(stateful) }),
    remove: deleteSecurityGroup,
  });
  const rules = resourceRoutes(deps, {
    singular: 'security_group_rule',
    plural: 'security_group_rules',
    path: 'security-group-rules',
    listing: ruleListing,
    missing: securityGroupRuleNotFound,
    show: showRule,
    prepare: ensureOwnDefault,
    created: ruleCreated,
    create: (change, sent) =>
      createSecurityGroupRule(change, {
        projectId: ownerOf(sent),
        securityGroupId: sent.security_group_id,
        direction: sent.direction,
        ethertype: sent.ethertype ?? undefined,
        protocol: sent.protocol === null || sent.protocol === undefined ? null : String(sent.protocol),
        portRangeMin: portOf('port_range_min', sent.port_range_min),
        portRangeMax: portOf('port_range_max', sent.port_range_max),
        remoteIpPrefix: sent.remote_ip_prefix,
        remoteGroupId: sent.remote_group_id,
        description: sent.description,
      }),
    remove: deleteSecurityGroupRule,
  });
  return [...groups, ...rules];
}
