import { sql } from 'kysely';
import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import { atLeast, type Version } from '../../../kernel/http/index.ts';
import type { Condition, Page } from '../store/listing.ts';

/** Cinder's `osapi_max_limit`. */
const maxLimit = 1000;

/** How a list of one kind of thing may be asked for. */
export interface Listing {
  /** Query parameters that filter by equality, and their columns. */
  readonly filters: Readonly<Record<string, { readonly column: string; readonly type: ColumnType }>>;
  /** Filters that are an administrator's; others' are ignored. */
  readonly adminFilters?: Listing['filters'];
  /** Sort keys, and their columns. */
  readonly sortKeys: Readonly<Record<string, string>>;
  /** Whether `metadata` filters. */
  readonly metadata: boolean;
}

type ColumnType = 'text' | 'uuid' | 'integer' | 'boolean';

/** The query of a request. */
export function searchOf(request: { readonly url: string }): URLSearchParams {
  return new URL(request.url, 'http://localhost').searchParams;
}

/** A list as it was asked for. */
export interface Asked {
  readonly conditions: readonly Condition[];
  readonly page: Page;
  /** 3.45: the whole number of things is wanted too. */
  readonly withCount: boolean;
}

/** Reads the query of a list; 400 names what is wrong. Things of other projects are an administrator's to see. */
export function readListing(listing: Listing, search: URLSearchParams, context: Context, asked: Version): Asked {
  return {
    conditions: [projectCondition(search, context), ...filterConditions(listing, search, context, asked)],
    page: pageOf(listing, search),
    withCount: atLeast(asked, '3.45') && isTrue(search.get('with_count') ?? 'false', 'with_count'),
  };
}

function projectCondition(search: URLSearchParams, context: Context): Condition {
  const all = isTrue(search.get('all_tenants') ?? 'false', 'all_tenants');
  if (!all || !context.isAdmin) return sql`t.project_id = ${context.projectId ?? ''}`;
  const project = search.get('project_id') ?? search.get('tenant_id');
  return project === null ? sql`true` : sql`t.project_id = ${project}`;
}

function filterConditions(listing: Listing, search: URLSearchParams, context: Context, asked: Version): Condition[] {
  const conditions: Condition[] = [];
  const known = { ...listing.filters, ...(context.isAdmin ? listing.adminFilters : {}) };
  for (const [parameter, value] of search) {
    const like = parameter.endsWith('~') && atLeast(asked, '3.31');
    const name = like ? parameter.slice(0, -1) : parameter;
    const filter = Object.hasOwn(known, name) ? known[name] : undefined;
    if (filter !== undefined) conditions.push(like ? contains(filter.column, value) : equals(filter, name, value));
    if (listing.metadata && parameter === 'metadata') conditions.push(sql`t.metadata @> ${metadataOf(value)}::jsonb`);
    if ((parameter === 'created_at' || parameter === 'updated_at') && atLeast(asked, '3.60')) {
      conditions.push(...timeConditions(parameter, value));
    }
  }
  return conditions;
}

function contains(column: string, value: string): Condition {
  return sql`position(${value} in t.${sql.ref(column)}::text) > 0`;
}

function equals({ column, type }: { column: string; type: ColumnType }, name: string, value: string): Condition {
  if (type === 'boolean') return sql`t.${sql.ref(column)} = ${isTrue(value, name)}`;
  // What cannot be the value of anything matches nothing.
  if (type === 'uuid' && !isUuid(value)) return sql`false`;
  if (type === 'integer' && !/^\d{1,9}$/.test(value)) return sql`false`;
  return sql`t.${sql.ref(column)} = ${value}`;
}

/** Metadata as clients write it: JSON, or a Python dictionary of texts. */
function metadataOf(value: string): string {
  const json = value.replaceAll(/(?<!\w)u?'((?:[^'\\]|\\.)*)'/g, (_, text: string) => JSON.stringify(text));
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return JSON.stringify(parsed);
  } catch {
    // Said below.
  }
  throw badRequest(`Invalid filter metadata: ${value.slice(0, 64)}. A dictionary of texts is expected.`);
}

const timeOperators = { gt: '>', gte: '>=', lt: '<', lte: '<=', eq: '=', neq: '<>' } as const;

/** `gt:2026-01-01T00:00:00,lt:…` */
function timeConditions(column: string, value: string): Condition[] {
  return value.split(',').map((part) => {
    const [, operator = 'eq', text = ''] = /^(?:(gt|gte|lt|lte|eq|neq):)?(.*)$/.exec(part) ?? [];
    const at = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
    if (Number.isNaN(at.getTime())) throw badRequest(`Invalid filter ${column}: ${part.slice(0, 64)} is no time.`);
    return sql`t.${sql.ref(column)} ${sql.raw(timeOperators[operator as keyof typeof timeOperators])} ${at}`;
  });
}

export function isTrue(value: string, name: string): boolean {
  if (/^(true|1|yes|y|on|t)$/i.test(value)) return true;
  if (/^(false|0|no|n|off|f)$/i.test(value)) return false;
  throw badRequest(`Invalid value for ${name}: ${value.slice(0, 40)}. A boolean is expected.`);
}

function pageOf({ sortKeys }: Listing, search: URLSearchParams): Page {
  const marker = search.get('marker') ?? undefined;
  return {
    sort: sortOf(sortKeys, search),
    limit: Math.min(count(search, 'limit') ?? maxLimit, maxLimit),
    offset: count(search, 'offset') ?? 0,
    marker,
  };
}

function count(search: URLSearchParams, name: string): number | undefined {
  const value = search.get(name);
  if (value === null) return undefined;
  if (!/^\d{1,9}$/.test(value)) {
    throw badRequest(
      `Invalid input for query parameter ${name}: ${value.slice(0, 40)}. A non-negative integer is expected.`,
    );
  }
  return Number(value);
}

/** `sort=name:asc,id` or the older `sort_key` and `sort_dir`; newest first by default; the id decides ties. */
function sortOf(sortKeys: Listing['sortKeys'], search: URLSearchParams): Page['sort'] {
  const pairs = (search.get('sort') ?? '').split(',').filter((part) => part.trim() !== '');
  if (pairs.length > 0 && (search.has('sort_key') || search.has('sort_dir'))) {
    throw badRequest(
      "The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter.",
    );
  }
  const asked =
    pairs.length > 0
      ? pairs.map((part) => part.trim().split(':', 2))
      : [[search.get('sort_key') ?? 'created_at', search.get('sort_dir') ?? 'desc']];
  const sort = asked.map(([key = '', direction = 'desc']) => {
    const column = Object.hasOwn(sortKeys, key) ? sortKeys[key] : undefined;
    if (column === undefined) throw badRequest(`Invalid sort key: ${key.slice(0, 64)}.`);
    if (direction !== 'asc' && direction !== 'desc') {
      throw badRequest(`Unknown sort direction: ${direction.slice(0, 64)}, must be asc or desc.`);
    }
    return { column, direction: direction as 'asc' | 'desc' };
  });
  const last = sort.at(-1)?.direction ?? 'desc';
  for (const column of ['created_at', 'id']) {
    if (!sort.some((entry) => entry.column === column)) sort.push({ column, direction: last });
  }
  return sort;
}

/** 404 unless the marker is the id of something that the caller may know of. */
export async function checkMarker(marker: string | undefined, look: (id: string) => Promise<unknown>): Promise<void> {
  if (marker === undefined) return;
  await look(marker).catch(() => {
    throw new Fault('notFound', `Marker ${marker.slice(0, 64)} could not be found.`);
  });
}
