import { newId } from '../../../kernel/base/ids.ts';
import type {
  SecurityGroupAttributes,
  SecurityGroupChanges,
  SecurityGroupRuleAttributes,
} from '../domain/attributes.ts';
import { inConflict, securityGroupNotFound, securityGroupRuleNotFound } from '../domain/faults.ts';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from '../domain/records.ts';
import { checkedRule, egressRules, fingerprint, mutualRules, type Rule } from '../domain/rules.ts';
import { bumpRevision, findVisible } from '../store/query.ts';
import { checkQuota } from '../store/quotas.ts';
import { securityGroupRuleSource, securityGroupSource } from '../store/sources.ts';
import { type Change, madeBefore, newRow, ownRecord, projectOf, reread, rowsOf } from './change.ts';
import { forgetSharing } from './sharing.ts';

/** The project's `default` group, made the first time that it is asked for. */
export async function ensureDefaultGroup(change: Change, projectId: string): Promise<string> {
  const known = await defaultGroup(change, projectId);
  if (known !== undefined) return known;
  const row = groupRow(change, undefined, projectId, { name: 'default', description: 'Default security group' }, true);
  const inserted = await rowsOf(change)
    .insertInto('network.security_group')
    .values(row)
    .onConflict((on) => on.column('project_id').where('is_default', '=', true).doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) return (await defaultGroup(change, projectId)) ?? row.id;
  await insertRules(change, row.id, projectId, [...egressRules, ...mutualRules(row.id)]);
  await change.wake('security-group', row.id);
  return row.id;
}

async function defaultGroup(change: Change, projectId: string): Promise<string | undefined> {
  const row = await rowsOf(change)
    .selectFrom('network.security_group')
    .select('id')
    .where('project_id', '=', projectId)
    .where('is_default', '=', true)
    .executeTakeFirst();
  return row?.id;
}

function groupRow(
  change: Change,
  id: string | undefined,
  projectId: string,
  attributes: SecurityGroupAttributes,
  isDefault: boolean,
) {
  return {
    ...newRow(change, id, projectId, attributes.description),
    name: attributes.name,
    is_default: isDefault,
    stateful: attributes.stateful ?? true,
    applied_revision: null,
  };
}

async function insertRules(change: Change, groupId: string, projectId: string, rules: readonly Rule[]): Promise<void> {
  const rows = rules.map((rule) => ruleRow(change, newId(), projectId, groupId, rule, undefined));
  await rowsOf(change).insertInto('network.security_group_rule').values(rows).execute();
}

function ruleRow(
  change: Change,
  id: string | undefined,
  projectId: string,
  groupId: string,
  rule: Rule,
  description: string | undefined,
) {
  return {
    ...newRow(change, id, projectId, description),
    security_group_id: groupId,
    direction: rule.direction,
    ethertype: rule.ethertype,
    protocol: rule.protocol,
    port_range_min: rule.portRangeMin,
    port_range_max: rule.portRangeMax,
    remote_ip_prefix: rule.remoteIpPrefix,
    remote_group_id: rule.remoteGroupId,
    fingerprint: fingerprint(rule),
  };
}

export async function createSecurityGroup(
  change: Change,
  attributes: SecurityGroupAttributes,
  id?: string,
): Promise<SecurityGroupRecord> {
  const before = await madeBefore(change, securityGroupSource, id);
  if (before !== undefined) return before;
  const projectId = projectOf(change, attributes.projectId);
  if (attributes.name === 'default') {
    throw inConflict('SecurityGroupDefaultAlreadyExists', 'Default security group already exists.');
  }
  await ensureDefaultGroup(change, projectId);
  await checkQuota(change.tx, projectId, 'security_group');
  await checkQuota(change.tx, projectId, 'security_group_rule', egressRules.length);
  const row = groupRow(change, id, projectId, attributes, false);
  await rowsOf(change).insertInto('network.security_group').values(row).execute();
  await insertRules(change, row.id, projectId, egressRules);
  await change.wake('security-group', row.id);
  return reread(change, securityGroupSource, row.id);
}

export async function updateSecurityGroup(
  change: Change,
  id: string,
  changes: SecurityGroupChanges,
): Promise<SecurityGroupRecord> {
  const options = { missing: securityGroupNotFound, rule: 'update_security_group' };
  const group = await ownRecord(change, securityGroupSource, id, options);
  if (group.isDefault && changes.name !== undefined && changes.name !== group.name) {
    throw inConflict('SecurityGroupCannotUpdateDefault', 'Updating default security group not allowed.');
  }
  if (!group.isDefault && changes.name === 'default') {
    throw inConflict('SecurityGroupDefaultAlreadyExists', 'Default security group already exists.');
  }
  await rowsOf(change)
    .updateTable('network.security_group')
    .set({
      name: changes.name,
      description: changes.description,
      stateful: changes.stateful,
      revision: group.revision + 1,
      updated_at: change.now,
    })
    .where('id', '=', id)
    .execute();
  await change.wake('security-group', id);
  return reread(change, securityGroupSource, id);
}

/** Takes the group away, with the rules of other groups that let its members in; refuses while ports are in it. */
export async function deleteSecurityGroup(change: Change, id: string): Promise<void> {
  const options = { missing: securityGroupNotFound, rule: 'delete_security_group', lock: 'delete' } as const;
  const group = await ownRecord(change, securityGroupSource, id, options);
  if (group.isDefault && !change.context.isAdmin) {
    throw inConflict('SecurityGroupCannotRemoveDefault', 'Insufficient rights for removing default security group.');
  }
  const member = await rowsOf(change)
    .selectFrom('network.port_security_group')
    .select('port_id')
    .where('security_group_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  if (member !== undefined) throw inConflict('SecurityGroupInUse', `Security Group ${id} in use.`);
  const referring = await rowsOf(change)
    .deleteFrom('network.security_group_rule')
    .where('remote_group_id', '=', id)
    .returning('security_group_id')
    .execute();
  await forgetSharing(change, id);
  await rowsOf(change).deleteFrom('network.security_group').where('id', '=', id).execute();
  await change.wake('security-group', id);
  for (const other of new Set(referring.map((row) => row.security_group_id))) {
    if (other !== id) await rulesChanged(change, other);
  }
}

async function rulesChanged(change: Change, groupId: string): Promise<void> {
  await bumpRevision(change.tx, securityGroupSource, groupId, change.now);
  await change.wake('security-group', groupId);
}

export async function createSecurityGroupRule(
  change: Change,
  attributes: SecurityGroupRuleAttributes,
  id?: string,
): Promise<SecurityGroupRuleRecord> {
  const before = await madeBefore(change, securityGroupRuleSource, id);
  if (before !== undefined) return before;
  const options = { missing: securityGroupNotFound, rule: 'create_security_group_rule' };
  const rule = checkedRule(attributes);
  const group = await ownRecord(change, securityGroupSource, attributes.securityGroupId, options);
  if (rule.remoteGroupId !== null) await visibleGroup(change, rule.remoteGroupId);
  const row = ruleRow(change, id, group.projectId, group.id, rule, attributes.description);
  const same = await rowsOf(change)
    .selectFrom('network.security_group_rule')
    .select('id')
    .where('security_group_id', '=', group.id)
    .where('fingerprint', '=', row.fingerprint)
    .executeTakeFirst();
  if (same !== undefined) {
    throw inConflict('SecurityGroupRuleExists', `Security group rule already exists. Rule id is ${same.id}.`);
  }
  await checkQuota(change.tx, group.projectId, 'security_group_rule');
  await rowsOf(change).insertInto('network.security_group_rule').values(row).execute();
  await rulesChanged(change, group.id);
  return reread(change, securityGroupRuleSource, row.id);
}

/** The group, if the caller may know of it. */
export async function visibleGroup({ tx, context }: Change, id: string): Promise<SecurityGroupRecord> {
  const group = await findVisible(tx, securityGroupSource, context, id);
  if (group === undefined) throw securityGroupNotFound(id);
  return group;
}

export async function deleteSecurityGroupRule(change: Change, id: string): Promise<void> {
  const options = { missing: securityGroupRuleNotFound, rule: 'delete_security_group_rule', lock: 'delete' } as const;
  const rule = await ownRecord(change, securityGroupRuleSource, id, options);
  await rowsOf(change).deleteFrom('network.security_group_rule').where('id', '=', id).execute();
  await rulesChanged(change, rule.securityGroupId);
}
