import type { Context } from '../../../kernel/access/context.ts';
import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { DefinitionKind } from '../domain/metadefs.ts';
import type { DefinitionRow, ImageTables, NamespaceRow, ResourceTypeRow } from './tables.ts';

/** What a listing of namespaces asks for, checked. */
export interface NamespaceQuery {
  readonly visibility: string | undefined;
  /** Any of these. */
  readonly resourceTypes: readonly string[] | undefined;
  readonly sort: 'created_at' | 'updated_at' | 'name';
  readonly direction: 'asc' | 'desc';
  readonly marker: string | undefined;
  readonly limit: number;
}

/** One page of the namespaces that the caller may know of. */
export async function listNamespaces(
  connection: Connection,
  context: Context,
  query: NamespaceQuery,
): Promise<NamespaceRow[]> {
  const { visibility, resourceTypes, marker, limit } = query;
  const conditions = [
    context.isAdmin ? sql`true` : sql`(visibility = 'public' or owner = ${context.projectId})`,
    ...(visibility === undefined ? [] : [sql`visibility = ${visibility}`]),
    ...(resourceTypes === undefined
      ? []
      : [
          sql`exists (select 1 from image.metadef_definition d where d.namespace = metadef_namespace.name
            and d.kind = 'resource_type' and d.name = any(${resourceTypes}))`,
        ]),
  ];
  const column = sql.ref(query.sort);
  if (marker !== undefined) {
    conditions.push(sql`(${column}, name) ${sql.raw(query.direction === 'asc' ? '>' : '<')}
      (select ${column}, name from image.metadef_namespace where name = ${marker})`);
  }
  const direction = sql.raw(query.direction);
  const { rows } = await sql<NamespaceRow>`select * from image.metadef_namespace
    where ${sql.join(conditions, sql` and `)} order by ${column} ${direction}, name ${direction} limit ${limit}`.execute(
    connection,
  );
  return rows;
}

/** The namespace; `lock` holds it until the transaction ends. */
export async function findNamespace(
  connection: Connection,
  name: string,
  lock?: 'update',
): Promise<NamespaceRow | undefined> {
  const query = tables<ImageTables>(connection)
    .selectFrom('image.metadef_namespace')
    .selectAll()
    .where('name', '=', name);
  return (lock === undefined ? query : query.forUpdate()).executeTakeFirst();
}

/** False when there is one of that name. */
export async function insertNamespace(tx: Tx, row: NamespaceRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<ImageTables>(tx)
    .insertInto('image.metadef_namespace')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export async function updateNamespace(tx: Tx, name: string, change: Partial<NamespaceRow>): Promise<void> {
  await tables<ImageTables>(tx).updateTable('image.metadef_namespace').set(change).where('name', '=', name).execute();
}

/** With all that it defines. */
export async function deleteNamespace(tx: Tx, name: string): Promise<void> {
  await tables<ImageTables>(tx).deleteFrom('image.metadef_namespace').where('name', '=', name).execute();
}

/** What these namespaces define, of one kind or of all, by name. */
export async function definitionsOf(
  connection: Connection,
  namespaces: readonly string[],
  kind?: DefinitionKind,
): Promise<DefinitionRow[]> {
  if (namespaces.length === 0) return [];
  const query = tables<ImageTables>(connection)
    .selectFrom('image.metadef_definition')
    .selectAll()
    .where('namespace', 'in', namespaces)
    .orderBy('name');
  return (kind === undefined ? query : query.where('kind', '=', kind)).execute();
}

/** One page of what a namespace defines of a kind, by name. */
export async function pageOfDefinitions(
  connection: Connection,
  { namespace, kind }: Pick<DefinitionRow, 'namespace' | 'kind'>,
  { marker, limit }: { readonly marker: string | undefined; readonly limit: number },
): Promise<DefinitionRow[]> {
  const query = tables<ImageTables>(connection)
    .selectFrom('image.metadef_definition')
    .selectAll()
    .where('namespace', '=', namespace)
    .where('kind', '=', kind)
    .orderBy('name')
    .limit(limit);
  return (marker === undefined ? query : query.where('name', '>', marker)).execute();
}

type Key = Pick<DefinitionRow, 'namespace' | 'kind' | 'name'>;

export async function findDefinition(connection: Connection, { namespace, kind, name }: Key) {
  return tables<ImageTables>(connection)
    .selectFrom('image.metadef_definition')
    .selectAll()
    .where('namespace', '=', namespace)
    .where('kind', '=', kind)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** False when there is one of that kind and name. */
export async function insertDefinition(tx: Tx, row: DefinitionRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<ImageTables>(tx)
    .insertInto('image.metadef_definition')
    .values({ ...row, body: JSON.stringify(row.body) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export async function updateDefinition(
  tx: Tx,
  { namespace, kind, name }: Key,
  change: Pick<DefinitionRow, 'name' | 'body' | 'updated_at'>,
): Promise<void> {
  await tables<ImageTables>(tx)
    .updateTable('image.metadef_definition')
    .set({ ...change, body: JSON.stringify(change.body) })
    .where('namespace', '=', namespace)
    .where('kind', '=', kind)
    .where('name', '=', name)
    .execute();
}

/** All of a kind, or one of them; how many there were. */
export async function deleteDefinitions(
  tx: Tx,
  { namespace, kind }: Pick<DefinitionRow, 'namespace' | 'kind'>,
  name?: string,
): Promise<number> {
  const query = tables<ImageTables>(tx)
    .deleteFrom('image.metadef_definition')
    .where('namespace', '=', namespace)
    .where('kind', '=', kind);
  const { numDeletedRows } = await (name === undefined ? query : query.where('name', '=', name)).executeTakeFirst();
  return Number(numDeletedRows);
}

export async function listResourceTypes(connection: Connection): Promise<ResourceTypeRow[]> {
  return tables<ImageTables>(connection)
    .selectFrom('image.metadef_resource_type')
    .selectAll()
    .orderBy('name')
    .execute();
}

/** A kind of resource is known from the first namespace on that is about it. */
export async function knowResourceType(tx: Tx, row: ResourceTypeRow): Promise<void> {
  await tables<ImageTables>(tx)
    .insertInto('image.metadef_resource_type')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
