import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { type Connection, emit, sql, type Tx } from '../../../kernel/store/index.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey } from '../store/directory.ts';
import { heldBy, identityTables, must, type Page, paged, sameName, withConflicts } from '../store/queries.ts';
import type { Extra, ProjectRow } from '../store/tables.ts';
import { type Actor, touchHolders } from './assignments.ts';

export interface ProjectAttributes {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly tags: readonly string[];
  readonly extra: Extra;
}

/** Where a new project goes: below a project, or directly below a domain. */
export interface ProjectPlace {
  readonly domainId: string | undefined;
  readonly parentId: string | undefined;
}

export async function createProject(
  environment: Environment,
  context: Context,
  place: ProjectPlace,
  wanted: ProjectAttributes,
): Promise<ProjectRow> {
  return withConflicts('project', wanted.name, () =>
    change(environment, async (tx, touch) => {
      const { domainId, parentId } = await locate(tx, context, place);
      const { extra, tags, ...columns } = wanted;
      const time = environment.clock.now();
      const created = await identityTables(tx)
        .insertInto('identity.project')
        .values({
          id: newHexId(),
          domain_id: domainId,
          parent_id: parentId,
          ...columns,
          tags: [...tags],
          extra: sql<Extra>`${JSON.stringify(extra)}::json`,
          created_at: time,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const data = { projectId: created.id, domainId, userId: context.userId };
      await emit(tx, { type: 'andromede.identity.project.created.v1', subject: created.id, time, data });
      touch(cacheKey.project(created.id));
      return created;
    }),
  );
}

/** The most levels of projects below a domain (Keystone's `max_project_tree_depth`). */
const deepest = 5;

async function locate(tx: Tx, context: Context, place: ProjectPlace) {
  const domainId = place.domainId ?? (place.parentId === undefined ? (context.domainId ?? 'default') : undefined);
  if (place.parentId === undefined || place.parentId === domainId) {
    const domain = await must(tx, 'domain', domainId ?? '');
    return { domainId: domain.id, parentId: null };
  }
  const parent = await findPlace(tx, place.parentId);
  if (domainId !== undefined && domainId !== parent.domainId) {
    throw badRequest('A project and its parent must be in the same domain.');
  }
  return parent;
}

/** A parent is a project, or a domain (then the project is directly below it). */
async function findPlace(tx: Tx, id: string): Promise<{ domainId: string; parentId: string | null }> {
  const domain = identityTables(tx).selectFrom('identity.domain').select('id').where('id', '=', id);
  if ((await domain.executeTakeFirst()) !== undefined) return { domainId: id, parentId: null };
  // Locked, so that it is neither disabled nor deleted while a child is made.
  const parent = await must(tx, 'project', id, 'lock');
  const above = await listParents(tx, id);
  if (above.length + 1 >= deepest) throw new Fault('forbidden', `Max hierarchy depth reached for ${id} branch.`);
  if (![parent, ...above].every(({ enabled }) => enabled)) {
    throw new Fault('forbidden', `Cannot create a project in the branch of ${id}: it contains a disabled project.`);
  }
  return { domainId: parent.domain_id, parentId: parent.id };
}

/** The projects above this one, nearest first. */
export async function listParents(connection: Connection, id: string): Promise<ProjectRow[]> {
  const { rows } = await sql<ProjectRow>`
    with recursive above (id, level) as (
      select parent_id, 1 from identity.project where id = ${id}
      union all
      select p.parent_id, level + 1 from identity.project p join above on p.id = above.id
    ) select p.* from above join identity.project p on p.id = above.id order by level`.execute(connection);
  return rows;
}

/** All projects below this one, parents before children. */
export async function listSubtree(connection: Connection, id: string): Promise<ProjectRow[]> {
  const { rows } = await sql<ProjectRow>`
    with recursive below (id, level) as (
      select id, 1 from identity.project where parent_id = ${id}
      union all
      select p.id, level + 1 from identity.project p join below on p.parent_id = below.id
    ) select p.* from below join identity.project p on p.id = below.id order by level, p.id`.execute(connection);
  return rows;
}

export interface ProjectFilter extends Page {
  readonly name?: string;
  readonly domainId?: string;
  readonly parentId?: string;
  readonly enabled?: boolean;
  /** With all of these tags. */
  readonly tags?: readonly string[];
  /** With any of them. */
  readonly tagsAny?: readonly string[];
  /** Not with all of them. */
  readonly notTags?: readonly string[];
  /** With none of them. */
  readonly notTagsAny?: readonly string[];
  /** Only those in which this user holds a role. */
  readonly holderId?: string;
}

export function listProjects(environment: Environment, filter: ProjectFilter): Promise<ProjectRow[]> {
  let query = identityTables(environment.store.db).selectFrom('identity.project').selectAll();
  if (filter.name !== undefined) query = query.where(sameName('name', filter.name));
  if (filter.domainId !== undefined) query = query.where('domain_id', '=', filter.domainId);
  if (filter.enabled !== undefined) query = query.where('enabled', '=', filter.enabled);
  const { parentId, holderId, tags, tagsAny, notTags, notTagsAny } = filter;
  for (const condition of [
    parentId !== undefined && sql<boolean>`coalesce(parent_id, domain_id) = ${parentId}`,
    holderId !== undefined && sql<boolean>`id in (${projectsHeldBy(holderId)})`,
    tags && sql<boolean>`tags @> ${[...tags]}::text[]`,
    tagsAny && sql<boolean>`tags && ${[...tagsAny]}::text[]`,
    notTags && sql<boolean>`not tags @> ${[...notTags]}::text[]`,
    notTagsAny && sql<boolean>`not tags && ${[...notTagsAny]}::text[]`,
  ]) {
    if (condition) query = query.where(condition);
  }
  return paged(query, 'id', filter).execute();
}

/** The ids of the projects in which a user holds a role: by its own grants or its groups', or inherited. */
const projectsHeldBy = (userId: string) => sql`
  with recursive held (target, inherited) as (
    select target, inherited from identity.role_assignment where ${heldBy(userId)}
  ), below (id) as (
    select p.id from identity.project p join held on held.inherited
      and held.target in ('domain:' || p.domain_id, 'project:' || p.parent_id)
    union select p.id from identity.project p join below on p.parent_id = below.id
  ) select substr(target, 9) from held where not inherited and target like 'project:%'
    union select id from below`;

/** Changes what `changeOf` says, given the project as it is. */
export async function updateProject(
  environment: Environment,
  id: string,
  changeOf: (before: ProjectRow) => Partial<ProjectAttributes>,
): Promise<ProjectRow> {
  return withConflicts('project', id, () =>
    change(environment, async (tx, touch) => {
      const before = await must(tx, 'project', id, 'lock');
      const wanted = changeOf(before);
      const { extra, tags, ...columns } = wanted;
      if (wanted.enabled !== undefined && wanted.enabled !== before.enabled) {
        await refuseSwitch(tx, before, wanted.enabled);
      }
      touch(cacheKey.project(id));
      return identityTables(tx)
        .updateTable('identity.project')
        .set({
          ...columns,
          ...(tags && { tags: [...tags] }),
          extra: sql<Extra>`${JSON.stringify({ ...before.extra, ...extra })}::json`,
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
    }),
  );
}

/** A project is enabled below enabled ones only, and disabled above disabled ones only. */
async function refuseSwitch(tx: Tx, { id }: ProjectRow, enabled: boolean): Promise<void> {
  if (enabled && !(await listParents(tx, id)).every((parent) => parent.enabled)) {
    throw new Fault('forbidden', `Cannot enable project ${id} since it has disabled parents.`);
  }
  if (!enabled && (await listSubtree(tx, id)).some((child) => child.enabled)) {
    throw new Fault('forbidden', `Cannot disable project ${id} since its subtree contains enabled projects.`);
  }
}

/** Deletes a project without children. What other services hold for it goes when they hear of it. */
export async function deleteProject(environment: Environment, context: Context, id: string): Promise<void> {
  await change(environment, async (tx, touch) => {
    const project = await must(tx, 'project', id, 'lock');
    const db = identityTables(tx);
    const child = await db.selectFrom('identity.project').select('id').where('parent_id', '=', id).executeTakeFirst();
    if (child !== undefined) {
      throw new Fault('forbidden', `Cannot delete the project ${id} since it is not a leaf in the hierarchy.`);
    }
    const gone = await db
      .deleteFrom('identity.role_assignment')
      .where('target', '=', `project:${id}`)
      .returning(['user_id', 'group_id'])
      .execute();
    const credentials = await db
      .deleteFrom('identity.application_credential')
      .where('project_id', '=', id)
      .returning('id')
      .execute();
    await db.deleteFrom('identity.project').where('id', '=', id).execute();
    const data = { projectId: id, domainId: project.domain_id, userId: context.userId };
    const time = environment.clock.now();
    await emit(tx, { type: 'andromede.identity.project.deleted.v1', subject: id, time, data });
    touch(cacheKey.project(id));
    for (const { user_id, group_id } of gone) {
      const actor: Actor = user_id === null ? { kind: 'group', id: group_id ?? '' } : { kind: 'user', id: user_id };
      await touchHolders(tx, touch, actor);
    }
    for (const credential of credentials) touch(cacheKey.applicationCredential(credential.id));
  });
}
