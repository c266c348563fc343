import { badRequest, conflict, type Fault } from '../../../kernel/base/errors.ts';
import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';
import { concurrentUpdate } from '../domain/faults.ts';
import type { Allocation, Consumer } from './tables.ts';

/** What a consumer is to have: everything else that it has goes. */
export interface Wanted {
  readonly consumer: string;
  /** What the caller saw: null: no consumer. Undefined: it does not matter. */
  readonly generation?: number | null;
  readonly project: string;
  readonly user: string;
  readonly type?: string;
  readonly allocations: readonly { readonly provider: string; readonly class: string; readonly amount: number }[];
}

/** Replaces what each of the consumers has, all or nothing, in one statement. 409 says what stands in the way. */
export async function setAllocations(connection: Connection | Tx, wanted: readonly Wanted[]): Promise<void> {
  const [one, other] = wanted;
  const changed = sql`placement.set_allocations(${JSON.stringify(wanted)}::jsonb)`;
  const takes = one !== undefined && other === undefined && one.allocations.length > 0;
  const change = takes
    ? sql`select case when not placement.take_for_new(${JSON.stringify(one)}::jsonb) then ${changed} end`
    : sql`select ${changed}`;
  await change.execute(connection).catch((error) => {
    throw faultOf(error) ?? error;
  });
}

/** What `set_allocations` refused, in Placement's words. */
function faultOf(error: unknown): Fault | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  switch (code) {
    case 'PL001':
      return concurrentUpdate(String(message));
    case 'PL002':
      return badRequest(`Allocation for resource provider that does not exist or has none: ${String(message)}.`);
    case 'PL003':
    case 'PL004':
      return conflict(`Unable to allocate inventory: ${String(message)}.`);
    // Two made the same consumer at the same time.
    case '23505':
      return concurrentUpdate('The consumer was changed by another process. Look again and retry.');
    default:
      return undefined;
  }
}

/** Room for a new consumer at one provider. */
export interface Claim {
  readonly consumer: string;
  readonly projectId: string;
  readonly userId: string;
  /** Amounts by resource class; the scarcest first. */
  readonly resources: Readonly<Record<string, number>>;
  /** Only at one of these; undefined: anywhere. */
  readonly among?: readonly string[];
  /** Traits that the provider must not have. */
  readonly without?: readonly string[];
}

/** Takes it at one provider in one statement; answers which, undefined when there is no room. Repeated, it answers the same. */
export async function claim(connection: Connection | Tx, wanted: Claim): Promise<string | undefined> {
  const { consumer, projectId, userId, resources, among, without = [] } = wanted;
  const { rows } = await sql<{ provider: string | null }>`select placement.claim(${consumer}, ${projectId}, ${userId},
    'INSTANCE', ${Object.keys(resources)}::text[], ${Object.values(resources)}::bigint[],
    ${among === undefined ? null : (among as string[])}::uuid[], ${without as string[]}::text[]) as provider`.execute(
    connection,
  );
  return rows[0]?.provider ?? undefined;
}

export async function findConsumer(connection: Connection, uuid: string): Promise<Consumer | undefined> {
  const { rows } = await sql<Consumer>`select uuid, generation, project_id as "projectId", user_id as "userId", type
    from placement.consumer where uuid = ${uuid}`.execute(connection);
  return rows[0];
}

/** Those of the uuids that are no consumer's. */
export async function unplaced(connection: Connection, uuids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ uuid: string }>`select uuid from unnest(${uuids as string[]}::uuid[]) t (uuid)
    where not exists (select from placement.consumer c where c.uuid = t.uuid)`.execute(connection);
  return rows.map(({ uuid }) => uuid);
}

/** What a consumer has, or what is taken from a provider. */
export async function allocations(
  connection: Connection,
  of: { readonly consumer: string } | { readonly providerId: bigint },
): Promise<(Allocation & { readonly consumerGeneration: number })[]> {
  const which = 'consumer' in of ? sql`a.consumer = ${of.consumer}` : sql`a.provider_id = ${of.providerId}`;
  const { rows } = await sql<Allocation & { consumerGeneration: number }>`select a.consumer, p.uuid as provider,
      p.generation, a.class, a.used::float8 as used, c.generation as "consumerGeneration"
    from placement.allocation a join placement.provider p on p.id = a.provider_id
      join placement.consumer c on c.uuid = a.consumer
    where ${which} order by a.consumer, p.id, a.class`.execute(connection);
  return rows;
}

/** What a project, or one of its users, has of each class, by type of consumer. */
export async function projectUsages(
  connection: Connection,
  projectId: string,
  userId: string | undefined,
  type: string | undefined,
): Promise<{ readonly type: string; readonly class: string; readonly used: number; readonly consumers: number }[]> {
  const conditions = [sql`c.project_id = ${projectId}`];
  if (userId !== undefined) conditions.push(sql`c.user_id = ${userId}`);
  if (type !== undefined) conditions.push(sql`c.type = ${type}`);
  const { rows } = await sql<{ type: string; class: string; used: number; consumers: number }>`select c.type, a.class,
      sum(a.used)::float8 as used, count(distinct c.uuid)::int as consumers
    from placement.consumer c join placement.allocation a on a.consumer = c.uuid
    where ${sql.join(conditions, sql` and `)} group by c.type, a.class order by c.type, a.class`.execute(connection);
  return rows;
}
