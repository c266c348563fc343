import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import type { Tx } from '../../../kernel/store/index.ts';
import type { Environment } from '../environment.ts';
import { identityTables, must, type Page, paged, withConflicts } from '../store/queries.ts';
import type { RegisteredLimitRow } from '../store/tables.ts';

export type RegisteredLimitAttributes = Omit<RegisteredLimitRow, 'id' | 'created_at'>;

/** Makes all of them, or none. */
export async function createRegisteredLimits(
  environment: Environment,
  wanted: readonly RegisteredLimitAttributes[],
): Promise<RegisteredLimitRow[]> {
  for (const one of wanted) await checkPlace(environment, one);
  const created_at = environment.clock.now();
  return withConflicts('registered_limit', wanted.map(({ resource_name }) => resource_name).join(', '), () =>
    identityTables(environment.store.db)
      .insertInto('identity.registered_limit')
      .values(wanted.map((one) => ({ id: newHexId(), ...one, created_at })))
      .returningAll()
      .execute(),
  );
}

async function checkPlace(
  { directory }: Environment,
  { service_id, region_id }: Partial<Pick<RegisteredLimitAttributes, 'service_id' | 'region_id'>>,
): Promise<void> {
  const { services, regions } = (await directory.catalog()).catalog;
  if (service_id !== undefined && !services.some(({ id }) => id === service_id)) {
    throw badRequest(`There is no service ${service_id.slice(0, 64)} to limit.`);
  }
  if (region_id !== undefined && region_id !== null && !regions.some(({ id }) => id === region_id)) {
    throw badRequest(`There is no region ${region_id.slice(0, 64)} to limit.`);
  }
}

/** Of what a limit is. */
export interface LimitFilter extends Page {
  readonly service_id?: string;
  readonly region_id?: string;
  readonly resource_name?: string;
}

export function listRegisteredLimits({ store }: Environment, filter: LimitFilter): Promise<RegisteredLimitRow[]> {
  const { service_id, region_id, resource_name } = filter;
  let query = identityTables(store.db).selectFrom('identity.registered_limit').selectAll();
  if (service_id !== undefined) query = query.where('service_id', '=', service_id);
  if (region_id !== undefined) query = query.where('region_id', '=', region_id);
  if (resource_name !== undefined) query = query.where('resource_name', '=', resource_name);
  return paged(query, 'id', filter).execute();
}

/** Of what it is stays as it is while there are limits of it: 403. */
export async function updateRegisteredLimit(
  environment: Environment,
  id: string,
  wanted: Partial<RegisteredLimitAttributes>,
): Promise<RegisteredLimitRow> {
  await checkPlace(environment, wanted);
  return withConflicts('registered_limit', wanted.resource_name ?? id, () =>
    environment.store.transact(async (tx) => {
      const before = await must(tx, 'registered_limit', id, 'lock');
      const { service_id, region_id, resource_name } = { ...before, ...wanted };
      const isOther =
        service_id !== before.service_id || region_id !== before.region_id || resource_name !== before.resource_name;
      if (isOther) await refuseReferenced(tx, id);
      const { default_limit, description } = { ...before, ...wanted };
      return identityTables(tx)
        .updateTable('identity.registered_limit')
        .set({ service_id, region_id, resource_name, default_limit, description })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
    }),
  );
}

export async function deleteRegisteredLimit({ store }: Environment, id: string): Promise<void> {
  await store.transact(async (tx) => {
    await must(tx, 'registered_limit', id, 'lock');
    await refuseReferenced(tx, id);
    await identityTables(tx).deleteFrom('identity.registered_limit').where('id', '=', id).execute();
  });
}

async function refuseReferenced(tx: Tx, id: string): Promise<void> {
  const limit = await identityTables(tx)
    .selectFrom('identity.limit')
    .select('id')
    .where('registered_limit_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  if (limit === undefined) return;
  throw new Fault(
    'forbidden',
    `Unable to update or delete registered limit ${id} because there are project limits associated with it.`,
  );
}
