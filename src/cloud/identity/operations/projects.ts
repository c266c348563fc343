import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { emit, sql, type Tx } from '../../../kernel/store/index.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey } from '../store/directory.ts';
import { identityTables, must, type Page, paged, sameName, withConflicts } from '../store/queries.ts';
import type { Extra, ProjectRow } from '../store/tables.ts';

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
  const parent = await must(tx, 'project', id);
  return { domainId: parent.domain_id, parentId: parent.id };
}

export interface ProjectFilter extends Page {
  readonly name?: string;
  readonly domainId?: string;
  readonly parentId?: string;
  readonly enabled?: boolean;
}

export function listProjects(environment: Environment, filter: ProjectFilter): Promise<ProjectRow[]> {
  let query = identityTables(environment.store.db).selectFrom('identity.project').selectAll();
  if (filter.name !== undefined) query = query.where(sameName('name', filter.name));
  if (filter.domainId !== undefined) query = query.where('domain_id', '=', filter.domainId);
  const { parentId } = filter;
  if (parentId !== undefined) query = query.where(sql<boolean>`coalesce(parent_id, domain_id) = ${parentId}`);
  if (filter.enabled !== undefined) query = query.where('enabled', '=', filter.enabled);
  return paged(query, 'id', filter).execute();
}

/** The projects in which the user holds a role. */
export function listProjectsOf(environment: Environment, userId: string, filter: ProjectFilter): Promise<ProjectRow[]> {
  let query = identityTables(environment.store.db)
    .selectFrom('identity.project')
    .selectAll()
    .where(
      sql<boolean>`exists (select from identity.role_assignment
        where user_id = ${userId} and target = 'project:' || identity.project.id)`,
    );
  if (filter.name !== undefined) query = query.where(sameName('name', filter.name));
  if (filter.domainId !== undefined) query = query.where('domain_id', '=', filter.domainId);
  if (filter.enabled !== undefined) query = query.where('enabled', '=', filter.enabled);
  return paged(query, 'id', filter).execute();
}

export async function updateProject(
  environment: Environment,
  id: string,
  wanted: Partial<ProjectAttributes>,
): Promise<ProjectRow> {
  return withConflicts('project', wanted.name ?? id, () =>
    change(environment, async (tx, touch) => {
      const before = await must(tx, 'project', id, 'lock');
      const { extra, tags, ...columns } = wanted;
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
      .returning('user_id')
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
    for (const { user_id } of gone) touch(cacheKey.grants(user_id, `project:${id}`));
    for (const credential of credentials) touch(cacheKey.applicationCredential(credential.id));
  });
}
