import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { isUuid, newId } from '../../../kernel/base/ids.ts';
import { lockInTransaction, type Tx } from '../../../kernel/store/index.ts';
import type { GroupPolicy } from '../domain/placement.ts';
import {
  countServerGroups,
  deleteServerGroup,
  findServerGroup,
  insertServerGroup,
  type ServerGroup,
} from '../store/server-groups.ts';
import { limitsOf } from './quotas.ts';
import type { ComputeSettings } from './settings.ts';

/** The group, unless it is another project's: then `notFound`. */
export async function visibleGroup({ store }: ComputeSettings, context: Context, id: string): Promise<ServerGroup> {
  const group = isUuid(id) ? await findServerGroup(store.db, id) : undefined;
  if (group === undefined || (group.projectId !== context.projectId && !context.isAdmin)) {
    throw new Fault('notFound', `Instance group ${id.slice(0, 64)} could not be found.`);
  }
  return group;
}

export async function createServerGroup(
  settings: ComputeSettings,
  context: Context,
  asked: { readonly name: string; readonly policy: GroupPolicy; readonly rules: ServerGroup['rules'] },
): Promise<ServerGroup> {
  const projectId = context.projectId ?? '';
  const now = settings.clock.now();
  const id = newId(now.getTime());
  await settings.store.transact(async (tx) => {
    await lockInTransaction(tx, 'compute.server-groups', projectId);
    const { server_groups: most } = await limitsOf(settings, tx, projectId);
    if (most >= 0 && (await countServerGroups(tx, projectId)) >= most) {
      throw new Fault('forbidden', 'Quota exceeded, too many server groups.');
    }
    await insertServerGroup(tx, { id, project_id: projectId, user_id: context.userId, created_at: now, ...asked });
  });
  return { id, projectId, userId: context.userId, members: [], ...asked };
}

/** Its servers stay, in no group. */
export async function removeServerGroup(settings: ComputeSettings, context: Context, id: string): Promise<void> {
  const group = await visibleGroup(settings, context, id);
  await deleteServerGroup(settings.store.db, group.id);
}

/** The group that new servers are to join is the caller's, and has room for them. */
export async function joinGroup(
  settings: ComputeSettings,
  tx: Tx,
  context: Context,
  groupId: string | undefined,
  count: number,
): Promise<void> {
  if (groupId === undefined) return;
  await lockInTransaction(tx, 'compute.server-group', groupId);
  const group = isUuid(groupId) ? await findServerGroup(tx, groupId) : undefined;
  if (group === undefined || group.projectId !== context.projectId) {
    throw badRequest(`ServerGroup ${groupId.slice(0, 64)} could not be found.`);
  }
  const { server_group_members: most } = await limitsOf(settings, tx, group.projectId);
  if (most >= 0 && group.members.length + count > most) {
    throw new Fault('forbidden', 'Quota exceeded, too many servers in group');
  }
}
