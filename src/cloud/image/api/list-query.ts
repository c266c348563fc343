import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import { visibilities } from '../domain/image.ts';
import type { ImageQuery } from '../store/images.ts';
import type { ImageRow } from '../store/tables.ts';

const defaultLimit = 25;
const maxLimit = 1000;

/** Attributes that may be filtered by equality, and their columns; `in:a,b` gives several values. */
const equalColumns: Readonly<Record<string, keyof ImageRow>> = {
  id: 'id',
  name: 'name',
  status: 'status',
  owner: 'owner',
  disk_format: 'disk_format',
  container_format: 'container_format',
  checksum: 'checksum',
  os_hash_value: 'os_hash_value',
};
const numberColumns: Readonly<Record<string, keyof ImageRow>> = {
  size: 'size_bytes',
  min_ram: 'min_ram',
  min_disk: 'min_disk',
};
const sortColumns: Readonly<Record<string, keyof ImageRow>> = {
  ...equalColumns,
  ...numberColumns,
  created_at: 'created_at',
  updated_at: 'updated_at',
  visibility: 'visibility',
};
const severalValues = new Set(['id', 'name', 'status', 'disk_format', 'container_format']);
const timeOperators = { gt: '>', gte: '>=', lt: '<', lte: '<=', eq: '=', neq: '<>' } as const;
const statuses = new Set([
  'queued',
  'saving',
  'active',
  'killed',
  'deleted',
  'pending_delete',
  'deactivated',
  'uploading',
  'importing',
]);

/** Reads the query of `GET /v2/images`; 400 names the parameter that is wrong. */
export function parseListQuery(search: URLSearchParams): ImageQuery {
  const columns = new Map<keyof ImageRow, (string | number | boolean)[]>();
  const properties = new Map<string, string>();
  const times: ImageQuery['times'][number][] = [];
  for (const [name, value] of search) {
    if (Object.hasOwn(equalColumns, name)) columns.set(equalColumns[name] as keyof ImageRow, values(name, value));
    else if (Object.hasOwn(numberColumns, name))
      columns.set(numberColumns[name] as keyof ImageRow, [count(name, value)]);
    else if (name === 'protected') columns.set('protected', [boolean(name, value)]);
    else if (name === 'created_at' || name === 'updated_at') times.push(timeFilter(name, value));
    else if (!known.has(name)) properties.set(name, value);
  }
  return {
    columns,
    properties,
    times,
    tags: search.getAll('tag'),
    sizeMin: optional(search, 'size_min', count),
    sizeMax: optional(search, 'size_max', count),
    visibility: optional(search, 'visibility', (name, value) => oneOf(name, value, [...visibilities, 'all'])),
    memberStatus:
      optional(search, 'member_status', (n, v) => oneOf(n, v, ['pending', 'accepted', 'rejected', 'all'])) ??
      'accepted',
    hidden: optional(search, 'os_hidden', boolean) ?? false,
    sort: sortOf(search),
    limit: Math.min(optional(search, 'limit', count) ?? defaultLimit, maxLimit),
    marker: optional(search, 'marker', uuid),
  };
}

const known = new Set(
  'tag size_min size_max visibility member_status os_hidden sort sort_key sort_dir limit marker'.split(' '),
);

function optional<T>(search: URLSearchParams, name: string, read: (name: string, value: string) => T): T | undefined {
  const value = search.get(name);
  return value === null ? undefined : read(name, value);
}

function values(name: string, value: string): string[] {
  const all = severalValues.has(name) && value.startsWith('in:') ? splitQuoted(value.slice(3)) : [value];
  if (name === 'id') return all.filter(isUuid).concat(all.some(isUuid) ? [] : ['00000000-0000-0000-0000-000000000000']);
  const wrong = name === 'status' ? all.find((status) => !statuses.has(status)) : undefined;
  if (wrong !== undefined) throw badRequest(`Invalid status value: ${wrong.slice(0, 64)}.`);
  return all;
}

/** `a,"b,c"` → `a` and `b,c`. */
function splitQuoted(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|([^,]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

function count(name: string, value: string): number {
  if (!/^\d{1,15}$/.test(value))
    throw badRequest(`Invalid ${name} '${value.slice(0, 64)}': a non-negative integer is expected.`);
  return Number(value);
}

function boolean(name: string, value: string): boolean {
  const text = value.toLowerCase();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw badRequest(`Invalid ${name} '${value.slice(0, 64)}': true or false is expected.`);
}

function oneOf(name: string, value: string, allowed: readonly string[]): string {
  if (!allowed.includes(value))
    throw badRequest(`Invalid ${name} '${value.slice(0, 64)}': one of ${allowed.join(', ')}.`);
  return value;
}

function uuid(name: string, value: string): string {
  if (!isUuid(value)) throw badRequest(`Invalid ${name} '${value.slice(0, 64)}': an image id is expected.`);
  return value;
}

function timeFilter(column: 'created_at' | 'updated_at', value: string): ImageQuery['times'][number] {
  const [, prefix, text = ''] = /^(?:(gt|gte|lt|lte|eq|neq):)?(.*)$/.exec(value) ?? [];
  const at = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(at.getTime()))
    throw badRequest(`Invalid ${column} '${value.slice(0, 64)}': an ISO 8601 time is expected.`);
  return { column, operator: timeOperators[(prefix ?? 'eq') as keyof typeof timeOperators], at };
}

/** `sort=name:asc,status` or the older `sort_key=…&sort_dir=…`, newest first by default; the id decides ties. */
function sortOf(search: URLSearchParams): ImageQuery['sort'] {
  const pairs = search.has('sort') ? newSort(search) : oldSort(search);
  const sort = pairs.map(([key, direction]) => {
    const column = Object.hasOwn(sortColumns, key) ? sortColumns[key] : undefined;
    if (column === undefined) throw badRequest(`Invalid sort key: ${key.slice(0, 64)}.`);
    if (direction !== 'asc' && direction !== 'desc')
      throw badRequest(`Invalid sort direction: ${direction.slice(0, 64)}.`);
    return { column, direction: direction as 'asc' | 'desc' };
  });
  const last = sort.at(-1)?.direction ?? 'desc';
  for (const column of ['created_at', 'id'] as const) {
    if (!sort.some((entry) => entry.column === column)) sort.push({ column, direction: last });
  }
  return sort;
}

function newSort(search: URLSearchParams): [string, string][] {
  if (search.has('sort_key') || search.has('sort_dir')) {
    throw badRequest('Old and new sorting syntax cannot be combined.');
  }
  return (search.get('sort') ?? '').split(',').map((part) => {
    const [key = '', direction = 'desc'] = part.trim().split(':');
    return [key, direction];
  });
}

function oldSort(search: URLSearchParams): [string, string][] {
  const directions = search.getAll('sort_dir');
  const keys = search.getAll('sort_key');
  if (keys.length === 0) return [['created_at', directions[0] ?? 'desc']];
  return keys.map((key, index) => [key, directions[index] ?? directions[0] ?? 'desc']);
}
