import { badRequest } from '../../../kernel/base/errors.ts';
import { type Connection, sql } from '../../../kernel/store/index.ts';
import type { ServerRecord } from '../domain/server.ts';
import type { StatesOfStatus } from '../domain/states.ts';
import { type ServerRow, serverOf } from './tables.ts';

/** What a listing asks for, checked. */
export interface ServerQuery {
  /** Undefined: of all projects. */
  readonly projectId: string | undefined;
  /** Equality on columns. */
  readonly equal: ReadonlyMap<keyof ServerRow, string | number | boolean>;
  /** Regular expressions on columns. */
  readonly matching: ReadonlyMap<keyof ServerRow, string>;
  readonly flavorId: string | undefined;
  readonly states: readonly StatesOfStatus[] | undefined;
  /** Only these ids, when given. */
  readonly ids: readonly string[] | undefined;
  readonly tags: TagFilter;
  readonly changesSince: Date | undefined;
  readonly changesBefore: Date | undefined;
  /** Undefined: deleted or not. */
  readonly deleted: boolean | undefined;
  readonly locked: boolean | undefined;
  readonly sort: readonly { readonly column: keyof ServerRow; readonly direction: 'asc' | 'desc' }[];
  readonly marker: string | undefined;
  readonly limit: number;
}

export interface TagFilter {
  readonly all?: readonly string[];
  readonly any?: readonly string[];
  readonly notAll?: readonly string[];
  readonly notAny?: readonly string[];
}

/** One page of servers. */
export async function listServers(connection: Connection, query: ServerQuery): Promise<ServerRecord[]> {
  return (await select<ServerRow>(connection, query, sql`*`)).map(serverOf);
}

/** One page, as lists without detail show servers. */
export function listNames(connection: Connection, query: ServerQuery): Promise<Pick<ServerRecord, 'id' | 'name'>[]> {
  return select(connection, query, sql`id, name`);
}

/** A server of a page, and whether what was read of it before still holds. */
export interface ListedServer {
  readonly id: string;
  /** The transaction that last wrote the row: another row under the same id has another. */
  readonly version: string;
  /** It has network cards. */
  readonly plugged: boolean;
}

/** One page, with no more of each server than tells whether it has changed. */
export function listVersions(connection: Connection, query: ServerQuery): Promise<ListedServer[]> {
  return select(connection, query, sql`id, xmin::text as version, nics <> '[]' as plugged`);
}

async function select<R>(connection: Connection, query: ServerQuery, columns: Condition): Promise<R[]> {
  const conditions = [...filters(query), ...tagFilters(query.tags)];
  if (query.marker !== undefined) conditions.push(afterMarker(query.marker, query.sort));
  const where = conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
  const order = query.sort.map(
    ({ column, direction }) =>
      sql`${sql.ref(column)} ${sql.raw(neverNull.has(column) ? direction : `${direction} nulls last`)}`,
  );
  const { rows } = await sql<R>`select ${columns} from compute.server where ${where}
    order by ${sql.join(order)} limit ${query.limit}`
    .execute(connection)
    .catch((error: unknown) => {
      throw (error as { code?: unknown }).code === invalidExpression
        ? badRequest('A filter is not a valid regular expression.')
        : error;
    });
  return rows;
}

/** PostgreSQL's `invalid_regular_expression`. */
const invalidExpression = '2201B';

type Condition = ReturnType<typeof sql>;

function filters(query: ServerQuery): Condition[] {
  const all: Condition[] = [];
  if (query.projectId !== undefined) all.push(sql`project_id = ${query.projectId}`);
  if (query.deleted !== undefined) all.push(query.deleted ? sql`deleted_at is not null` : sql`deleted_at is null`);
  if (query.flavorId !== undefined) all.push(sql`flavor->>'id' = ${query.flavorId}`);
  if (query.ids !== undefined) all.push(sql`id = any(${query.ids as string[]}::uuid[])`);
  if (query.changesSince !== undefined) all.push(sql`updated_at >= ${query.changesSince}`);
  if (query.changesBefore !== undefined) all.push(sql`updated_at <= ${query.changesBefore}`);
  if (query.locked !== undefined) all.push(query.locked ? sql`locked_by is not null` : sql`locked_by is null`);
  if (query.states !== undefined) all.push(inStates(query.states));
  for (const [column, value] of query.equal) all.push(sql`${sql.ref(column)}::text = ${String(value)}`);
  for (const [column, pattern] of query.matching) all.push(sql`${sql.ref(column)} ~ ${pattern}`);
  return all;
}

function inStates(states: readonly StatesOfStatus[]): Condition {
  if (states.length === 0) return sql`false`;
  const one = ({ vmState, tasks }: StatesOfStatus) =>
    tasks === null
      ? sql`vm_state = ${vmState}`
      : sql`(vm_state = ${vmState} and task_state = any(${tasks as string[]}))`;
  return sql`(${sql.join(states.map(one), sql` or `)})`;
}

function tagFilters({ all, any, notAll, notAny }: TagFilter): Condition[] {
  const conditions: Condition[] = [];
  if (all !== undefined) conditions.push(sql`tags @> ${all as string[]}`);
  if (any !== undefined) conditions.push(sql`tags && ${any as string[]}`);
  if (notAll !== undefined) conditions.push(sql`not tags @> ${notAll as string[]}`);
  if (notAny !== undefined) conditions.push(sql`not tags && ${notAny as string[]}`);
  return conditions;
}

/** With `nulls last`, an index would not do for the order: columns that are never null go without. */
const neverNull: ReadonlySet<keyof ServerRow> = new Set(['created_at', 'id']);

/** Rows after the marker's in the sort order, where null comes after everything. */
function afterMarker(marker: string, sort: ServerQuery['sort']): Condition {
  const [first] = sort;
  const oneWay = sort.every(({ column, direction }) => neverNull.has(column) && direction === first?.direction);
  if (oneWay && first !== undefined) {
    // A comparison of rows is one range of an index: the page costs the same wherever it is.
    const columns = sql.join(sort.map(({ column }) => sql.ref(column)));
    return sql`(${columns}) ${sql.raw(first.direction === 'asc' ? '>' : '<')}
      (select ${columns} from compute.server where id = ${marker})`;
  }
  const of = (column: string) => sql`(select ${sql.ref(column)} from compute.server where id = ${marker})`;
  const alternatives = sort.map(({ column, direction }, index) => {
    const equal = sort.slice(0, index).map(({ column: c }) => sql`${sql.ref(c)} is not distinct from ${of(c)}`);
    const beyond = sql`(${sql.ref(column)} ${sql.raw(direction === 'asc' ? '>' : '<')} ${of(column)}
      or (${sql.ref(column)} is null and ${of(column)} is not null))`;
    return sql`(${sql.join([...equal, beyond], sql` and `)})`;
  });
  return sql`(${sql.join(alternatives, sql` or `)})`;
}
