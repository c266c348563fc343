import { sql } from 'kysely';
import { type Connection, type Tx, tables } from '../../../kernel/store/index.ts';
import { overQuota } from '../domain/faults.ts';
import { defaultQuotas, type QuotaResource, quotaResources } from '../domain/quotas.ts';
import type { NetworkTables, ResourceTable } from './tables.ts';

export type Quotas = Record<QuotaResource, number>;

const countedIn: Record<QuotaResource, ResourceTable> = {
  network: 'network.network',
  subnet: 'network.subnet',
  subnetpool: 'network.subnet_pool',
  port: 'network.port',
  router: 'network.router',
  floatingip: 'network.floating_ip',
  security_group: 'network.security_group',
  security_group_rule: 'network.security_group_rule',
  rbac_policy: 'network.rbac_policy',
};

/** The project's limits. */
export async function quotasOf(connection: Connection, projectId: string): Promise<Quotas> {
  const rows = await tables<NetworkTables>(connection)
    .selectFrom('network.quota')
    .select(['resource', 'quota_limit'])
    .where('project_id', '=', projectId)
    .execute();
  const set = new Map(rows.map(({ resource, quota_limit }) => [resource, quota_limit]));
  return Object.fromEntries(
    quotaResources.map((resource) => [resource, set.get(resource) ?? defaultQuotas[resource]]),
  ) as Quotas;
}

/** How much of each resource the project has. */
export async function usageOf(connection: Connection, projectId: string): Promise<Quotas> {
  const counts = await Promise.all(quotaResources.map((resource) => count(connection, projectId, resource)));
  return Object.fromEntries(quotaResources.map((resource, index) => [resource, counts[index]])) as Quotas;
}

async function count(connection: Connection, projectId: string, resource: QuotaResource): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${sql.table(countedIn[resource])} where project_id = ${projectId}`.execute(
    connection,
  );
  return rows[0]?.n ?? 0;
}

/**
 * Refuses (409 `OverQuota`) what would exceed the project's limit, or has, when it is there already (`added` 0). Transactions
 * that add the same resource to the same project follow one another from here on, so that the count stays true: what can be
 * done before is.
 */
export async function checkQuota(tx: Tx, projectId: string, resource: QuotaResource, added = 1): Promise<void> {
  const set = await tables<NetworkTables>(tx)
    .selectFrom('network.quota')
    .select('quota_limit')
    .where('project_id', '=', projectId)
    .where('resource', '=', resource)
    .executeTakeFirst();
  const limit = set?.quota_limit ?? defaultQuotas[resource];
  if (limit < 0) return;
  const name = ['network.quota', projectId, resource].join('\u001f');
  const { rows } = await sql<{ n: bigint }>`
    select network.count_locked(${name}, ${countedIn[resource]}::regclass, ${projectId}) as n`.execute(tx);
  if (Number(rows[0]?.n) + added > limit) throw overQuota(resource);
}

export async function setQuotas(tx: Tx, projectId: string, limits: Partial<Quotas>): Promise<void> {
  for (const [resource, quota_limit] of Object.entries(limits)) {
    await tables<NetworkTables>(tx)
      .insertInto('network.quota')
      .values({ project_id: projectId, resource, quota_limit })
      .onConflict((on) => on.columns(['project_id', 'resource']).doUpdateSet({ quota_limit }))
      .execute();
  }
}

/** Back to the defaults. */
export async function resetQuotas(tx: Tx, projectId: string): Promise<void> {
  await tables<NetworkTables>(tx).deleteFrom('network.quota').where('project_id', '=', projectId).execute();
}

/** The projects whose limits are not the defaults. */
export async function projectsWithQuotas(connection: Connection): Promise<string[]> {
  const rows = await tables<NetworkTables>(connection)
    .selectFrom('network.quota')
    .select('project_id')
    .distinct()
    .orderBy('project_id')
    .execute();
  return rows.map(({ project_id }) => project_id);
}
