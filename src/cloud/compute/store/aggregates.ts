import { type Connection, sql, tables } from '../../../kernel/store/index.ts';
import type { AggregateRow, ComputeTables } from './tables.ts';

/** Hosts under one name, with what is noted on them: `availability_zone` makes them a zone. */
export interface Aggregate {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly hosts: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}

function aggregateOf(row: AggregateRow): Aggregate {
  const { id, uuid, name, hosts, created_at: createdAt, updated_at: updatedAt } = row;
  return { id, uuid, name, hosts, createdAt, updatedAt, metadata: row.metadata as Record<string, string> };
}

export async function listAggregates(connection: Connection): Promise<Aggregate[]> {
  const rows = await tables<ComputeTables>(connection)
    .selectFrom('compute.aggregate')
    .selectAll()
    .orderBy('id')
    .execute();
  return rows.map(aggregateOf);
}

export async function findAggregate(connection: Connection, id: number): Promise<Aggregate | undefined> {
  const row = await tables<ComputeTables>(connection)
    .selectFrom('compute.aggregate')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row && aggregateOf(row);
}

/** Undefined when the name is taken. */
export async function insertAggregate(
  connection: Connection,
  row: Pick<AggregateRow, 'uuid' | 'name' | 'metadata' | 'created_at'>,
): Promise<Aggregate | undefined> {
  const inserted = await tables<ComputeTables>(connection)
    .insertInto('compute.aggregate')
    .values({ ...row, hosts: [], metadata: JSON.stringify(row.metadata) } as unknown as AggregateRow)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst();
  return inserted && aggregateOf(inserted);
}

export async function updateAggregate(
  connection: Connection,
  id: number,
  change: { name?: string; metadata?: Readonly<Record<string, string>>; hosts?: string[]; updated_at: Date },
): Promise<Aggregate> {
  const metadata = change.metadata === undefined ? {} : { metadata: JSON.stringify(change.metadata) };
  const row = await tables<ComputeTables>(connection)
    .updateTable('compute.aggregate')
    .set({ ...change, ...metadata })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return aggregateOf(row);
}

export async function deleteAggregate(connection: Connection, id: number): Promise<void> {
  await tables<ComputeTables>(connection).deleteFrom('compute.aggregate').where('id', '=', id).execute();
}

/** The zones that aggregates make, with their hosts. */
export async function aggregateZones(connection: Connection): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ zone: string; hosts: string[] }>`
    select metadata->>'availability_zone' as zone, array_agg(distinct host) as hosts
    from compute.aggregate, unnest(hosts) host where metadata ? 'availability_zone' group by 1 order by 1`.execute(
    connection,
  );
  return new Map(rows.map(({ zone, hosts }) => [zone, hosts]));
}
