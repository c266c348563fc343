import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';
import type { UsageEvent } from '../domain/usage-event.ts';

/** What became of a batch. */
export interface Ingested {
  /** Counted now. */
  readonly accepted: number;
  /** Sent before, word for word: counted then. */
  readonly duplicates: number;
  /** Under a source and id that was used for something else: not counted; the sender is wrong. */
  readonly conflicting: readonly { readonly source: string; readonly id: string }[];
}

/** Notified with each project of which usage has arrived. */
export const usageChannel = 'market_metering_usage';

/** Tells whoever shows costs. */
export async function notifyUsage(tx: Tx, projectIds: readonly string[]): Promise<void> {
  await sql`select pg_notify(${usageChannel}, project) from unnest(${projectIds as string[]}::text[]) as project`.execute(
    tx,
  );
}

/** Inserts a batch in one statement; each source and id counts once, whatever runs at the same time. */
export async function insertUsageEvents(tx: Tx, events: readonly UsageEvent[], now: Date): Promise<Ingested> {
  const column = <T>(pick: (event: UsageEvent) => T): T[] => events.map(pick);
  const { rows: inserted } = await sql<{ source: string; id: string; content_hash: Buffer }>`
    insert into market_metering.usage_event
      (source, id, type, project_id, resource_id, start_at, end_at, quantity, content_hash, received_at)
    select *, ${now}::timestamptz from unnest(
      ${column((event) => event.source)}::text[], ${column((event) => event.id)}::text[],
      ${column((event) => event.type)}::text[], ${column((event) => event.projectId)}::text[],
      ${column((event) => event.resourceId)}::text[], ${column((event) => event.start)}::timestamptz[],
      ${column((event) => event.end)}::timestamptz[], ${column((event) => event.quantity)}::bigint[],
      ${column((event) => event.contentHash)}::bytea[])
    on conflict (source, id) do nothing returning source, id`.execute(tx);
  if (inserted.length === events.length) return { accepted: inserted.length, duplicates: 0, conflicting: [] };
  const { rows: kept } = await sql<{ source: string; id: string; content_hash: Buffer }>`
    select source, id, content_hash from market_metering.usage_event join unnest(
      ${column((event) => event.source)}::text[], ${column((event) => event.id)}::text[]) as sent (source, id)
    using (source, id)`.execute(tx);
  const hashes = new Map(kept.map(({ source, id, content_hash }) => [`${source}\u0000${id}`, content_hash]));
  const conflicting = events
    .filter((event) => !hashes.get(`${event.source}\u0000${event.id}`)?.equals(event.contentHash))
    .map(({ source, id }) => ({ source, id }));
  const accepted = inserted.length;
  return { accepted, duplicates: events.length - accepted - conflicting.length, conflicting };
}

/** What is asked of usage. */
export interface UsageQuery {
  readonly projectId: string;
  readonly resourceIds: readonly string[];
  readonly type: string;
  /** Half-open. */
  readonly start: Date;
  readonly end: Date;
}

interface Interval {
  readonly start: Date;
  readonly end: Date;
  readonly quantity: bigint;
}

/**
 * Usage of these resources: one sum of all that lies within the interval, and what reaches over its ends as it is. Costs one
 * pass over the interval's part of an index.
 */
export async function findUsage(db: Connection, query: UsageQuery): Promise<Interval[]> {
  const { start, end } = query;
  const { rows } = await sql<Interval>`
    with touching as (
      select start_at, end_at, quantity, start_at >= ${start} and end_at <= ${end} as inside
      from market_metering.usage_event
      where resource_id = any(${[...query.resourceIds]}) and type = ${query.type} and project_id = ${query.projectId}
        and start_at < ${end} and start_at >= ${start}::timestamptz - interval '32 days'
        and (end_at > ${start} or start_at >= ${start})
    )
    select ${start}::timestamptz as start, ${end}::timestamptz as "end", coalesce(sum(quantity), 0)::bigint as quantity
    from touching where inside
    union all select start_at, end_at, quantity from touching where not inside`.execute(db);
  return rows;
}

/** Usage of everything in a project that touches an interval, by the resource's id. */
export async function findUsageByResource(
  db: Connection,
  { projectId, type, start, end }: Omit<UsageQuery, 'resourceIds'>,
): Promise<Map<string, Interval[]>> {
  const { rows } = await sql<Interval & { readonly resourceId: string }>`
    select resource_id as "resourceId", min(start_at) as start, max(end_at) as "end", sum(quantity)::bigint as quantity
    from market_metering.usage_event
    where project_id = ${projectId} and type = ${type} and start_at < ${end} and end_at > ${start}
      and start_at >= ${start}::timestamptz - interval '32 days'
    group by resource_id, case when start_at >= ${start} and end_at <= ${end} then '' else source || ' ' || id end`.execute(
    db,
  );
  const byResource = new Map<string, Interval[]>();
  for (const { resourceId, ...interval } of rows) {
    byResource.set(resourceId, [...(byResource.get(resourceId) ?? []), interval]);
  }
  return byResource;
}
