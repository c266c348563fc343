import { newHexId } from '../../../kernel/base/ids.ts';
import { sql } from '../../../kernel/store/index.ts';
import type { Environment } from '../environment.ts';
import { identityTables, must, type Page, paged } from '../store/queries.ts';
import type { Extra, PolicyRow } from '../store/tables.ts';

type PolicyAttributes = Pick<PolicyRow, 'type' | 'blob' | 'extra'>;

const json = (extra: Extra) => sql<Extra>`${JSON.stringify(extra)}::json`;

export function createPolicy({ store, clock }: Environment, wanted: PolicyAttributes): Promise<PolicyRow> {
  return identityTables(store.db)
    .insertInto('identity.policy')
    .values({ id: newHexId(), ...wanted, extra: json(wanted.extra), created_at: clock.now() })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export function listPolicies({ store }: Environment, filter: Page & { readonly type?: string }): Promise<PolicyRow[]> {
  const all = identityTables(store.db).selectFrom('identity.policy').selectAll();
  return paged(filter.type === undefined ? all : all.where('type', '=', filter.type), 'id', filter).execute();
}

export function updatePolicy(
  { store }: Environment,
  id: string,
  wanted: Partial<PolicyAttributes>,
): Promise<PolicyRow> {
  return store.transact(async (tx) => {
    const before = await must(tx, 'policy', id, 'lock');
    return identityTables(tx)
      .updateTable('identity.policy')
      .set({ ...wanted, extra: json({ ...before.extra, ...wanted.extra }) })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
  });
}

export async function deletePolicy({ store }: Environment, id: string): Promise<void> {
  await store.transact(async (tx) => {
    await must(tx, 'policy', id, 'lock');
    await identityTables(tx).deleteFrom('identity.policy').where('id', '=', id).execute();
  });
}
