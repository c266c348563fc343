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
export async function notifyUsage(tx: Tx, events: readonly UsageEvent[]): Promise<void> {
  const projects = [...new Set(events.map(({ projectId }) => projectId))];
  await sql`select pg_notify(${usageChannel}, project) from unnest(${projects}::text[]) as project`.execute(tx);
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
  /** Events that touch this interval. */
  readonly start: Date;
  readonly end: Date;
}

/** Usage of these resources, oldest first. */
export async function findUsage(
  db: Connection,
  query: UsageQuery,
): Promise<{ start: Date; end: Date; quantity: bigint }[]> {
  const { rows } = await sql<{ start: Date; end: Date; quantity: bigint }>`
    select start_at as start, end_at as "end", quantity from market_metering.usage_event
    where resource_id = any(${[...query.resourceIds]}) and type = ${query.type} and project_id = ${query.projectId}
      and start_at < ${query.end} and end_at >= ${query.start}
    order by start_at, source, id`.execute(db);
  return rows;
}
