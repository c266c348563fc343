import { type Connection, type Tx, tables } from '../../../kernel/store/index.ts';
import type { ComputeTables } from './tables.ts';

/** Whose limits: a project's, or those of every project that has none of its own (`default`). */
export interface QuotaScope {
  readonly scope: 'project' | 'class';
  readonly name: string;
}

/** What administrators have set for these scopes, by scope and resource. */
export async function storedQuotas(
  connection: Connection,
  projectId: string,
): Promise<{ readonly project: Map<string, number>; readonly defaults: Map<string, number> }> {
  const rows = await tables<ComputeTables>(connection)
    .selectFrom('compute.quota')
    .selectAll()
    .where((on) =>
      on.or([
        on.and([on('scope', '=', 'class'), on('name', '=', 'default')]),
        on.and([on('scope', '=', 'project'), on('name', '=', projectId)]),
      ]),
    )
    .execute();
  const of = (scope: QuotaScope['scope']) =>
    new Map(rows.filter((row) => row.scope === scope).map(({ resource, maximum }) => [resource, maximum]));
  return { project: of('project'), defaults: of('class') };
}

export async function setQuotas(
  tx: Tx,
  { scope, name }: QuotaScope,
  maxima: Readonly<Record<string, number>>,
): Promise<void> {
  const rows = Object.entries(maxima).map(([resource, maximum]) => ({ scope, name, resource, maximum }));
  if (rows.length === 0) return;
  await tables<ComputeTables>(tx)
    .insertInto('compute.quota')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['scope', 'name', 'resource']).doUpdateSet((on) => ({ maximum: on.ref('excluded.maximum') })),
    )
    .execute();
}

/** The scope has no limits of its own any more. */
export async function forgetQuotas(connection: Connection, { scope, name }: QuotaScope): Promise<void> {
  await tables<ComputeTables>(connection)
    .deleteFrom('compute.quota')
    .where('scope', '=', scope)
    .where('name', '=', name)
    .execute();
}
