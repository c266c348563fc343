import type { Context } from '../../../kernel/access/context.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { emit, sql } from '../../../kernel/store/index.ts';
import { change, type Environment } from '../environment.ts';
import { everything } from '../store/changes.ts';
import { cacheKey } from '../store/directory.ts';
import { identityTables, must, type Page, paged, sameName, withConflicts } from '../store/queries.ts';
import type { DomainRow, Extra } from '../store/tables.ts';

export interface DomainAttributes {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly extra: Extra;
}

const defaultDomain = 'default';

export async function createDomain(environment: Environment, wanted: DomainAttributes): Promise<DomainRow> {
  const { extra, ...columns } = wanted;
  const row = { id: newHexId(), ...columns, created_at: environment.clock.now() };
  return withConflicts('domain', wanted.name, () =>
    change(environment, async (tx, touch) => {
      const values = { ...row, extra: sql<Extra>`${JSON.stringify(extra)}::json` };
      const created = await identityTables(tx)
        .insertInto('identity.domain')
        .values(values)
        .returningAll()
        .executeTakeFirstOrThrow();
      touch(cacheKey.domain(row.id));
      return created;
    }),
  );
}

export function findDomain(environment: Environment, id: string): Promise<DomainRow | undefined> {
  return identityTables(environment.store.db)
    .selectFrom('identity.domain')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
}

export function listDomains(
  environment: Environment,
  filter: Page & { readonly name?: string; readonly enabled?: boolean },
): Promise<DomainRow[]> {
  let query = identityTables(environment.store.db).selectFrom('identity.domain').selectAll();
  if (filter.name !== undefined) query = query.where(sameName('name', filter.name));
  if (filter.enabled !== undefined) query = query.where('enabled', '=', filter.enabled);
  return paged(query, 'id', filter).execute();
}

export async function updateDomain(
  environment: Environment,
  id: string,
  wanted: Partial<DomainAttributes>,
): Promise<DomainRow> {
  return withConflicts('domain', wanted.name ?? id, () =>
    change(environment, async (tx, touch) => {
      const before = await must(tx, 'domain', id, 'lock');
      const { extra, ...columns } = wanted;
      touch(cacheKey.domain(id));
      return identityTables(tx)
        .updateTable('identity.domain')
        .set({ ...columns, extra: sql<Extra>`${JSON.stringify({ ...before.extra, ...extra })}::json` })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
    }),
  );
}

/** Deletes a disabled domain with all that is in it. */
export async function deleteDomain(environment: Environment, context: Context, id: string): Promise<void> {
  await change(environment, async (tx, touch) => {
    const { enabled } = await must(tx, 'domain', id, 'lock');
    if (id === defaultDomain) throw new Fault('forbidden', 'The default domain cannot be deleted.');
    if (enabled) {
      throw new Fault('forbidden', 'Cannot delete a domain that is enabled, please disable it first.');
    }
    const db = identityTables(tx);
    const projects = await db.selectFrom('identity.project').select('id').where('domain_id', '=', id).execute();
    await db
      .deleteFrom('identity.role_assignment')
      .where('target', 'in', [`domain:${id}`, ...projects.map((project) => `project:${project.id}`)])
      .execute();
    await db.deleteFrom('identity.domain').where('id', '=', id).execute();
    const time = environment.clock.now();
    for (const project of projects) {
      const data = { projectId: project.id, domainId: id, userId: context.userId };
      await emit(tx, { type: 'andromede.identity.project.deleted.v1', subject: project.id, time, data });
    }
    const data = { domainId: id, userId: context.userId };
    await emit(tx, { type: 'andromede.identity.domain.deleted.v1', subject: id, time, data });
    touch(everything);
  });
}
