import type { Session } from '../../harness/client.ts';
import { make, mark, put } from './made.ts';

/** A consumer of resources; no list has them. */
export const consumerId = '5eeb0000-0000-4000-8000-000000000001';

const newest = { 'OpenStack-API-Version': 'placement 1.39' };

/** A host with resources, and somebody who has some of them. */
export async function fillPlacement(admin: Session, owner: Session): Promise<void> {
  const made = await make(admin, '/placement/resource_providers', { name: mark }, newest);
  const { uuid } = made as unknown as { readonly uuid: string };
  const path = `/placement/resource_providers/${uuid}`;
  const inventories = { VCPU: { total: 4 } };
  await put(admin, '/placement/traits/CUSTOM_SWEPT', undefined, newest);
  await put(admin, `${path}/inventories`, { resource_provider_generation: 0, inventories }, newest);
  await put(admin, `${path}/traits`, { resource_provider_generation: 1, traits: ['CUSTOM_SWEPT'] }, newest);
  const consumer = {
    ...{ project_id: owner.projectId, user_id: owner.userId, consumer_generation: null, consumer_type: 'INSTANCE' },
    allocations: { [uuid]: { resources: { VCPU: 1 } } },
  };
  await put(admin, `/placement/allocations/${consumerId}`, consumer, newest);
}
