import { readEffects, remaining } from '../../src/engines/simulated/index.ts';
import { sql } from '../../src/kernel/store/index.ts';
import type { TestStore } from '../../src/kernel/testing/index.ts';

/** How many of each kind: `{ guest: 1, port: 4, … }` */
export type Counts = Readonly<Record<string, number>>;

/** What the simulated engines have made, and what of it is there. */
export function worldIn(simulatedDir: string): { readonly made: Counts; readonly there: Counts } {
  const effects = readEffects(simulatedDir);
  const made = effects.filter(({ effect }) => effect.endsWith('.create'));
  return {
    made: count(made.map(({ effect }) => effect.split('.')[0] ?? '')),
    there: count(remaining(effects).map((thing) => thing.split('/')[0] ?? '')),
  };
}

function count(kinds: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** `base` and `times` as much as `unit` more. */
export function plus(base: Counts, unit: Counts, times = 1): Counts {
  const kinds = Object.keys({ ...base, ...unit });
  const sums = kinds.map((kind) => [kind, (base[kind] ?? 0) + times * (unit[kind] ?? 0)] as const);
  return Object.fromEntries(sums.filter(([, sum]) => sum !== 0));
}

/** Every moment around every step that this workflow has taken so far: `market.order.provision/reserve@before-effect`… */
export async function crashPointsOf({ db }: TestStore, workflow: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select s.name from kernel.workflow_step s join kernel.workflow w on w.id = s.workflow_id
    where w.name = ${workflow} group by s.name order by min(s.updated_at)`.execute(db);
  const moments = ['before-effect', 'after-effect', 'after-record'];
  return rows.flatMap(({ name }) => moments.map((moment) => `${workflow}/${name}@${moment}`));
}

/** Workflows that are still at work, and usage that is still on its way. */
export async function unfinished({ db }: TestStore): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select
    (select count(*) from kernel.workflow where state in ('running', 'undoing'))
    + (select count(*) from telemetry.resource where ended_at is null)
    + (select count(*) from telemetry.outgoing) as count`.execute(db);
  return Number(rows[0]?.count);
}

/** How many stacks of that name there have ever been. */
export async function stacksNamed({ db }: TestStore, name: string): Promise<number> {
  const { rows } = await sql`select id from orchestration.stack where name = ${name}`.execute(db);
  return rows.length;
}

/** Each kind of fact about these subjects, with how often it was recorded. */
export async function factsAbout({ db }: TestStore, subjects: readonly string[]): Promise<Counts> {
  const { rows } = await sql<{ kind: string }>`
    select kind from market_trust.fact where subject = any(${[...subjects]}) order by kind`.execute(db);
  return count(rows.map(({ kind }) => kind));
}

/** All instants in whole seconds since 1970. */
export interface ServerUsage {
  /** What the market has been told, oldest first. */
  readonly slices: readonly { readonly start: number; readonly end: number }[];
  /** When compute said that the server was deleted. */
  readonly deleted: number;
}

/** How a server was metered; rejects unless it was deleted exactly once. */
export async function usageOf({ db }: TestStore, serverId: string): Promise<ServerUsage> {
  const { rows: slices } = await sql<{ start: number; end: number }>`
    select extract(epoch from start_at)::float8 as start, extract(epoch from end_at)::float8 as end
    from market_metering.usage_event where resource_id = ${serverId} order by start_at`.execute(db);
  const { rows: deletions } = await sql<{ at: string }>`select data->>'at' as at from kernel.outbox
    where subject = ${serverId} and type = 'andromede.compute.server.deleted.v1'`.execute(db);
  if (deletions.length !== 1) throw new Error(`the server ${serverId} was deleted ${deletions.length} times`);
  return { slices, deleted: Math.floor(Date.parse(deletions[0]?.at ?? '') / 1000) };
}
