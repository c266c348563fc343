import Type from 'typebox';
import type { Route } from '../../../kernel/http/index.ts';
import { rbacPolicyNotFound } from '../domain/faults.ts';
import type { RbacPolicyRecord } from '../domain/records.ts';
import type { OperationDeps } from '../operations/change.ts';
import { createRbacPolicy, deleteRbacPolicy, updateRbacPolicy } from '../operations/sharing.ts';
import { rbacPolicySource } from '../store/sources.ts';
import type { Listing } from './listing.ts';
import { resourceRoutes } from './resource.ts';
import { body, owner, projectId, uuid } from './schemas.ts';
import { ownerOf } from './views.ts';

const listing: Listing<RbacPolicyRecord> = {
  source: rbacPolicySource,
  untagged: true,
  fields: {
    id: { column: 'id', type: 'uuid' },
    project_id: { column: 'projectId', type: 'text' },
    tenant_id: { column: 'projectId', type: 'text' },
    object_type: { column: 'objectType', type: 'text' },
    object_id: { column: 'objectId', type: 'uuid' },
    action: { column: 'action', type: 'text' },
    target_tenant: { column: 'targetProject', type: 'text' },
  },
};

const objectTypes = ['network', 'security_group', 'qos_policy', 'subnetpool', 'address_scope'] as const;
const created = body({
  ...owner,
  object_type: Type.Union(objectTypes.map((each) => Type.Literal(each))),
  object_id: uuid,
  action: Type.Union([Type.Literal('access_as_shared'), Type.Literal('access_as_external')]),
  target_tenant: projectId,
});

function show(policy: RbacPolicyRecord) {
  return {
    id: policy.id,
    project_id: policy.projectId,
    tenant_id: policy.projectId,
    object_type: policy.objectType,
    object_id: policy.objectId,
    action: policy.action,
    target_tenant: policy.targetProject,
  };
}

/** RBAC: what a project shares with another, or an administrator with all. */
export function sharingRoutes(deps: OperationDeps): Route[] {
  return resourceRoutes(deps, {
    singular: 'rbac_policy',
    plural: 'rbac_policies',
    path: 'rbac-policies',
    listing,
    missing: rbacPolicyNotFound,
    show,
    created,
    create: (change, sent) =>
      createRbacPolicy(change, {
        projectId: ownerOf(sent),
        objectType: sent.object_type,
        objectId: sent.object_id,
        action: sent.action,
        targetProject: sent.target_tenant,
      }),
    updated: body({ target_tenant: projectId }),
    update: (change, id, sent) => updateRbacPolicy(change, id, { targetProject: sent.target_tenant }),
    remove: deleteRbacPolicy,
  });
}
