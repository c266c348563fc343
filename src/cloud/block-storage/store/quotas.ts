import { type Connection, lockInTransaction, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import { overQuota } from '../domain/faults.ts';
import { allResources, type Demand, defaultQuotas, exceeded, typeQuota } from '../domain/quotas.ts';
import type { VolumeTables } from './tables.ts';

export type Limits = Readonly<Record<string, number>>;

/** The key under which the limits of all projects are kept. */
const everybody = '';

/** What projects may have that have no limits of their own. */
export async function defaultLimits(connection: Connection): Promise<Limits> {
  const [names, set] = await Promise.all([typeNames(connection), limitsSet(connection, [everybody])]);
  const presets: Limits = defaultQuotas;
  return Object.fromEntries(
    allResources(names).map((resource) => [resource, set.get(resource) ?? presets[resource] ?? -1]),
  );
}

/** The project's limits. */
export async function limitsOf(connection: Connection, projectId: string): Promise<Limits> {
  const defaults = await defaultLimits(connection);
  const own = await limitsSet(connection, [projectId]);
  return Object.fromEntries(
    Object.entries(defaults).map(([resource, limit]) => [resource, own.get(resource) ?? limit]),
  );
}

async function limitsSet(connection: Connection, projects: readonly string[]): Promise<Map<string, number>> {
  const rows = await tables<VolumeTables>(connection)
    .selectFrom('block_storage.quota')
    .select(['resource', 'quota_limit'])
    .where('project_id', 'in', projects)
    .execute();
  return new Map(rows.map(({ resource, quota_limit }) => [resource, quota_limit]));
}

async function typeNames(connection: Connection): Promise<string[]> {
  const rows = await tables<VolumeTables>(connection)
    .selectFrom('block_storage.volume_type')
    .select('name')
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}

/** How much of each resource the project has. */
export async function usageOf(connection: Connection, projectId: string): Promise<Record<string, number>> {
  const { rows } = await sql<{ kind: string; type: string | null; n: number; gib: number }>`
    select 'volumes' as kind, y.name as type, count(*)::int as n, coalesce(sum(size_gib), 0)::int as gib
      from block_storage.volume v join block_storage.volume_type y on y.id = v.type_id
      where project_id = ${projectId} and deleted_at is null group by y.name
    union all
    select 'snapshots', y.name, count(*)::int, coalesce(sum(size_gib), 0)::int
      from block_storage.snapshot s join block_storage.volume_type y on y.id = s.type_id
      where project_id = ${projectId} and deleted_at is null group by y.name
    union all
    select 'groups', null, count(*)::int, 0 from block_storage.volume_group where project_id = ${projectId}
    union all
    select 'backups', null, count(*)::int, coalesce(sum(size_gib), 0)::int
      from block_storage.backup where project_id = ${projectId} and deleted_at is null`.execute(connection);
  const used: Record<string, number> = {};
  const add = (resource: string, amount: number) => {
    used[resource] = (used[resource] ?? 0) + amount;
  };
  for (const { kind, type, n, gib } of rows) {
    add(kind, n);
    add(kind === 'backups' ? 'backup_gigabytes' : 'gigabytes', gib);
    if (type !== null) {
      add(typeQuota(kind as 'volumes' | 'snapshots', type), n);
      add(typeQuota('gigabytes', type), gib);
    }
  }
  return used;
}

/**
 * Refuses (413) what would exceed the project's limits. Transactions that add to the same project follow one another
 * from here on, so that the sums stay true, however many come at once.
 */
export async function checkQuota(tx: Tx, projectId: string, demand: Demand): Promise<void> {
  await lockInTransaction(tx, 'block-storage.quota', projectId);
  const [limits, used] = [await limitsOf(tx, projectId), await usageOf(tx, projectId)];
  const resource = exceeded(limits, used, demand);
  if (resource !== undefined) {
    throw overQuota(resource, demand[resource] ?? 0, used[resource] ?? 0, limits[resource] ?? 0);
  }
}

/** Refuses (413) a volume that is larger than the project's may be. */
export async function checkVolumeSize(tx: Tx, projectId: string, sizeGiB: number): Promise<void> {
  const limit = (await limitsOf(tx, projectId)).per_volume_gigabytes ?? -1;
  if (limit >= 0 && sizeGiB > limit) throw overQuota('per_volume_gigabytes', sizeGiB, 0, limit);
}

/** Sets limits of a project, or, without one, of all that have none of their own. */
export async function setLimits(tx: Tx, projectId: string | undefined, limits: Limits): Promise<void> {
  for (const [resource, quota_limit] of Object.entries(limits)) {
    await tables<VolumeTables>(tx)
      .insertInto('block_storage.quota')
      .values({ project_id: projectId ?? everybody, resource, quota_limit })
      .onConflict((on) => on.columns(['project_id', 'resource']).doUpdateSet({ quota_limit }))
      .execute();
  }
}

/** Back to the defaults. */
export async function resetLimits(tx: Tx, projectId: string): Promise<void> {
  await tables<VolumeTables>(tx).deleteFrom('block_storage.quota').where('project_id', '=', projectId).execute();
}
