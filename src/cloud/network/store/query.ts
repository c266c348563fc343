import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../../../kernel/access/context.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { Connection, Tx } from '../../../kernel/store/index.ts';
import type { RecordFilter } from '../network-api.ts';
import type { Source } from './sources.ts';

export type Condition = RawBuilder<unknown>;

/** What of a list is wanted: conditions on `v`, an order, a limit. */
export interface ListQuery {
  readonly conditions: readonly Condition[];
  /** `v.name, v.id desc` */
  readonly order?: RawBuilder<unknown>;
  readonly limit?: number;
}

/** Which records the caller may know of: all, for an administrator. */
export function visibleTo<R>(source: Source<R>, context: Context): Condition[] {
  return context.isAdmin ? [] : [source.visible(context.projectId ?? '')];
}

/** An attribute of the record, as a column of `v`. */
export function column(name: string): RawBuilder<unknown> {
  return sql.ref(`v.${name}`);
}

export async function listRecords<R>(connection: Connection, source: Source<R>, query: ListQuery): Promise<R[]> {
  const where = query.conditions.length === 0 ? sql`` : sql`where ${sql.join([...query.conditions], sql` and `)}`;
  const limit = query.limit === undefined ? sql`` : sql`limit ${query.limit}`;
  const { rows } = await sql<R>`select v.* from (${source.records}) v ${where}
    order by ${query.order ?? sql`v.id`} ${limit}`.execute(connection);
  return source.revive === undefined ? rows : rows.map((row) => source.revive?.(row) ?? row);
}

/** The records with the given values. */
export function filterConditions<R>(filter: RecordFilter<R>): Condition[] {
  return Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      if (value === null) return sql`${column(name)} is null`;
      return sql`${column(name)} = any(${Array.isArray(value) ? value : [value]})`;
    });
}

/** The record, whoever asks. */
export async function findRecord<R>(connection: Connection, source: Source<R>, id: string): Promise<R | undefined> {
  if (!isUuid(id)) return undefined;
  const [record] = await listRecords(connection, source, { conditions: [sql`v.id = ${id}`] });
  return record;
}

/** The record, if the caller may know of it. */
export async function findVisible<R>(
  connection: Connection,
  source: Source<R>,
  context: Context,
  id: string,
): Promise<R | undefined> {
  if (!isUuid(id)) return undefined;
  const conditions = [sql`v.id = ${id}`, ...visibleTo(source, context)];
  const [record] = await listRecords(connection, source, { conditions });
  return record;
}

/**
 * Holds the row until the transaction ends; does nothing when it is not there. `update` lets rows that refer to it be
 * added meanwhile; `delete` does not.
 */
export async function lockRow(
  tx: Tx,
  { table }: { table: string },
  id: string,
  how: 'update' | 'delete',
): Promise<void> {
  if (!isUuid(id)) return;
  const lock = how === 'update' ? sql`for no key update` : sql`for update`;
  await sql`select from ${sql.table(table)} where id = ${id} ${lock}`.execute(tx);
}

/** Counts a change of the resource, or of a part of it. */
export async function bumpRevision(tx: Tx, { table }: { table: string }, id: string, now: Date): Promise<void> {
  await sql`update ${sql.table(table)} set revision = revision + 1, updated_at = ${now} where id = ${id}`.execute(tx);
}
