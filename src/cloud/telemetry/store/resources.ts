import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';
import type { Slice } from '../domain/slices.ts';
import { type UsageEvent, usageEvent } from '../domain/usage-event.ts';

/** A resource that counts, or has counted. Instants are whole seconds since 1970. */
export interface MeteredResource {
  readonly meter: string;
  readonly resourceId: string;
  readonly projectId: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly reportedUntil: number;
  readonly sequence: number;
}

const columns = sql`meter, resource_id as "resourceId", project_id as "projectId", facts, sequence,
  extract(epoch from reported_until)::float8 as "reportedUntil"`;

/** From `start` on the resource counts; does nothing when it does so already, or has. */
export async function openResource(
  tx: Tx,
  resource: Pick<MeteredResource, 'meter' | 'resourceId' | 'projectId' | 'facts'>,
  start: number,
): Promise<void> {
  const { meter, resourceId, projectId, facts } = resource;
  await sql`insert into telemetry.resource (meter, resource_id, project_id, facts, started_at, reported_until)
    values (${meter}, ${resourceId}, ${projectId}, ${JSON.stringify(facts)}::jsonb, to_timestamp(${start}), to_timestamp(${start}))
    on conflict do nothing`.execute(tx);
}

/** The resource, if it counts, held until the transaction ends. */
export async function findOpen(tx: Tx, meter: string, resourceId: string): Promise<MeteredResource | undefined> {
  const { rows } = await sql<MeteredResource>`select ${columns} from telemetry.resource
    where meter = ${meter} and resource_id = ${resourceId} and ended_at is null for update`.execute(tx);
  return rows[0];
}

/** The resources that count and whose usage is reported until `before` at most, held until the transaction ends. */
export async function openReportedBefore(tx: Tx, before: number): Promise<MeteredResource[]> {
  const { rows } = await sql<MeteredResource>`select ${columns} from telemetry.resource
    where ended_at is null and reported_until <= to_timestamp(${before}) order by meter, resource_id for update`.execute(
    tx,
  );
  return rows;
}

/** Everything that counts. */
export async function listOpen(db: Connection): Promise<Pick<MeteredResource, 'meter' | 'resourceId' | 'projectId'>[]> {
  const { rows } = await sql<MeteredResource>`
    select ${columns} from telemetry.resource where ended_at is null`.execute(db);
  return rows;
}

/** Whether anything counts. */
export async function anyOpen(db: Connection): Promise<boolean> {
  const { rows } = await sql`select from telemetry.resource where ended_at is null limit 1`.execute(db);
  return rows.length > 0;
}

/** Notes the slices as reported and puts them in the queue to the sink. */
export async function report(
  tx: Tx,
  parts: readonly { readonly resource: MeteredResource; readonly slices: readonly Slice[] }[],
): Promise<void> {
  const reported = parts.flatMap(({ resource, slices }) => {
    const last = slices.at(-1);
    return last === undefined ? [] : [{ resource, slices, last }];
  });
  if (reported.length === 0) return;
  await sql`update telemetry.resource r set reported_until = to_timestamp(u.until), sequence = u.sequence
    from unnest(${reported.map(({ resource }) => resource.meter)}::text[],
      ${reported.map(({ resource }) => resource.resourceId)}::text[],
      ${reported.map(({ last }) => last.end)}::float8[],
      ${reported.map(({ last }) => last.sequence)}::integer[]) as u (meter, resource_id, until, sequence)
    where r.meter = u.meter and r.resource_id = u.resource_id`.execute(tx);
  const events = reported.flatMap(({ resource, slices }) => slices.map((slice) => usageEvent(resource, slice)));
  await enqueue(tx, events);
}

/** From what is reported on, the resource counts for that project, by these facts. */
export async function changeResource(
  tx: Tx,
  { meter, resourceId }: MeteredResource,
  projectId: string,
  facts: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sql`update telemetry.resource set project_id = ${projectId}, facts = ${JSON.stringify(facts)}::jsonb
    where meter = ${meter} and resource_id = ${resourceId}`.execute(tx);
}

/** The clock has jumped by `ms`: what counts goes on from there, for as long as it has. */
export async function shiftOpen(tx: Tx, ms: number): Promise<void> {
  await sql`update telemetry.resource set started_at = started_at + jump, reported_until = reported_until + jump
    from (select make_interval(secs => ${Math.round(ms / 1000)}) as jump) as j where ended_at is null`.execute(tx);
}

/** From `end` on the resource does not count any more. */
export async function closeResource(tx: Tx, { meter, resourceId }: MeteredResource, end: number): Promise<void> {
  await sql`update telemetry.resource set ended_at = to_timestamp(${end})
    where meter = ${meter} and resource_id = ${resourceId}`.execute(tx);
}

/** Wakes whoever sends. */
export const outgoingChannel = 'telemetry_outgoing';

async function enqueue(tx: Tx, events: readonly UsageEvent[]): Promise<void> {
  await sql`insert into telemetry.outgoing (event)
    select unnest(${events.map((event) => JSON.stringify(event))}::text[])::jsonb`.execute(tx);
  await sql`select pg_notify(${outgoingChannel}, '')`.execute(tx);
}
