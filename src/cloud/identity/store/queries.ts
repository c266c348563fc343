import type { SelectQueryBuilder } from 'kysely';
import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { type Connection, isUniqueViolation, sql, tables } from '../../../kernel/store/index.ts';
import type {
  DomainRow,
  GroupRow,
  IdentityTables,
  PolicyRow,
  ProjectRow,
  RegisteredLimitRow,
  RoleRow,
  UserRow,
} from './tables.ts';

/** Which part of a list is wanted: at most `limit`, after the one with id `marker`. Lists are in the order of ids. */
export interface Page {
  readonly limit?: number;
  readonly marker?: string;
}

/** The most that one list answers; the rest by `marker`. */
export const longestList = 1000;

/** Orders by id and cuts the page. `id` is the column's name in the query. */
export function paged<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  id: string,
  { limit, marker }: Page,
): SelectQueryBuilder<DB, TB, O> {
  const column = sql.ref<string>(id);
  const after = marker === undefined ? query : query.where(sql<boolean>`${column} > ${marker}`);
  return after.orderBy(column).limit(Math.min(limit ?? longestList, longestList));
}

/** Names are equal whatever their case. */
export function sameName(column: string, name: string) {
  return sql<boolean>`lower(${sql.ref(column)}) = lower(${name})`;
}

/** Of role assignments: those of the user and of its groups. */
export function heldBy(userId: string) {
  return sql<boolean>`(user_id = ${userId}
    or group_id in (select group_id from identity.membership where user_id = ${userId}))`;
}

export function identityTables(connection: Connection) {
  return tables<IdentityTables>(connection);
}

interface Rows {
  domain: DomainRow;
  project: ProjectRow;
  user: UserRow;
  role: RoleRow;
  group: GroupRow;
  policy: PolicyRow;
  registered_limit: RegisteredLimitRow;
}
type Kind = keyof Rows;

/** 404 in Keystone's words. */
export function unknown(kind: string, id: string): Fault {
  return new Fault('notFound', `Could not find ${kind}: ${id.slice(0, 255)}.`);
}

/** The row; 404 when there is none. `lock` keeps it from being changed or deleted until the transaction ends. */
export async function must<K extends Kind>(
  connection: Connection,
  kind: K,
  id: string,
  lock?: 'lock',
): Promise<Rows[K]> {
  const { rows } = await sql<Rows[K]>`
    select * from ${sql.table(`identity.${kind}`)} where id = ${id} ${lock ? sql`for update` : sql``}`.execute(
    connection,
  );
  const [row] = rows;
  if (row === undefined) throw unknown(kind, id);
  return row;
}

const lostParent = '23503';

/** Runs a change; a name that is taken becomes 409, and so does a parent that vanished meanwhile. */
export async function withConflicts<R>(kind: string, name: string, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (isUniqueViolation(error)) {
      throw conflict(`Conflict occurred attempting to store ${kind} - Duplicate entry found with name ${name}.`);
    }
    if ((error as { code?: unknown }).code === lostParent) {
      throw new Fault('conflict', `Something that the ${kind} belongs to was deleted at the same time.`, {
        cause: error,
      });
    }
    throw error;
  }
}
