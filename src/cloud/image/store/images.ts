import type { Context } from '../../../kernel/access/context.ts';
import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { ImageRecord } from '../domain/image.ts';
import { type ImageRow, type ImageTables, imageOf } from './tables.ts';

/** The image, unless it was deleted; `lock` holds it until the transaction ends. */
export async function findImage(
  connection: Connection,
  id: string,
  lock?: 'update' | 'share',
): Promise<ImageRecord | undefined> {
  let query = tables<ImageTables>(connection).selectFrom('image.image').selectAll().where('id', '=', id);
  if (lock === 'update') query = query.forUpdate();
  if (lock === 'share') query = query.forShare();
  const row = await query.executeTakeFirst();
  return row === undefined || row.status === 'deleted' ? undefined : imageOf(row);
}

/** Whether the id names an image, be it deleted: ids are never used again. */
export async function imageIdTaken(connection: Connection, id: string): Promise<boolean> {
  const row = await tables<ImageTables>(connection)
    .selectFrom('image.image')
    .select('id')
    .where('id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}

export async function insertImage(connection: Connection, row: ImageRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<ImageTables>(connection)
    .insertInto('image.image')
    .values({ ...row, properties: JSON.stringify(row.properties) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export async function updateImage(connection: Connection, id: string, change: Partial<ImageRow>): Promise<void> {
  const properties = change.properties === undefined ? {} : { properties: JSON.stringify(change.properties) };
  await tables<ImageTables>(connection)
    .updateTable('image.image')
    .set({ ...change, ...properties })
    .where('id', '=', id)
    .execute();
}

/** How much of what Glance counts a project uses (sizes in MiB, rounded up). */
export async function countUsage(connection: Connection, project: string): Promise<Record<string, number>> {
  const { rows } = await sql<Record<string, number>>`
    select ceil(coalesce(sum(size_bytes), 0) / 1048576.0)::float8 as image_size_total,
      count(*)::float8 as image_count_total,
      0::float8 as image_stage_total,
      (count(*) filter (where status in ('uploading', 'importing')))::float8 as image_count_uploading
    from image.image where owner = ${project} and status <> 'deleted'`.execute(connection);
  return rows[0] ?? {};
}

/** What a listing asks for, checked. */
export interface ImageQuery {
  /** Equality on columns and properties, each with the values that will do. */
  readonly columns: ReadonlyMap<keyof ImageRow, readonly (string | number | boolean)[]>;
  readonly properties: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
  readonly sizeMin: number | undefined;
  readonly sizeMax: number | undefined;
  readonly times: readonly {
    readonly column: 'created_at' | 'updated_at';
    readonly operator: '>' | '>=' | '<' | '<=' | '=' | '<>';
    readonly at: Date;
  }[];
  readonly visibility: string | undefined;
  readonly memberStatus: string;
  readonly hidden: boolean;
  readonly sort: readonly { readonly column: keyof ImageRow; readonly direction: 'asc' | 'desc' }[];
  readonly limit: number;
  readonly marker: string | undefined;
}

/** Hides the cloud's own images that had this one's name before; servers made from them keep their bytes. */
export async function hideOwnBefore(tx: Tx, { id, name }: ImageRecord, now: Date): Promise<void> {
  await sql`update image.image set os_hidden = true, updated_at = ${now}
    where owner is null and name = ${name} and id <> ${id} and status <> 'deleted' and not os_hidden`.execute(tx);
}

/** One page of the images that the caller may know of, and those after the marker only. */
export async function listImages(connection: Connection, context: Context, query: ImageQuery): Promise<ImageRecord[]> {
  const conditions = [
    sql`status <> 'deleted'`,
    sql`os_hidden = ${query.hidden}`,
    visibleTo(context, query),
    ...filters(query),
  ];
  if (query.marker !== undefined) conditions.push(afterMarker(query.marker, query.sort));
  const order = query.sort.map(
    ({ column, direction }) => sql`${sql.ref(column)} ${sql.raw(`${direction} nulls last`)}`,
  );
  const { rows } = await sql<ImageRow>`select * from image.image where ${sql.join(conditions, sql` and `)}
    order by ${sql.join(order)} limit ${query.limit}`.execute(connection);
  return rows.map(imageOf);
}

type Condition = ReturnType<typeof sql>;

/** Glance's rules: community images show to others only when asked for, shared ones when their member agreed. */
function visibleTo(context: Context, { visibility, memberStatus }: ImageQuery): Condition {
  const project = context.projectId;
  const shared =
    memberStatus === 'all'
      ? sql`exists (select 1 from image.member where image_id = image.id and member_id = ${project})`
      : sql`exists (select 1 from image.member where image_id = image.id and member_id = ${project} and status = ${memberStatus})`;
  const mine = context.isAdmin ? sql`visibility <> 'community'` : sql`owner = ${project}`;
  switch (visibility) {
    case undefined:
    case 'all':
      return sql`(owner = ${project} or ${mine} or visibility = 'public' or (visibility = 'shared' and ${shared})${
        visibility === 'all' ? sql` or visibility = 'community'` : sql``
      })`;
    case 'public':
    case 'community':
      return sql`visibility = ${visibility}`;
    case 'shared':
      return sql`(visibility = 'shared' and (${mine} or ${shared}))`;
    default:
      return sql`(visibility = 'private' and ${context.isAdmin ? sql`true` : mine})`;
  }
}

function filters(query: ImageQuery): Condition[] {
  const { columns, properties, tags, sizeMin, sizeMax, times } = query;
  const all = [...columns].map(
    ([column, values]) => sql`${sql.ref(column)} in (${sql.join(values.map((value) => sql`${value}`))})`,
  );
  if (properties.size > 0) all.push(sql`properties @> ${JSON.stringify(Object.fromEntries(properties))}::jsonb`);
  if (tags.length > 0) all.push(sql`tags @> ${tags as string[]}`);
  if (sizeMin !== undefined) all.push(sql`size_bytes >= ${sizeMin}`);
  if (sizeMax !== undefined) all.push(sql`size_bytes <= ${sizeMax}`);
  for (const { column, operator, at } of times) all.push(sql`${sql.ref(column)} ${sql.raw(operator)} ${at}`);
  return all;
}

/**
 * Rows that come after the marker's in the sort order: `(a > x) or (a = x and b > y) or …`, where null comes after
 * everything.
 */
function afterMarker(marker: string, sort: ImageQuery['sort']): Condition {
  const of = (column: string) => sql`(select ${sql.ref(column)} from image.image where id = ${marker})`;
  const alternatives = sort.map(({ column, direction }, index) => {
    const equal = sort.slice(0, index).map(({ column: c }) => sql`${sql.ref(c)} is not distinct from ${of(c)}`);
    const beyond = sql`(${sql.ref(column)} ${sql.raw(direction === 'asc' ? '>' : '<')} ${of(column)}
      or (${sql.ref(column)} is null and ${of(column)} is not null))`;
    return sql`(${sql.join([...equal, beyond], sql` and `)})`;
  });
  return sql`(${sql.join(alternatives, sql` or `)})`;
}
