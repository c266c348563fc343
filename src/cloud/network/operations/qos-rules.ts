import type { Context } from '../../../kernel/access/context.ts';
import { newId } from '../../../kernel/base/ids.ts';
import type { Connection } from '../../../kernel/store/index.ts';
import type { QosRuleAttributes } from '../domain/attributes.ts';
import { inConflict, invalidInput, qosPolicyNotFound, qosRuleNotFound } from '../domain/faults.ts';
import { isDscpMark } from '../domain/qos.ts';
import type { QosRuleKind, QosRuleRecord } from '../domain/records.ts';
import { bumpRevision, findVisible } from '../store/query.ts';
import { qosPolicySource } from '../store/sources.ts';
import { type Change, rowsOf } from './change.ts';
import { ownQosPolicy, wakePortsUnder } from './qos-policies.ts';

export async function createQosRule(
  change: Change,
  policyId: string,
  kind: QosRuleKind,
  attributes: QosRuleAttributes,
): Promise<QosRuleRecord> {
  const policy = await ownQosPolicy(change, policyId, `create_policy_${kind}_rule`, 'update');
  const rule = { id: newId(change.now.getTime()), kind, ...checked(kind, attributes) };
  if (policy.rules.some((each) => each.kind === kind && each.direction === rule.direction)) {
    throw inConflict(
      'QoSRulesConflict',
      `Rule ${kind} conflicts with another rule of the same direction in QoS Policy ${policyId}.`,
    );
  }
  await rowsOf(change)
    .insertInto('network.qos_rule')
    .values({ id: rule.id, policy_id: policyId, kind, ...columnsOf(rule) })
    .execute();
  await rulesChanged(change, policyId);
  return rule;
}

function columnsOf({ direction, maxKbps, maxBurstKbps, dscpMark }: Omit<QosRuleRecord, 'id' | 'kind'>) {
  return { direction, max_kbps: maxKbps, max_burst_kbps: maxBurstKbps, dscp_mark: dscpMark };
}

function checked(kind: QosRuleKind, attributes: QosRuleAttributes): Omit<QosRuleRecord, 'id' | 'kind'> {
  const { direction = 'egress', maxKbps = null, maxBurstKbps = 0, dscpMark = null } = attributes;
  if (kind === 'bandwidth_limit') {
    if (maxKbps === null) throw invalidInput('max_kbps must be given');
    return { direction, maxKbps, maxBurstKbps, dscpMark: null };
  }
  if (dscpMark === null || !isDscpMark(dscpMark)) throw invalidInput(`dscp_mark '${dscpMark}' is no valid DSCP mark`);
  return { direction: 'egress', maxKbps: null, maxBurstKbps: null, dscpMark };
}

/** The rule, if the caller may know of its policy. */
export async function visibleQosRule(
  { tx, context }: { readonly tx: Connection; readonly context: Context },
  policyId: string,
  kind: QosRuleKind,
  id: string,
): Promise<QosRuleRecord> {
  const policy = await findVisible(tx, qosPolicySource, context, policyId);
  if (policy === undefined) throw qosPolicyNotFound(policyId);
  const rule = policy.rules.find((each) => each.id === id && each.kind === kind);
  if (rule === undefined) throw qosRuleNotFound(id);
  return rule;
}

export async function updateQosRule(
  change: Change,
  policyId: string,
  kind: QosRuleKind,
  id: string,
  changes: QosRuleAttributes,
): Promise<QosRuleRecord> {
  const policy = await ownQosPolicy(change, policyId, `update_policy_${kind}_rule`, 'update');
  const rule = await visibleQosRule(change, policyId, kind, id);
  const after = checked(kind, {
    direction: changes.direction ?? rule.direction,
    maxKbps: changes.maxKbps ?? rule.maxKbps ?? undefined,
    maxBurstKbps: changes.maxBurstKbps ?? rule.maxBurstKbps ?? undefined,
    dscpMark: changes.dscpMark ?? rule.dscpMark ?? undefined,
  });
  const twin = policy.rules.find((each) => each.id !== id && each.kind === kind && each.direction === after.direction);
  if (twin !== undefined) {
    throw inConflict('QoSRulesConflict', `Rule ${id} conflicts with rule ${twin.id} in QoS Policy ${policyId}.`);
  }
  await rowsOf(change).updateTable('network.qos_rule').set(columnsOf(after)).where('id', '=', id).execute();
  await rulesChanged(change, policyId);
  return { id, kind, ...after };
}

export async function deleteQosRule(change: Change, policyId: string, kind: QosRuleKind, id: string): Promise<void> {
  await ownQosPolicy(change, policyId, `delete_policy_${kind}_rule`, 'update');
  await visibleQosRule(change, policyId, kind, id);
  await rowsOf(change).deleteFrom('network.qos_rule').where('id', '=', id).execute();
  await rulesChanged(change, policyId);
}

async function rulesChanged(change: Change, policyId: string): Promise<void> {
  await bumpRevision(change.tx, qosPolicySource, policyId, change.now);
  await wakePortsUnder(change, policyId);
}
