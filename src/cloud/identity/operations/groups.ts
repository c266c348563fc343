import type { Context } from '../../../kernel/access/context.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { emit, sql } from '../../../kernel/store/index.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey } from '../store/directory.ts';
import { identityTables, must, type Page, paged, sameName, withConflicts } from '../store/queries.ts';
import type { Extra, GroupRow, UserRow } from '../store/tables.ts';
import { touchHolders } from './assignments.ts';

export interface GroupAttributes {
  readonly name: string;
  readonly description: string;
  readonly extra: Extra;
}

export async function createGroup(
  environment: Environment,
  domainId: string,
  wanted: GroupAttributes,
): Promise<GroupRow> {
  const { extra, ...columns } = wanted;
  return withConflicts('group', wanted.name, () =>
    change(environment, async (tx) => {
      const domain = await must(tx, 'domain', domainId);
      return identityTables(tx)
        .insertInto('identity.group')
        .values({
          id: newHexId(),
          domain_id: domain.id,
          ...columns,
          extra: sql<Extra>`${JSON.stringify(extra)}::json`,
          created_at: environment.clock.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
    }),
  );
}

export function listGroups(
  environment: Environment,
  filter: Page & { readonly name?: string; readonly domainId?: string; readonly memberId?: string },
): Promise<GroupRow[]> {
  let query = identityTables(environment.store.db).selectFrom('identity.group').selectAll();
  if (filter.name !== undefined) query = query.where(sameName('name', filter.name));
  if (filter.domainId !== undefined) query = query.where('domain_id', '=', filter.domainId);
  const { memberId } = filter;
  if (memberId !== undefined) {
    query = query.where('id', 'in', ({ selectFrom }) =>
      selectFrom('identity.membership').select('group_id').where('user_id', '=', memberId),
    );
  }
  return paged(query, 'id', filter).execute();
}

export async function updateGroup(
  environment: Environment,
  id: string,
  wanted: Partial<GroupAttributes>,
): Promise<GroupRow> {
  return withConflicts('group', wanted.name ?? id, () =>
    change(environment, async (tx) => {
      const before = await must(tx, 'group', id, 'lock');
      const { extra, ...columns } = wanted;
      return identityTables(tx)
        .updateTable('identity.group')
        .set({ ...columns, extra: sql<Extra>`${JSON.stringify({ ...before.extra, ...extra })}::json` })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
    }),
  );
}

/** Deletes the group; what its members held through it ends. */
export async function deleteGroup(environment: Environment, context: Context, id: string): Promise<void> {
  await change(environment, async (tx, touch) => {
    const { domain_id } = await must(tx, 'group', id, 'lock');
    await touchHolders(tx, touch, { kind: 'group', id });
    await identityTables(tx).deleteFrom('identity.group').where('id', '=', id).execute();
    const data = { groupId: id, domainId: domain_id, userId: context.userId };
    await emit(tx, { type: 'andromede.identity.group.deleted.v1', subject: id, time: environment.clock.now(), data });
  });
}

/** Puts the user into the group; repeatable. */
export async function addMember(environment: Environment, groupId: string, userId: string): Promise<void> {
  await withConflicts('membership', userId, () =>
    change(environment, async (tx, touch) => {
      await identityTables(tx)
        .insertInto('identity.membership')
        .values({ group_id: groupId, user_id: userId })
        .onConflict((existing) => existing.doNothing())
        .execute();
      touch(cacheKey.grants(userId));
    }),
  );
}

/** Takes the user out of the group; 404 when it is not in it. */
export async function removeMember(environment: Environment, groupId: string, userId: string): Promise<void> {
  await change(environment, async (tx, touch) => {
    const { numDeletedRows } = await identityTables(tx)
      .deleteFrom('identity.membership')
      .where('group_id', '=', groupId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw notMember(groupId, userId);
    touch(cacheKey.grants(userId));
  });
}

/** Returns when the user is in the group; 404 otherwise. */
export async function checkMember(environment: Environment, groupId: string, userId: string): Promise<void> {
  const row = await identityTables(environment.store.db)
    .selectFrom('identity.membership')
    .select('user_id')
    .where('group_id', '=', groupId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (row === undefined) throw notMember(groupId, userId);
}

function notMember(groupId: string, userId: string): Fault {
  return new Fault('notFound', `User '${userId}' not found in group '${groupId}'.`);
}

export function listMembers(environment: Environment, groupId: string, page: Page): Promise<UserRow[]> {
  const query = identityTables(environment.store.db)
    .selectFrom('identity.user')
    .selectAll()
    .where('id', 'in', ({ selectFrom }) =>
      selectFrom('identity.membership').select('user_id').where('group_id', '=', groupId),
    );
  return paged(query, 'id', page).execute();
}
