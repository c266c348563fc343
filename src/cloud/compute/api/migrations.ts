import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import { atLeast, type Route, route, type Version } from '../../../kernel/http/index.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { listMigrations, type MigrationQuery } from '../store/migrations.ts';
import type { MigrationRow } from '../store/tables.ts';
import { nextLink, rawTime } from './links.ts';
import { pageOf, searchOf, timeOf } from './paging.ts';

/** Nova's numbers of flavors are inner ones: ours that are numbers show as they are. */
function flavorNumber(id: string): number | null {
  return /^\d{1,9}$/.test(id) ? Number(id) : null;
}

function view(row: MigrationRow, asked: Version): Record<string, unknown> {
  return {
    id: row.id,
    status: row.status,
    instance_uuid: row.server_id,
    source_node: row.host,
    source_compute: row.host,
    dest_node: row.host,
    dest_compute: row.host,
    dest_host: row.host,
    old_instance_type_id: flavorNumber(row.old_flavor_id),
    new_instance_type_id: flavorNumber(row.new_flavor_id),
    created_at: rawTime(row.created_at),
    updated_at: row.updated_at && rawTime(row.updated_at),
    ...(atLeast(asked, '2.23') ? { migration_type: row.type } : {}),
    ...(atLeast(asked, '2.59') ? { uuid: row.uuid } : {}),
  };
}

function queryOf(search: URLSearchParams, asked: Version): MigrationQuery {
  const text = (name: string) => search.get(name)?.slice(0, 255);
  const serverId = text('instance_uuid');
  const paged = atLeast(asked, '2.59') ? pageOf(search) : pageOf(new URLSearchParams());
  if (paged.marker !== undefined && !isUuid(paged.marker))
    throw badRequest(`Marker ${paged.marker.slice(0, 64)} not found.`);
  return {
    ...(serverId === undefined ? {} : { serverId: isUuid(serverId) ? serverId : nobody }),
    ...{ host: text('host'), status: text('status'), type: text('migration_type') },
    ...{ marker: paged.marker, limit: paged.limit + 1 },
    ...(atLeast(asked, '2.59') ? { changesSince: timeOf(search, 'changes-since') } : {}),
    ...(atLeast(asked, '2.66') ? { changesBefore: timeOf(search, 'changes-before') } : {}),
    ...(atLeast(asked, '2.80') ? { projectId: text('project_id'), userId: text('user_id') } : {}),
  };
}

const nobody = '00000000-0000-0000-0000-000000000000';

/** Resizes of servers; with one host there are no other moves. */
export function migrationRoutes(settings: ComputeSettings): Route[] {
  const { db } = settings.store;
  return [
    route({
      method: 'GET',
      path: '/v2.1/os-migrations',
      operation: 'compute:migrations:list',
      policy: policies.admin,
      async handler(request) {
        const search = searchOf(request);
        const query = queryOf(search, request.version);
        const found = await listMigrations(db, query);
        const page = found.slice(0, query.limit - 1);
        const last = atLeast(request.version, '2.59') && found.length > page.length ? page.at(-1) : undefined;
        return {
          migrations: page.map((row) => view(row, request.version)),
          ...(last === undefined
            ? {}
            : { migrations_links: nextLink(request.baseUrl, 'os-migrations', search, last.uuid) }),
        };
      },
    }),
  ];
}
