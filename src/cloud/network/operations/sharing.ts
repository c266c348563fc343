import { type RawBuilder, sql } from 'kysely';
import type { Fault } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import type { RbacPolicyAttributes } from '../domain/attributes.ts';
import {
  addressScopeNotFound,
  disallowed,
  inConflict,
  invalidInput,
  networkNotFound,
  notServed,
  qosPolicyNotFound,
  rbacPolicyNotFound,
  securityGroupNotFound,
  subnetPoolNotFound,
} from '../domain/faults.ts';
import type { RbacObjectType, RbacPolicyRecord } from '../domain/records.ts';
import { findVisible } from '../store/query.ts';
import { checkQuota } from '../store/quotas.ts';
import {
  addressScopeSource,
  networkSource,
  qosPolicySource,
  rbacPolicySource,
  type Source,
  securityGroupSource,
  subnetPoolSource,
} from '../store/sources.ts';
import { type Change, ownRecord, projectOf, rowsOf } from './change.ts';

interface Owned {
  readonly projectId: string;
}

interface Shareable {
  readonly source: Source<Owned>;
  readonly missing: (id: string) => Fault;
  /** The projects that use it, as `project_id`. */
  users(id: string): RawBuilder<unknown>;
}

const shareable: Readonly<Record<RbacObjectType, Shareable>> = {
  network: {
    source: networkSource,
    missing: networkNotFound,
    users: (id) => sql`select project_id from network.port where network_id = ${id}`,
  },
  security_group: {
    source: securityGroupSource,
    missing: securityGroupNotFound,
    users: (id) => sql`select p.project_id from network.port_security_group m join network.port p on p.id = m.port_id
      where m.security_group_id = ${id}`,
  },
  qos_policy: {
    source: qosPolicySource,
    missing: qosPolicyNotFound,
    users: (id) => sql`select project_id from network.port where qos_policy_id = ${id}
      union all select project_id from network.network where qos_policy_id = ${id}`,
  },
  subnetpool: {
    source: subnetPoolSource,
    missing: subnetPoolNotFound,
    users: (id) => sql`select project_id from network.subnet where subnetpool_id = ${id}`,
  },
  address_scope: {
    source: addressScopeSource,
    missing: addressScopeNotFound,
    users: (id) => sql`select project_id from network.subnet_pool where address_scope_id = ${id}`,
  },
};

export async function createRbacPolicy(change: Change, attributes: RbacPolicyAttributes): Promise<RbacPolicyRecord> {
  const { objectType, objectId, action, targetProject } = attributes;
  const projectId = projectOf(change, attributes.projectId);
  if (action === 'access_as_external' && objectType !== 'network') {
    throw invalidInput(`a ${objectType} cannot be accessed as external`);
  }
  refuseWide(change, 'create_rbac_policy', attributes);
  const { source, missing } = shareable[objectType];
  const object = await ownRecord(change, source, objectId, { missing, rule: 'create_rbac_policy' });
  if (await policyOf(change, attributes)) {
    throw inConflict('DuplicateRbacPolicy', 'An RBAC policy already exists with those values.');
  }
  await checkQuota(change.tx, projectId, 'rbac_policy');
  if (targetProject === '*') await shareWithAll(change, attributes, true);
  else {
    const row = { id: newId(), project_id: object.projectId, object_type: objectType, object_id: objectId, action };
    await rowsOf(change)
      .insertInto('network.rbac_policy')
      .values({ ...row, target_project: targetProject })
      .execute();
  }
  const made = await policyOf(change, attributes);
  if (made === undefined) throw new Error(`no policy of ${objectType} ${objectId} for ${targetProject}`);
  return made;
}

type Grant = Pick<RbacPolicyAttributes, 'objectType' | 'objectId' | 'action' | 'targetProject'>;

/** What concerns everybody is the administrator's. */
function refuseWide({ context }: Change, rule: string, { action, targetProject }: Grant): void {
  if (action === 'access_as_external' && targetProject !== '*') {
    throw notServed('An external network for one project only');
  }
  if (targetProject === '*' && !context.isAdmin) throw disallowed(`${rule}:target_tenant`);
}

async function policyOf({ tx }: Change, grant: Grant): Promise<RbacPolicyRecord | undefined> {
  const { rows } = await sql<RbacPolicyRecord>`select v.* from (${rbacPolicySource.records}) v
    where v."objectId" = ${grant.objectId} and v.action = ${grant.action}
      and v."targetProject" = ${grant.targetProject}`.execute(tx);
  return rows[0];
}

async function shareWithAll(change: Change, { objectType, objectId, action }: Grant, shared: boolean): Promise<void> {
  const column = action === 'access_as_external' ? 'external' : 'shared';
  await sql`update ${sql.table(shareable[objectType].source.table)} set ${sql.ref(column)} = ${shared},
    revision = revision + 1, updated_at = ${change.now} where id = ${objectId}`.execute(change.tx);
  if (objectType === 'network') await change.wake('network', objectId);
}

/** Gives the right to another project instead. */
export async function updateRbacPolicy(
  change: Change,
  id: string,
  { targetProject }: { readonly targetProject: string },
): Promise<RbacPolicyRecord> {
  const policy = await ownPolicy(change, id, 'update_rbac_policy');
  if (policy.targetProject === targetProject) return policy;
  if ([policy.targetProject, targetProject].includes('*')) {
    throw invalidInput('a policy for everybody is made and deleted, not changed');
  }
  await refuseInUse(change, policy);
  await rowsOf(change)
    .updateTable('network.rbac_policy')
    .set({ target_project: targetProject })
    .where('id', '=', id)
    .execute();
  return { ...policy, targetProject };
}

/** Takes the right away; refuses while it is made use of. */
export async function deleteRbacPolicy(change: Change, id: string): Promise<void> {
  const policy = await ownPolicy(change, id, 'delete_rbac_policy');
  refuseWide(change, 'delete_rbac_policy', policy);
  await refuseInUse(change, policy);
  if (policy.targetProject === '*') await shareWithAll(change, policy, false);
  else await rowsOf(change).deleteFrom('network.rbac_policy').where('id', '=', id).execute();
}

async function ownPolicy(change: Change, id: string, rule: string): Promise<RbacPolicyRecord> {
  const seen = await findVisible(change.tx, rbacPolicySource, change.context, id);
  if (seen === undefined) throw rbacPolicyNotFound(id);
  const { source, missing } = shareable[seen.objectType];
  await ownRecord(change, source, seen.objectId, { missing, rule, lock: 'delete' });
  // Another change of the object may have been waited for.
  const policy = await findVisible(change.tx, rbacPolicySource, change.context, id);
  if (policy === undefined) throw rbacPolicyNotFound(id);
  return policy;
}

async function refuseInUse(change: Change, policy: RbacPolicyRecord): Promise<void> {
  const user =
    policy.action === 'access_as_external'
      ? await gatewayOn(change, policy.objectId)
      : await userBy(change, policy.objectType, policy.objectId, policy.targetProject);
  if (user === undefined) return;
  throw inConflict(
    'RbacPolicyInUse',
    `RBAC policy on object ${policy.objectId} cannot be removed because other objects depend on it: project ${user} uses it.`,
  );
}

async function gatewayOn({ tx }: Change, networkId: string): Promise<string | undefined> {
  const { rows } = await sql<{ project: string }>`select device_owner as project from network.port
    where network_id = ${networkId} and device_owner in ('network:router_gateway', 'network:floatingip')
    limit 1`.execute(tx);
  return rows[0]?.project;
}

/** A project that uses the thing by this right (`*`: everybody's) and by no other. */
export async function userBy(
  { tx }: Change,
  type: RbacObjectType,
  objectId: string,
  target: string,
): Promise<string | undefined> {
  const { source, users } = shareable[type];
  const byRight =
    target === '*'
      ? sql`not exists (select from network.rbac_policy r where r.object_id = o.id and r.target_project = u.project_id)`
      : sql`u.project_id = ${target} and not o.shared`;
  const { rows } = await sql<{ project: string }>`
    select u.project_id as project from (${users(objectId)}) u, ${sql.table(source.table)} o
    where o.id = ${objectId} and u.project_id not in (o.project_id, '') and ${byRight} limit 1`.execute(tx);
  return rows[0]?.project;
}

/** Whether the thing was shared with this project by name. */
export async function isGranted({ tx, context }: Change, objectId: string): Promise<boolean> {
  const { rows } = await sql`select from network.rbac_policy
    where object_id = ${objectId} and target_project = ${context.projectId ?? ''}`.execute(tx);
  return rows.length > 0;
}

/** A thing that goes takes with it who else could use it. */
export async function forgetSharing(change: Change, objectId: string): Promise<void> {
  await rowsOf(change).deleteFrom('network.rbac_policy').where('object_id', '=', objectId).execute();
}
