import { type RawBuilder, sql } from 'kysely';
import type { Connection } from '../../../kernel/store/index.ts';

export type Condition = RawBuilder<unknown>;

/** Where a page of a list begins and ends, checked. */
export interface Page {
  /** The order; what decides ties comes last. */
  readonly sort: readonly { readonly column: string; readonly direction: 'asc' | 'desc' }[];
  readonly limit: number;
  readonly offset: number;
  /** The id of the last thing of the page before. */
  readonly marker: string | undefined;
}

/** One page of the rows of `table` (seen as `t`) that meet the conditions, and how many meet them when asked. */
export async function listPage<Row>(
  connection: Connection,
  table: string,
  conditions: readonly Condition[],
  page: Page,
): Promise<Row[]> {
  const all = page.marker === undefined ? conditions : [...conditions, afterMarker(table, page.marker, page.sort)];
  const order = page.sort.map(
    ({ column, direction }) => sql`t.${sql.ref(column)} ${sql.raw(`${direction} nulls last`)}`,
  );
  const { rows } = await sql<Row>`select t.* from ${sql.table(table)} t where ${sql.join([...all], sql` and `)}
    order by ${sql.join(order)} limit ${page.limit} offset ${page.offset}`.execute(connection);
  return rows;
}

export async function countRows(
  connection: Connection,
  table: string,
  conditions: readonly Condition[],
): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)} t
    where ${sql.join([...conditions], sql` and `)}`.execute(connection);
  return rows[0]?.n ?? 0;
}

/** Rows after the marker's in the sort order, where null comes after everything. */
function afterMarker(table: string, marker: string, sort: Page['sort']): Condition {
  const of = (column: string) => sql`(select ${sql.ref(column)} from ${sql.table(table)} where id = ${marker})`;
  const here = (column: string) => sql`t.${sql.ref(column)}`;
  const alternatives = sort.map(({ column, direction }, index) => {
    const equal = sort
      .slice(0, index)
      .map(({ column: before }) => sql`${here(before)} is not distinct from ${of(before)}`);
    const beyond = sql`(${here(column)} ${sql.raw(direction === 'asc' ? '>' : '<')} ${of(column)}
      or (${here(column)} is null and ${of(column)} is not null))`;
    return sql`(${sql.join([...equal, beyond], sql` and `)})`;
  });
  return sql`(${sql.join(alternatives, sql` or `)})`;
}
