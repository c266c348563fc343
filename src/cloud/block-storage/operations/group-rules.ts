import type { Context } from '../../../kernel/access/context.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import { missing, wrongStatus } from '../domain/faults.ts';
import { mayUse } from '../domain/volume.ts';
import { findGroupType } from '../store/group-types.ts';
import { findGroup } from '../store/groups.ts';
import type { GroupRow, GroupTypeRow } from '../store/tables.ts';

/** The group, unless it is another project's: then `notFound`. */
export async function visibleGroup(
  connection: Connection,
  context: Context,
  id: string,
  lock?: 'update',
): Promise<GroupRow> {
  const group = isUuid(id) ? await findGroup(connection, id, lock) : undefined;
  if (group === undefined || !mayUse(context, { projectId: group.project_id })) throw missing('Group', id);
  return group;
}

/** The group, locked, if volumes of that type may become part of it; 400 says why not. */
export async function joinableGroup(tx: Tx, context: Context, id: string, typeId: string): Promise<GroupRow> {
  const group = await visibleGroup(tx, context, id, 'update');
  if (group.status !== 'available' && group.status !== 'creating') {
    throw wrongStatus('Group', 'take volumes', 'available', group.status);
  }
  if (!group.volume_type_ids.includes(typeId)) {
    throw badRequest(`Invalid volume: its type is none of those that group ${id} may have.`);
  }
  return group;
}

/** The group type, if the caller may use it; 404 otherwise. */
export async function visibleGroupType(connection: Connection, context: Context, id: string): Promise<GroupTypeRow> {
  const found = isUuid(id) ? await findGroupType(connection, id) : undefined;
  if (found === undefined || !(found.is_public || context.isAdmin)) throw missing('Group type', id);
  return found;
}
