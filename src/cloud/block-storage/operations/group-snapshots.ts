import type { Context } from '../../../kernel/access/context.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid, newId } from '../../../kernel/base/ids.ts';
import type { Connection } from '../../../kernel/store/index.ts';
import { missing, wrongStatus } from '../domain/faults.ts';
import type { GroupStatus } from '../domain/group.ts';
import { mayUse } from '../domain/volume.ts';
import {
  changeGroupSnapshot,
  findGroupSnapshot,
  insertGroupSnapshot,
  settleGroupSnapshot,
  snapshotsOfGroupSnapshot,
  volumesOfGroup,
} from '../store/groups.ts';
import type { GroupSnapshotRow } from '../store/tables.ts';
import { visibleGroup } from './group-rules.ts';
import type { VolumeSettings } from './settings.ts';
import { addSnapshot, dropSnapshot } from './snapshots.ts';

/** The snapshot of a group, unless it is another project's: then `notFound`. */
export async function visibleGroupSnapshot(
  connection: Connection,
  context: Context,
  id: string,
  lock?: 'update',
): Promise<GroupSnapshotRow> {
  const found = isUuid(id) ? await findGroupSnapshot(connection, id, lock) : undefined;
  if (found === undefined || !mayUse(context, { projectId: found.project_id })) throw missing('GroupSnapshot', id);
  return found;
}

/** Accepts a snapshot of every volume of the group. They are at rest, so that it is as of one moment. */
export async function createGroupSnapshot(
  settings: VolumeSettings,
  context: Context,
  { groupId, name, description }: { groupId: string; name: string | null; description: string | null },
): Promise<GroupSnapshotRow> {
  return settings.store.transact(async (tx) => {
    const group = await visibleGroup(tx, context, groupId, 'update');
    if (group.status !== 'available') throw wrongStatus('Group', 'be snapshotted', 'available', group.status);
    const volumes = await volumesOfGroup(tx, groupId);
    if (volumes.length === 0) throw badRequest(`Invalid group: group ${groupId} has no volumes.`);
    const now = settings.clock.now();
    const row: GroupSnapshotRow = {
      ...{ id: newId(now.getTime()), group_id: groupId, group_type_id: group.group_type_id, name, description },
      ...{ project_id: group.project_id, user_id: context.userId, status: 'creating', created_at: now },
    };
    await insertGroupSnapshot(tx, row);
    for (const volumeId of volumes) {
      const attributes = { volumeId, name, description, metadata: {}, force: false };
      await addSnapshot(settings, tx, context, attributes, row.id);
    }
    return row;
  });
}

/** Accepts the deletion of all its snapshots. */
export async function deleteGroupSnapshot(settings: VolumeSettings, context: Context, id: string): Promise<void> {
  await settings.store.transact(async (tx) => {
    const { status } = await visibleGroupSnapshot(tx, context, id, 'update');
    if (!['available', 'error', 'error_deleting', 'deleting'].includes(status)) {
      throw wrongStatus('GroupSnapshot', 'be deleted', 'available or error', status);
    }
    for (const part of await snapshotsOfGroupSnapshot(tx, id))
      await dropSnapshot(settings, tx, context, part.id, false);
    await changeGroupSnapshot(tx, id, { status: 'deleting' });
    await settleGroupSnapshot(tx, id);
  });
}

/** Says what its status is, whatever it was. */
export async function resetGroupSnapshot(
  { store }: VolumeSettings,
  context: Context,
  id: string,
  status: GroupStatus,
): Promise<void> {
  await store.transact(async (tx) => {
    await visibleGroupSnapshot(tx, context, id, 'update');
    await changeGroupSnapshot(tx, id, { status });
  });
}
