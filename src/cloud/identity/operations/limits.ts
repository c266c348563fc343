import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import type { Environment } from '../environment.ts';
import { identityTables, must, paged, unknown, withConflicts } from '../store/queries.ts';
import type { LimitRow, RegisteredLimitRow } from '../store/tables.ts';
import type { LimitFilter } from './registered-limits.ts';

/** A limit with that of which it is one. */
export type Limit = Omit<LimitRow, 'registered_limit_id'> &
  Pick<RegisteredLimitRow, 'service_id' | 'region_id' | 'resource_name'>;

export type LimitAttributes = Omit<Limit, 'id' | 'created_at'>;

/** Makes all of them, or none; 403 for what has no registered limit. */
export async function createLimits(
  { store, clock }: Environment,
  wanted: readonly LimitAttributes[],
): Promise<Limit[]> {
  const names = wanted.map(({ resource_name }) => resource_name).join(', ');
  return withConflicts('limit', names, () =>
    store.transact(async (tx) => {
      const made: Limit[] = [];
      for (const { service_id, region_id, resource_name, ...own } of wanted) {
        await checkOwner(tx, own);
        const registered_limit_id = await registeredLimitOf(tx, { service_id, region_id, resource_name });
        const row = { id: newHexId(), registered_limit_id, ...own, created_at: clock.now() };
        await identityTables(tx).insertInto('identity.limit').values(row).execute();
        made.push(await findLimit(tx, row.id));
      }
      return made;
    }),
  );
}

async function checkOwner(tx: Tx, { project_id, domain_id }: Pick<Limit, 'project_id' | 'domain_id'>): Promise<void> {
  if ((project_id === null) === (domain_id === null)) {
    throw badRequest('A limit is that of a project_id or of a domain_id: exactly one of them.');
  }
  if (project_id !== null) await must(tx, 'project', project_id);
  if (domain_id !== null) await must(tx, 'domain', domain_id);
}

async function registeredLimitOf(
  tx: Tx,
  { service_id, region_id, resource_name }: Pick<Limit, 'service_id' | 'region_id' | 'resource_name'>,
): Promise<string> {
  const found = await identityTables(tx)
    .selectFrom('identity.registered_limit')
    .select('id')
    .where('service_id', '=', service_id)
    .where('region_id', 'is not distinct from', region_id)
    .where('resource_name', '=', resource_name)
    .forShare()
    .executeTakeFirst();
  if (found !== undefined) return found.id;
  throw new Fault('forbidden', 'Unable to create a limit that has no corresponding registered limit.');
}

function limits(connection: Connection) {
  return identityTables(connection)
    .selectFrom('identity.limit as own')
    .innerJoin('identity.registered_limit as registered', 'registered.id', 'own.registered_limit_id')
    .select(['own.id', 'own.project_id', 'own.domain_id', 'own.resource_limit', 'own.description', 'own.created_at'])
    .select(['registered.service_id', 'registered.region_id', 'registered.resource_name']);
}

/** The limit; 404 when there is none. */
export async function findLimit(connection: Connection, id: string): Promise<Limit> {
  const limit = await limits(connection).where('own.id', '=', id).executeTakeFirst();
  if (limit === undefined) throw unknown('limit', id);
  return limit;
}

export function listLimits(
  { store }: Environment,
  filter: LimitFilter & { readonly project_id?: string; readonly domain_id?: string },
): Promise<Limit[]> {
  const { project_id, domain_id, service_id, region_id, resource_name } = filter;
  let query = limits(store.db);
  if (project_id !== undefined) query = query.where('own.project_id', '=', project_id);
  if (domain_id !== undefined) query = query.where('own.domain_id', '=', domain_id);
  if (service_id !== undefined) query = query.where('registered.service_id', '=', service_id);
  if (region_id !== undefined) query = query.where('registered.region_id', '=', region_id);
  if (resource_name !== undefined) query = query.where('registered.resource_name', '=', resource_name);
  return paged(query, 'own.id', filter).execute();
}

export function updateLimit(
  { store }: Environment,
  id: string,
  wanted: Partial<Pick<Limit, 'resource_limit' | 'description'>>,
): Promise<Limit> {
  return store.transact(async (tx) => {
    const { resource_limit, description } = { ...(await findLimit(tx, id)), ...wanted };
    await identityTables(tx)
      .updateTable('identity.limit')
      .set({ resource_limit, description })
      .where('id', '=', id)
      .execute();
    return findLimit(tx, id);
  });
}

export async function deleteLimit({ store }: Environment, id: string): Promise<void> {
  const { numDeletedRows } = await identityTables(store.db)
    .deleteFrom('identity.limit')
    .where('id', '=', id)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw unknown('limit', id);
}
