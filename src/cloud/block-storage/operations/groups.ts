import type { Context } from '../../../kernel/access/context.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import type { Tx } from '../../../kernel/store/index.ts';
import { missing, wrongStatus } from '../domain/faults.ts';
import type { GroupStatus } from '../domain/group.ts';
import { groupDemand } from '../domain/quotas.ts';
import {
  changeGroup,
  hasGroupSnapshots,
  insertGroup,
  settleGroup,
  snapshotsOfGroupSnapshot,
  volumesOfGroup,
} from '../store/groups.ts';
import { checkQuota } from '../store/quotas.ts';
import type { GroupRow } from '../store/tables.ts';
import { changeVolume } from '../store/volumes.ts';
import { addVolume, projectOf, typeOf, zoneOf } from './create-volume.ts';
import { joinableGroup, visibleGroup, visibleGroupType } from './group-rules.ts';
import { visibleGroupSnapshot } from './group-snapshots.ts';
import type { VolumeSettings } from './settings.ts';
import { dropVolume, visibleVolume } from './volumes.ts';

export interface GroupAttributes {
  readonly name: string | null;
  readonly description: string | null;
  readonly groupTypeId: string;
  /** By id or name. */
  readonly volumeTypes: readonly string[];
  readonly availabilityZone: string | undefined;
}

/** Makes a group without volumes. */
export async function createGroup(
  settings: VolumeSettings,
  context: Context,
  attributes: GroupAttributes,
): Promise<GroupRow> {
  const { name, description, groupTypeId } = attributes;
  return settings.store.transact(async (tx) => {
    const groupType = await visibleGroupType(tx, context, groupTypeId);
    const volumeTypeIds: string[] = [];
    for (const asked of attributes.volumeTypes) volumeTypeIds.push((await typeOf(tx, context, asked)).id);
    return insert(settings, tx, context, {
      ...{ name, description, status: 'available', group_type_id: groupType.id },
      ...{ volume_type_ids: [...new Set(volumeTypeIds)], group_snapshot_id: null, source_group_id: null },
      availability_zone: zoneOf(settings, attributes.availabilityZone),
    });
  });
}

async function insert(
  { clock }: VolumeSettings,
  tx: Tx,
  context: Context,
  facts: Omit<GroupRow, 'id' | 'project_id' | 'user_id' | 'created_at'>,
): Promise<GroupRow> {
  const projectId = projectOf(context);
  await checkQuota(tx, projectId, groupDemand);
  const now = clock.now();
  const row = { ...facts, id: newId(now.getTime()), project_id: projectId, user_id: context.userId, created_at: now };
  await insertGroup(tx, row);
  return row;
}

/** What a group may be made of. */
export interface GroupSource {
  readonly name: string | null;
  readonly description: string | null;
  readonly groupSnapshotId: string | undefined;
  readonly sourceGroupId: string | undefined;
}

/** Makes a group with a volume of each volume of another group, or of each snapshot in a group's snapshot. */
export async function createGroupFromSource(
  settings: VolumeSettings,
  context: Context,
  { name, description, groupSnapshotId, sourceGroupId }: GroupSource,
): Promise<GroupRow> {
  return settings.store.transact(async (tx) => {
    const source =
      groupSnapshotId === undefined ? undefined : await visibleGroupSnapshot(tx, context, groupSnapshotId, 'update');
    if (source !== undefined && source.status !== 'available') {
      throw wrongStatus('GroupSnapshot', 'make a group of it', 'available', source.status);
    }
    const like = await visibleGroup(tx, context, source?.group_id ?? sourceGroupId ?? '', 'update');
    if (source === undefined && like.status !== 'available') {
      throw wrongStatus('Group', 'be copied', 'available', like.status);
    }
    const group = await insert(settings, tx, context, {
      ...{ name, description, status: 'creating', group_type_id: like.group_type_id },
      ...{ volume_type_ids: like.volume_type_ids, availability_zone: like.availability_zone },
      ...{ group_snapshot_id: groupSnapshotId ?? null, source_group_id: sourceGroupId ?? null },
    });
    const origins =
      source === undefined
        ? (await volumesOfGroup(tx, like.id)).map((sourceVolumeId) => ({ sourceVolumeId }))
        : (await snapshotsOfGroupSnapshot(tx, source.id)).map(({ id }) => ({ snapshotId: id }));
    if (origins.length === 0) throw badRequest('Invalid group: its source has no volumes.');
    for (const origin of origins) {
      await addVolume(settings, tx, context, { ...origin, groupId: group.id }, { id: newId() });
    }
    return group;
  });
}

export interface GroupChange {
  readonly name: string | null | undefined;
  readonly description: string | null | undefined;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Changes how the group is called, and which volumes are part of it. */
export async function updateGroup(
  { store }: VolumeSettings,
  context: Context,
  id: string,
  { name, description, add, remove }: GroupChange,
): Promise<void> {
  await store.transact(async (tx) => {
    const group = await visibleGroup(tx, context, id, 'update');
    if (group.status !== 'available') throw wrongStatus('Group', 'be changed', 'available', group.status);
    await changeGroup(tx, id, {
      name: name === undefined ? group.name : name,
      description: description === undefined ? group.description : description,
    });
    for (const volumeId of remove) {
      const volume = await visibleVolume(tx, context, volumeId, 'update');
      if (volume.groupId !== id) throw badRequest(`Invalid volume: ${volumeId} is not in the group.`);
      await changeVolume(tx, volumeId, { group_id: null });
    }
    for (const volumeId of add) {
      const volume = await visibleVolume(tx, context, volumeId, 'update');
      if (volume.projectId !== group.project_id) throw missing('Volume', volumeId);
      if (volume.groupId !== null) throw badRequest(`Invalid volume: ${volumeId} is in a group already.`);
      if (volume.status !== 'available' && volume.status !== 'in-use') {
        throw wrongStatus('Volume', 'join a group', 'available or in-use', volume.status);
      }
      await joinableGroup(tx, context, id, volume.typeId);
      await changeVolume(tx, volumeId, { group_id: id });
    }
  });
}

/** Accepts the deletion; a group that has volumes is only deleted with them. */
export async function deleteGroup(
  settings: VolumeSettings,
  context: Context,
  id: string,
  withVolumes: boolean,
): Promise<void> {
  await settings.store.transact(async (tx) => {
    const group = await visibleGroup(tx, context, id, 'update');
    if (!['available', 'error', 'error_deleting', 'deleting'].includes(group.status)) {
      throw wrongStatus('Group', 'be deleted', 'available or error', group.status);
    }
    if (await hasGroupSnapshots(tx, id)) throw badRequest(`Invalid group: group ${id} has snapshots.`);
    const volumes = await volumesOfGroup(tx, id);
    if (volumes.length > 0 && !withVolumes) {
      throw badRequest(`Invalid group: group ${id} is not empty: its volumes are deleted with 'delete-volumes' only.`);
    }
    for (const volumeId of volumes) await dropVolume(settings, tx, context, volumeId, {});
    await changeGroup(tx, id, { status: 'deleting' });
    await settleGroup(tx, id);
  });
}

/** Says what the group's status is, whatever it was. */
export async function resetGroup(
  { store }: VolumeSettings,
  context: Context,
  id: string,
  status: GroupStatus,
): Promise<void> {
  await store.transact(async (tx) => {
    await visibleGroup(tx, context, id, 'update');
    await changeGroup(tx, id, { status });
  });
}
