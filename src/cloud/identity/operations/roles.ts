import { Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { sql } from '../../../kernel/store/index.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey } from '../store/directory.ts';
import { identityTables, must, type Page, paged, sameName, withConflicts } from '../store/queries.ts';
import type { Extra, RoleRow } from '../store/tables.ts';
import { roleNames } from './bootstrap.ts';

export interface RoleAttributes {
  readonly name: string;
  /** Null: of the whole cloud. */
  readonly domain_id: string | null;
  readonly description: string | null;
  readonly extra: Extra;
}

export async function createRole(environment: Environment, wanted: RoleAttributes): Promise<RoleRow> {
  const { extra, ...columns } = wanted;
  return withConflicts('role', wanted.name, () =>
    change(environment, async (tx, touch) => {
      if (wanted.domain_id !== null) await must(tx, 'domain', wanted.domain_id);
      touch(cacheKey.roles);
      return identityTables(tx)
        .insertInto('identity.role')
        .values({
          id: newHexId(),
          ...columns,
          extra: sql<Extra>`${JSON.stringify(extra)}::json`,
          created_at: environment.clock.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
    }),
  );
}

/** The roles of the domain, or, without one, those of the whole cloud. */
export function listRoles(
  environment: Environment,
  filter: Page & { readonly name?: string; readonly domainId?: string },
): Promise<RoleRow[]> {
  let query = identityTables(environment.store.db)
    .selectFrom('identity.role')
    .selectAll()
    .where('domain_id', 'is not distinct from', filter.domainId ?? null);
  if (filter.name !== undefined) query = query.where(sameName('name', filter.name));
  return paged(query, 'id', filter).execute();
}

export async function updateRole(
  environment: Environment,
  id: string,
  wanted: Partial<Omit<RoleAttributes, 'domain_id'>>,
): Promise<RoleRow> {
  return withConflicts('role', wanted.name ?? id, () =>
    change(environment, async (tx, touch) => {
      const before = await must(tx, 'role', id, 'lock');
      if (wanted.name !== undefined && wanted.name !== before.name) refuseBuiltIn(before);
      const { extra, ...columns } = wanted;
      touch(cacheKey.roles);
      return identityTables(tx)
        .updateTable('identity.role')
        .set({ ...columns, extra: sql<Extra>`${JSON.stringify({ ...before.extra, ...extra })}::json` })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
    }),
  );
}

export async function deleteRole(environment: Environment, id: string): Promise<void> {
  await change(environment, async (tx, touch) => {
    refuseBuiltIn(await must(tx, 'role', id, 'lock'));
    await identityTables(tx).deleteFrom('identity.role').where('id', '=', id).execute();
    touch(cacheKey.roles);
  });
}

/** Policies name these; without them nobody could administer anything. */
function refuseBuiltIn({ name, domain_id }: RoleRow): void {
  if (domain_id === null && (roleNames as readonly string[]).includes(name)) {
    throw new Fault('forbidden', `The role ${name} is immutable: it can be neither renamed nor deleted.`);
  }
}
