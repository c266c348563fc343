import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault, notFound } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import { type ApiRequest, atLeast, caller, type Route, route } from '../../../kernel/http/index.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { type ServerUsage, serversRunningIn } from '../store/tenant-usage.ts';
import { nextLink, rawTime } from './links.ts';
import { maxLimit, pageOf, searchOf } from './paging.ts';

interface Window {
  readonly start: Date;
  readonly end: Date;
}

const monthMs = 28 * 24 * 3_600_000;

/** The window asked for; the last four weeks unless said. */
function windowOf(search: URLSearchParams, now: Date): Window {
  const end = timeIn(search, 'end') ?? now;
  const start = timeIn(search, 'start') ?? new Date(end.getTime() - monthMs);
  if (start >= end) throw badRequest('Invalid start time. The start time cannot occur after the end time.');
  return { start, end };
}

function timeIn(search: URLSearchParams, name: string): Date | undefined {
  const value = search.get(name);
  if (value === null || value === '') return undefined;
  const time = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?$/.test(value)
    ? new Date(`${value.replace(' ', 'T')}Z`)
    : new Date(Number.NaN);
  if (Number.isNaN(time.getTime())) throw badRequest(`Datetime is in invalid format: ${name} is YYYY-MM-DDTHH:MM:SS.`);
  return time;
}

/** Hours of the window in which the server was there. */
function hoursIn({ start, end }: Window, { launchedAt, deletedAt }: ServerUsage): number {
  const from = Math.max(start.getTime(), launchedAt.getTime());
  const to = Math.min(end.getTime(), deletedAt?.getTime() ?? end.getTime());
  return Math.max(0, to - from) / 3_600_000;
}

function serverView(window: Window, server: ServerUsage, now: Date): Record<string, unknown> {
  const { launchedAt, deletedAt } = server;
  return {
    instance_id: server.id,
    name: server.name,
    hours: hoursIn(window, server),
    tenant_id: server.projectId,
    flavor: server.flavorName,
    vcpus: server.vcpus,
    memory_mb: server.memoryMiB,
    local_gb: server.diskGiB,
    started_at: rawTime(launchedAt),
    ended_at: deletedAt && rawTime(deletedAt),
    state: deletedAt === null ? server.vmState : 'terminated',
    uptime: Math.floor(((deletedAt ?? now).getTime() - launchedAt.getTime()) / 1000),
  };
}

function projectView(
  window: Window,
  projectId: string,
  servers: readonly ServerUsage[],
  { now, detailed }: { readonly now: Date; readonly detailed: boolean },
): Record<string, unknown> {
  const total = (size: (server: ServerUsage) => number) =>
    servers.reduce((sum, server) => sum + hoursIn(window, server) * size(server), 0);
  return {
    tenant_id: projectId,
    start: rawTime(window.start),
    stop: rawTime(window.end),
    total_hours: total(() => 1),
    total_vcpus_usage: total(({ vcpus }) => vcpus),
    total_memory_mb_usage: total(({ memoryMiB }) => memoryMiB),
    total_local_gb_usage: total(({ diskGiB }) => diskGiB),
    ...(detailed ? { server_usages: servers.map((server) => serverView(window, server, now)) } : {}),
  };
}

async function read(
  { store, clock }: ComputeSettings,
  request: ApiRequest<Record<string, string>, unknown, unknown>,
  projectId: string | undefined,
) {
  const search = searchOf(request);
  const now = clock.now();
  const window = windowOf(search, now);
  const paged = atLeast(request.version, '2.40');
  const { limit, marker } = paged ? pageOf(search) : { limit: unpaged, marker: undefined };
  if (marker !== undefined && !isUuid(marker)) throw badRequest(`marker [${marker.slice(0, 64)}] not found`);
  const found = await serversRunningIn(store.db, window, { projectId, marker, limit });
  const last = paged && found.length === limit ? found.at(-1) : undefined;
  const path = `os-simple-tenant-usage${projectId === undefined ? '' : `/${projectId}`}`;
  const links = last === undefined ? undefined : nextLink(request.baseUrl, path, search, last.id);
  return { window, now, found, links, detailed: search.get('detailed') === '1' };
}

/** Until 2.39 all is one page; nobody is to read more than that at once. */
const unpaged = 100 * maxLimit;

/** What projects' servers took, in hours. */
export function tenantUsageRoutes(settings: ComputeSettings): Route[] {
  const path = '/v2.1/os-simple-tenant-usage';
  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:simple-tenant-usage:list',
      policy: policies.admin,
      async handler(request) {
        // `…/os-simple-tenant-usage/` asks for a project without an id.
        if (/\/(\?|$)/.test(request.url)) throw notFound('Project', '');
        const { window, found, links, ...how } = await read(settings, request, undefined);
        const byProject = Map.groupBy(found, ({ projectId }) => projectId);
        return {
          tenant_usages: [...byProject].map(([id, servers]) => projectView(window, id, servers, how)),
          ...(links === undefined ? {} : { tenant_usages_links: links }),
        };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:projectId`,
      operation: 'compute:simple-tenant-usage:get',
      policy: policies.projectReader,
      async handler(request) {
        const { projectId = '' } = request.params;
        const context = caller(request);
        if (projectId !== context.projectId && !context.isAdmin) {
          throw new Fault('forbidden', "Policy doesn't allow another project's usage to be seen.");
        }
        const { window, found, links, now } = await read(settings, request, projectId);
        const usage = found.length === 0 ? {} : projectView(window, projectId, found, { now, detailed: true });
        return { tenant_usage: usage, ...(links === undefined ? {} : { tenant_usage_links: links }) };
      },
    }),
  ];
}
