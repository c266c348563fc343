import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import { atLeast, type Version } from '../../../kernel/http/index.ts';
import { type StatesOfStatus, statesOf } from '../domain/states.ts';
import type { ServerQuery, TagFilter } from '../store/list-servers.ts';
import type { ServerRow } from '../store/tables.ts';
import { pageOf, timeOf } from './paging.ts';

/** Filters that anybody may use, and by which column. */
const equalFilters: Readonly<Record<string, keyof ServerRow>> = {
  image: 'image_id',
  image_ref: 'image_id',
  reservation_id: 'reservation_id',
};
const matchFilters: Readonly<Record<string, keyof ServerRow>> = { name: 'name', display_name: 'name' };
/** Filters that are an administrator's; others' are ignored, as Nova does. */
const adminEqualFilters: Readonly<Record<string, keyof ServerRow>> = {
  user_id: 'user_id',
  uuid: 'id',
  host: 'host',
  node: 'host',
  vm_state: 'vm_state',
  task_state: 'task_state',
  power_state: 'power_state',
  key_name: 'key_name',
  launch_index: 'launch_index',
  availability_zone: 'availability_zone',
};
const adminMatchFilters: Readonly<Record<string, keyof ServerRow>> = {
  hostname: 'hostname',
  description: 'description',
  display_description: 'description',
};
/** Since 2.83 anybody's; before, an administrator's. Known so that 2.75 and later do not call them unknown. */
const ignoredFilters = new Set(
  'kernel_id ramdisk_id launched_at terminated_at root_device_name config_drive access_ip_v4 access_ip_v6 auto_disk_config progress created_at soft_deleted locked_by'.split(
    ' ',
  ),
);
const handledHere = new Set(
  'status flavor ip ip6 all_tenants tenant_id project_id deleted changes-since changes-before limit marker sort_key sort_dir tags tags-any not-tags not-tags-any locked'.split(
    ' ',
  ),
);
const sortColumns: Readonly<Record<string, keyof ServerRow>> = {
  uuid: 'id',
  created_at: 'created_at',
  updated_at: 'updated_at',
  launched_at: 'launched_at',
  terminated_at: 'terminated_at',
  display_name: 'name',
  display_description: 'description',
  hostname: 'hostname',
  host: 'host',
  node: 'host',
  image_ref: 'image_id',
  key_name: 'key_name',
  launch_index: 'launch_index',
  availability_zone: 'availability_zone',
  config_drive: 'config_drive',
  power_state: 'power_state',
  vm_state: 'vm_state',
  task_state: 'task_state',
  project_id: 'project_id',
  user_id: 'user_id',
  locked: 'locked_by',
  access_ip_v4: 'access_ip_v4',
  access_ip_v6: 'access_ip_v6',
};

/** A listing of servers as asked for; `ip` filters are on addresses, which the network service knows. */
export interface ServerListing {
  readonly query: ServerQuery;
  readonly ip: RegExp | undefined;
  readonly ip6: RegExp | undefined;
}

/** Reads the query of `GET /servers`; undefined when nothing can match. 400 names what is wrong. */
export function parseServerQuery(search: URLSearchParams, context: Context, asked: Version): ServerListing | undefined {
  refuseUnknown(search, asked);
  const states = statesFilter(search, asked);
  if (states !== undefined && states.length === 0) return undefined;
  const allProjects = booleanOf(search, 'all_tenants');
  if (allProjects && !context.isAdmin) {
    throw new Fault('forbidden', "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.");
  }
  const otherProject = search.get('tenant_id') ?? search.get('project_id') ?? undefined;
  const changesSince = timeOf(search, 'changes-since');
  const changesBefore = atLeast(asked, '2.66') ? timeOf(search, 'changes-before') : undefined;
  if (changesSince !== undefined && changesBefore !== undefined && changesBefore < changesSince) {
    throw badRequest('The value of changes-since must be less than or equal to changes-before.');
  }
  return {
    ip: expression(search, 'ip'),
    ip6: context.isAdmin || atLeast(asked, '2.5') ? expression(search, 'ip6') : undefined,
    query: {
      projectId: allProjects ? otherProject : (context.projectId ?? ''),
      equal: columnsOf(search, context.isAdmin ? { ...equalFilters, ...adminEqualFilters } : equalFilters),
      matching: columnsOf(search, context.isAdmin ? { ...matchFilters, ...adminMatchFilters } : matchFilters),
      flavorId: search.get('flavor') ?? undefined,
      states,
      ids: undefined,
      tags: atLeast(asked, '2.26') ? tagsOf(search) : {},
      changesSince,
      changesBefore,
      deleted: deletedOf(search, context, states, changesSince ?? changesBefore),
      locked: atLeast(asked, '2.73') && search.has('locked') ? booleanOf(search, 'locked') : undefined,
      sort: sortOf(search, context, asked),
      ...markedPage(search),
    },
  };
}

function refuseUnknown(search: URLSearchParams, asked: Version): void {
  for (const name of search.keys()) {
    if (name.startsWith('_')) throw badRequest(`Invalid filter field: ${name.slice(0, 64)}.`);
    const known =
      handledHere.has(name) ||
      ignoredFilters.has(name) ||
      [equalFilters, matchFilters, adminEqualFilters, adminMatchFilters].some((filters) =>
        Object.hasOwn(filters, name),
      );
    if (!known && atLeast(asked, '2.75')) {
      throw badRequest(`Invalid input for query parameters: '${name.slice(0, 64)}' was unexpected.`);
    }
  }
}

/** The states that the statuses asked for stand for; none when nothing has such a status. */
function statesFilter(search: URLSearchParams, asked: Version): StatesOfStatus[] | undefined {
  const wanted = search.getAll('status');
  if (wanted.length === 0) return undefined;
  const states = wanted.flatMap((status) => statesOf(status.toUpperCase()));
  if (states.length === 0 && atLeast(asked, '2.38')) throw badRequest('Invalid status value');
  return states;
}

function deletedOf(
  search: URLSearchParams,
  context: Context,
  states: readonly StatesOfStatus[] | undefined,
  changes: Date | undefined,
): boolean | undefined {
  if (states?.length === 1 && states[0]?.vmState === 'deleted') {
    if (!context.isAdmin) throw new Fault('forbidden', 'Only administrators may list deleted instances');
    return true;
  }
  if (context.isAdmin && search.has('deleted')) return booleanOf(search, 'deleted');
  return changes === undefined ? false : undefined;
}

function columnsOf(
  search: URLSearchParams,
  known: Readonly<Record<string, keyof ServerRow>>,
): Map<keyof ServerRow, string> {
  const found = new Map<keyof ServerRow, string>();
  for (const [name, column] of Object.entries(known)) {
    const value = search.get(name);
    if (value === null) continue;
    if (value.length > 255) throw badRequest(`Invalid input for query parameters ${name}: it is too long.`);
    found.set(column, value);
  }
  return found;
}

function booleanOf(search: URLSearchParams, name: string): boolean {
  const value = search.get(name);
  if (value === null) return false;
  if (/^(true|1|yes|t|y|on|)$/i.test(value)) return true;
  if (/^(false|0|no|f|n|off)$/i.test(value)) return false;
  throw badRequest(`Invalid value for ${name}: ${value.slice(0, 40)}. A boolean is expected.`);
}

/** Patterns as people write them for addresses: digits, letters of IPv6, wildcards. Others could take for ever to match. */
function expression(search: URLSearchParams, name: string): RegExp | undefined {
  const value = search.get(name);
  if (value === null) return undefined;
  if (!/^[\^]?[0-9a-fA-F.:\\*?+[\]$-]{1,64}$/.test(value) || (value.match(/[*+?]/g) ?? []).length > 4) {
    throw badRequest(`Invalid ${name} filter: an address or a simple expression of at most 64 characters is expected.`);
  }
  try {
    return new RegExp(value);
  } catch {
    throw badRequest(`Invalid ${name} filter: ${value} is not an expression.`);
  }
}

function tagsOf(search: URLSearchParams): TagFilter {
  const list = (name: string) => search.get(name)?.split(',');
  const filter = { all: list('tags'), any: list('tags-any'), notAll: list('not-tags'), notAny: list('not-tags-any') };
  return Object.fromEntries(Object.entries(filter).filter(([, tags]) => tags !== undefined));
}

function sortOf(search: URLSearchParams, context: Context, asked: Version): ServerQuery['sort'] {
  const directions = search.getAll('sort_dir');
  const wrong = directions.find((direction) => direction !== 'asc' && direction !== 'desc');
  if (wrong !== undefined) throw badRequest(`Unknown sort direction, must be one of: asc, desc`);
  const sort = search.getAll('sort_key').flatMap((key, index) => {
    const column = Object.hasOwn(sortColumns, key) ? sortColumns[key] : undefined;
    const allowed = context.isAdmin || (key !== 'host' && key !== 'node');
    if (column === undefined || !allowed) {
      if (!allowed || atLeast(asked, '2.75'))
        throw badRequest(`Only administrators can sort servers by ${key.slice(0, 64)}, or it is no sort key.`);
      return [];
    }
    return [{ column, direction: (directions[index] ?? directions[0] ?? 'desc') as 'asc' | 'desc' }];
  });
  const last = sort.at(-1)?.direction ?? 'desc';
  for (const column of ['created_at', 'id'] as const) {
    if (!sort.some((entry) => entry.column === column)) sort.push({ column, direction: last });
  }
  return sort;
}

function markedPage(search: URLSearchParams): { limit: number; marker: string | undefined } {
  const { limit, marker } = pageOf(search);
  if (marker !== undefined && !isUuid(marker)) throw badRequest(`marker [${marker.slice(0, 64)}] not found`);
  return { limit, marker };
}
