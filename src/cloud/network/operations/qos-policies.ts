import { sql } from 'kysely';
import type { QosPolicyAttributes, QosPolicyChanges } from '../domain/attributes.ts';
import { inConflict, qosPolicyNotFound } from '../domain/faults.ts';
import type { QosPolicyRecord } from '../domain/records.ts';
import { findVisible } from '../store/query.ts';
import { qosPolicySource } from '../store/sources.ts';
import { type Change, madeBefore, newRow, ownRecord, projectOf, reread, rowsOf } from './change.ts';
import { forgetSharing } from './sharing.ts';

export async function createQosPolicy(
  change: Change,
  attributes: QosPolicyAttributes,
  id?: string,
): Promise<QosPolicyRecord> {
  const before = await madeBefore(change, qosPolicySource, id);
  if (before !== undefined) return before;
  const projectId = projectOf(change, attributes.projectId);
  if (attributes.isDefault) await refuseSecondDefault(change, projectId);
  const row = {
    ...newRow(change, id, projectId, attributes.description),
    name: attributes.name ?? '',
    shared: attributes.shared ?? false,
    is_default: attributes.isDefault ?? false,
  };
  await rowsOf(change).insertInto('network.qos_policy').values(row).execute();
  return reread(change, qosPolicySource, row.id);
}

async function refuseSecondDefault(change: Change, projectId: string): Promise<void> {
  const known = await defaultQosPolicy(change, projectId);
  if (known === null) return;
  throw inConflict('QoSPolicyDefaultAlreadyExists', `A default QoS policy exists for project ${projectId}.`);
}

/** What networks of the project have that are made without a policy. */
async function defaultQosPolicy(change: Change, projectId: string): Promise<string | null> {
  const row = await rowsOf(change)
    .selectFrom('network.qos_policy')
    .select('id')
    .where('project_id', '=', projectId)
    .where('is_default', '=', true)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** The policy of a new network: the one that is asked for, or else the project's default. */
export async function policyOfNetwork(
  change: Change,
  projectId: string,
  asked: string | null | undefined,
): Promise<string | null> {
  return asked === undefined ? defaultQosPolicy(change, projectId) : visibleQosPolicy(change, asked);
}

/** The policy, if the caller may know of it; null stays null. */
export async function visibleQosPolicy(change: Change, id: string | null): Promise<string | null> {
  if (id === null) return null;
  const policy = await findVisible(change.tx, qosPolicySource, change.context, id);
  if (policy === undefined) throw qosPolicyNotFound(id);
  return id;
}

export async function updateQosPolicy(change: Change, id: string, changes: QosPolicyChanges): Promise<QosPolicyRecord> {
  const policy = await ownQosPolicy(change, id, 'update_policy', 'update');
  if (changes.isDefault && !policy.isDefault) await refuseSecondDefault(change, policy.projectId);
  await rowsOf(change)
    .updateTable('network.qos_policy')
    .set({
      name: changes.name,
      description: changes.description,
      shared: changes.shared,
      is_default: changes.isDefault,
      revision: policy.revision + 1,
      updated_at: change.now,
    })
    .where('id', '=', id)
    .execute();
  return reread(change, qosPolicySource, id);
}

export function ownQosPolicy(
  change: Change,
  id: string,
  rule: string,
  lock: 'update' | 'delete',
): Promise<QosPolicyRecord> {
  return ownRecord(change, qosPolicySource, id, { missing: qosPolicyNotFound, rule, lock });
}

/** Takes the policy away with its rules; refuses while ports or networks have it. */
export async function deleteQosPolicy(change: Change, id: string): Promise<void> {
  await ownQosPolicy(change, id, 'delete_policy', 'delete');
  const { rows } = await sql<{ kind: string; id: string }>`
    select 'network' as kind, id from network.network where qos_policy_id = ${id}
    union all select 'port', id from network.port where qos_policy_id = ${id} limit 1`.execute(change.tx);
  const [user] = rows;
  if (user !== undefined) throw inConflict('QosPolicyInUse', `QoS Policy ${id} is used by ${user.kind} ${user.id}.`);
  await forgetSharing(change, id);
  await rowsOf(change).deleteFrom('network.qos_policy').where('id', '=', id).execute();
}

/** Has the engine told of the ports that are under the policy, by themselves or by their network. */
export async function wakePortsUnder(change: Change, policyId: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select p.id from network.port p where p.qos_policy_id = ${policyId}
    union select p.id from network.port p join network.network n on n.id = p.network_id
      where n.qos_policy_id = ${policyId} and p.qos_policy_id is null`.execute(change.tx);
  for (const { id } of rows) await change.wake('port', id);
}
