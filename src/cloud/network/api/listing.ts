import { sql } from 'kysely';
import type { Context } from '../../../kernel/access/context.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { Connection } from '../../../kernel/store/index.ts';
import { invalid, invalidInput } from '../domain/faults.ts';
import { type Condition, column, findVisible, type ListQuery, listRecords, visibleTo } from '../store/query.ts';
import type { Source } from '../store/sources.ts';

/** How an attribute can be asked for in a list. */
export interface Field {
  /** The attribute of the record. */
  readonly column: string;
  readonly type: 'text' | 'uuid' | 'boolean' | 'integer';
  /** Can be null, so that nothing can be sorted by it. */
  readonly nullable?: boolean;
}

/** Filters that are more than a comparison of one attribute. */
export type SpecialFilter = (values: readonly string[]) => Condition;

/** What a list of a resource can be filtered by, by names of the API. */
export interface Listing<R> {
  readonly source: Source<R>;
  readonly fields: Readonly<Record<string, Field>>;
  readonly special?: Readonly<Record<string, SpecialFilter>>;
  /** Its records have no tags to be filtered by. */
  readonly untagged?: true;
}

const text = (name: string): Field => ({ column: name, type: 'text' });

/** What every resource can be filtered by. */
export const standardFields: Readonly<Record<string, Field>> = {
  id: { column: 'id', type: 'uuid' },
  project_id: text('projectId'),
  tenant_id: text('projectId'),
  description: text('description'),
  revision_number: { column: 'revision', type: 'integer' },
};

const tagFilters: Readonly<Record<string, SpecialFilter>> = {
  tags: (values) => sql`${column('tags')} @> ${splitTags(values)}::text[]`,
  'tags-any': (values) => sql`${column('tags')} && ${splitTags(values)}::text[]`,
  'not-tags': (values) => sql`not ${column('tags')} @> ${splitTags(values)}::text[]`,
  'not-tags-any': (values) => sql`not ${column('tags')} && ${splitTags(values)}::text[]`,
};

const splitTags = (values: readonly string[]): string[] => values.flatMap((value) => value.split(','));

/** PostgreSQL has no such character, so that nothing can equal a text with it. */
const storable = (value: string): boolean => !value.includes('\0');

const paging = new Set(['fields', 'limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir']);

/** `?fields=id&fields=name`: the attributes to show; all, when none is named. */
export function wantedFields(search: URLSearchParams): ReadonlySet<string> | undefined {
  const names = search.getAll('fields').flatMap((value) => value.split(','));
  return names.length === 0 ? undefined : new Set(names);
}

export function pick(view: Readonly<Record<string, unknown>>, wanted: ReadonlySet<string> | undefined) {
  return wanted === undefined ? view : Object.fromEntries(Object.entries(view).filter(([name]) => wanted.has(name)));
}

/** What callers name is never looked for among what every object has (`__proto__`, `constructor`). */
function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

function filterOf<R>(listing: Listing<R>, name: string, values: readonly string[]): Condition {
  const special = own(listing.special, name) ?? (listing.untagged ? undefined : own(tagFilters, name));
  if (special !== undefined) return special(values.filter(storable));
  const field = own(listing.fields, name);
  if (field === undefined) throw invalidInput(`'${name.slice(0, 64)}' is not a valid attribute to filter by`);
  return compare(field, name, values);
}

function compare({ column: name, type }: Field, attribute: string, values: readonly string[]): Condition {
  switch (type) {
    case 'uuid':
      return sql`${column(name)} = any(${values.filter(isUuid)}::uuid[])`;
    case 'boolean':
      return sql`${column(name)} = any(${values.map((value) => booleanOf(attribute, value))}::boolean[])`;
    case 'integer':
      return sql`${column(name)} = any(${values.map((value) => integerOf(attribute, value))}::integer[])`;
    case 'text': {
      const condition = sql`${column(name)} = any(${values.filter(storable)}::text[])`;
      // An attribute that is not set is asked for as nothing.
      return values.includes('') ? sql`(${condition} or ${column(name)} is null)` : condition;
    }
  }
}

function booleanOf(attribute: string, value: string): boolean {
  const lower = value.toLowerCase();
  if (['true', '1'].includes(lower)) return true;
  if (['false', '0'].includes(lower)) return false;
  throw invalidInput(`'${value.slice(0, 40)}' cannot be converted to boolean (${attribute})`);
}

function integerOf(attribute: string, value: string): number {
  if (/^-?\d{1,9}$/.test(value)) return Number(value);
  throw invalidInput(`'${value.slice(0, 40)}' is not an integer (${attribute})`);
}

interface SortKey {
  readonly column: string;
  readonly descending: boolean;
}

function sortKeys<R>(listing: Listing<R>, search: URLSearchParams): SortKey[] {
  const keys = search.getAll('sort_key');
  const directions = search.getAll('sort_dir');
  if (directions.length > 0 && directions.length !== keys.length) {
    throw invalid('HTTPBadRequest', 'The number of sort_keys and sort_dirs must be same');
  }
  const chosen = keys.map((key, index): SortKey => {
    const field = own(listing.fields, key);
    const direction = directions[index] ?? 'asc';
    if (field === undefined || field.nullable === true) {
      throw invalid('HTTPBadRequest', `'${key.slice(0, 64)}' is not a valid attribute to sort by`);
    }
    if (direction !== 'asc' && direction !== 'desc') {
      throw invalid('HTTPBadRequest', "'asc' and 'desc' are the valid values of sort_dir");
    }
    return { column: field.column, descending: direction === 'desc' };
  });
  // The id makes the order total, so that pages do not overlap.
  return chosen.some(({ column: name }) => name === 'id') ? chosen : [...chosen, { column: 'id', descending: false }];
}

/** What comes after the marker: later in the first key, or the same there and later in the second, … */
function after(keys: readonly SortKey[], marker: Readonly<Record<string, unknown>>): Condition {
  const alternatives = keys.map((key, index) => {
    const same = keys.slice(0, index).map((k) => sql`${column(k.column)} = ${marker[k.column]}`);
    const sign = key.descending ? sql`<` : sql`>`;
    return sql`(${sql.join([...same, sql`${column(key.column)} ${sign} ${marker[key.column]}`], sql` and `)})`;
  });
  return sql`(${sql.join(alternatives, sql` or `)})`;
}

function limitOf(search: URLSearchParams): number | undefined {
  const value = search.get('limit');
  if (value === null) return undefined;
  if (!/^\d{1,9}$/.test(value)) {
    throw invalid('HTTPBadRequest', `Limit must be an integer 0 or greater and not '${value.slice(0, 40)}'`);
  }
  return value === '0' ? undefined : Number(value);
}

/** A page of a list. */
export interface Page<R> {
  readonly records: readonly R[];
  readonly links: readonly { readonly rel: 'next' | 'previous'; readonly href: string }[];
}

/** The records that the query asks for, of those that the caller may know of. */
export async function listPage<R extends { readonly id: string }>(
  db: Connection,
  listing: Listing<R>,
  context: Context,
  url: URL,
): Promise<Page<R>> {
  const search = url.searchParams;
  const names = [...new Set(search.keys())].filter((name) => !paging.has(name));
  const conditions = names.map((name) => filterOf(listing, name, search.getAll(name)));
  const reverse = search.get('page_reverse')?.toLowerCase() === 'true';
  const keys = sortKeys(listing, search).map((key) => ({ ...key, descending: key.descending !== reverse }));
  const limit = limitOf(search);
  const marker = await markerOf(db, listing, context, search);
  const query: ListQuery = {
    conditions: [
      ...visibleTo(listing.source, context),
      ...conditions,
      ...(marker === undefined ? [] : [after(keys, marker)]),
    ],
    order: sql.join(keys.map((key) => sql`${column(key.column)} ${key.descending ? sql`desc` : sql`asc`}`)),
    // One more, to know whether there are more.
    limit: limit === undefined ? undefined : limit + 1,
  };
  const found = await listRecords(db, listing.source, query);
  const more = limit !== undefined && found.length > limit;
  const page = found.slice(0, limit);
  const records = reverse ? page.reverse() : page;
  return { records, links: linksOf(url, records, { more, reverse, marked: marker !== undefined }) };
}

async function markerOf<R>(
  db: Connection,
  listing: Listing<R>,
  context: Context,
  search: URLSearchParams,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const id = search.get('marker');
  if (id === null) return undefined;
  const record = await findVisible(db, listing.source, context, id);
  if (record === undefined) throw invalid('HTTPBadRequest', `Marker ${id.slice(0, 64)} could not be found.`);
  return record as Readonly<Record<string, unknown>>;
}

function linksOf(
  url: URL,
  records: readonly { readonly id: string }[],
  { more, reverse, marked }: { more: boolean; reverse: boolean; marked: boolean },
): Page<never>['links'] {
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) return [];
  const link = (rel: 'next' | 'previous', id: string) => {
    const href = new URL(url);
    href.searchParams.delete('page_reverse');
    href.searchParams.set('marker', id);
    if (rel === 'previous') href.searchParams.set('page_reverse', 'True');
    return { rel, href: href.href };
  };
  const next = reverse ? marked : more;
  const previous = reverse ? more : marked;
  return [...(next ? [link('next', last.id)] : []), ...(previous ? [link('previous', first.id)] : [])];
}
