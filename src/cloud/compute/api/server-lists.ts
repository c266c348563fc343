import { badRequest } from '../../../kernel/base/errors.ts';
import { RecentMap } from '../../../kernel/base/recent-map.ts';
import { type ApiRequest, caller, Reply, versionText } from '../../../kernel/http/index.ts';
import { portsOf } from '../operations/ports-of-servers.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { listNames, listServers, listVersions, type ServerQuery } from '../store/list-servers.ts';
import { findServer, findServers } from '../store/servers.ts';
import { nextLink } from './links.ts';
import { searchOf } from './paging.ts';
import { parseServerQuery, type ServerListing } from './server-query.ts';
import { basicView, detailView } from './server-view.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

/** A server in a list, as JSON. */
interface Shown {
  readonly id: string;
  readonly json: Buffer;
}

/** One page of servers as a caller is shown them. */
type Read = (request: Request, query: ServerQuery) => Promise<readonly Shown[]>;

/** Answers `GET /servers` and `GET /servers/detail`. */
export function serverLists(
  settings: ComputeSettings,
): (request: Request, show: 'names' | 'details') => Promise<Reply> {
  const reads = { names: serverNames(settings), details: serverDetails(settings) };
  return async (request, show) => {
    const search = searchOf(request);
    const listing = parseServerQuery(search, caller(request), request.version);
    // Nova takes a limit of 0 by its word here.
    if (listing === undefined || search.get('limit') === '0') return pageOf([], undefined);
    const query = await located(settings, request, listing);
    const found = await reads[show](request, { ...query, limit: query.limit + 1 });
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    const collection = show === 'details' ? 'servers/detail' : 'servers';
    return pageOf(page, last && nextLink(request.baseUrl, collection, search, last.id));
  };
}

const jsonOf = (view: object): Buffer => Buffer.from(JSON.stringify(view));

const [opening, comma, closing] = ['{"servers":[', ',', ']'].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
];

/** A page of what is JSON already. */
function pageOf(servers: readonly Shown[], links: object | undefined): Reply {
  const end = Buffer.from(links === undefined ? '}' : `,"servers_links":${JSON.stringify(links)}}`);
  const parts = servers.flatMap(({ json }, index) => (index === 0 ? [json] : [comma, json]));
  const body = Buffer.concat([opening, ...parts, closing, end]);
  return new Reply({ headers: { 'Content-Type': 'application/json; charset=utf-8' }, body });
}

/** How many servers are read at a time while looking for addresses that match. */
const addressPage = 1000;

/**
 * The query, its marker checked. Addresses are not in our tables: for filters on them pages are read until there are as
 * many servers as were asked for, which the query then names.
 */
async function located(
  settings: ComputeSettings,
  request: Request,
  { query, ip, ip6 }: ServerListing,
): Promise<ServerQuery> {
  if (query.marker !== undefined && !(await isListed(settings, query))) {
    throw badRequest(`marker [${query.marker}] not found`);
  }
  if (ip === undefined && ip6 === undefined) return query;
  const ids: string[] = [];
  let from: ServerQuery = { ...query, limit: addressPage };
  for (;;) {
    const batch = await listServers(settings.store.db, from);
    const ports = await portsOf(settings, caller(request), batch);
    for (const { id } of batch) {
      const addresses = (ports.get(id) ?? []).flatMap(({ fixedIps }) => fixedIps.map((fixed) => fixed.ipAddress));
      if (addresses.some((address) => ip?.test(address) || ip6?.test(address))) ids.push(id);
    }
    if (ids.length > query.limit || batch.length < addressPage) return { ...query, ids, marker: undefined };
    from = { ...from, marker: batch.at(-1)?.id };
  }
}

async function isListed({ store }: ComputeSettings, { marker, projectId }: ServerQuery): Promise<boolean> {
  const server = marker === undefined ? undefined : await findServer(store.db, marker);
  return server !== undefined && (projectId === undefined || server.projectId === projectId);
}

function serverNames({ store }: ComputeSettings): Read {
  return async (request, query) =>
    (await listNames(store.db, query)).map((server) => ({ id: server.id, json: jsonOf(basicView(server, request)) }));
}

/** Views that are kept, and the largest that is (one may hold 64 KiB of user data): 32 MiB in all, 8 as servers mostly are. */
const mostKept = 4096;
const largestKept = 8192;

/**
 * What lists show of servers. A view depends on the server's row, on its ports, and on who looks how: it is kept with the
 * versions of both, which are read anew for each list, and made again when either is another. The versions are read before
 * what they stand for, so that a view is never older than what it is kept under.
 */
function serverDetails(settings: ComputeSettings): Read {
  const kept = new RecentMap<{ readonly version: string; readonly json: Buffer }>(mostKept);

  async function make(request: Request, ids: readonly string[]): Promise<Map<string, Shown & { deleted: boolean }>> {
    const context = caller(request);
    const servers = await findServers(settings.store.db, ids);
    const ports = await portsOf(settings, context, servers);
    const view = { baseUrl: request.baseUrl, version: request.version, context, zone: settings.zone };
    const shown = servers.map((server) => {
      const json = jsonOf(detailView(server, { ...view, ports: ports.get(server.id) ?? [] }));
      return [server.id, { id: server.id, json, deleted: server.deletedAt !== null }] as const;
    });
    return new Map(shown);
  }

  return async (request, query) => {
    const page = await versionsOf(settings, query);
    const viewer = `${versionText(request.version)} ${caller(request).isAdmin} `;
    const known = page.map(({ id, version }) => {
      const view = kept.get(viewer + id);
      return view?.version === version ? view.json : undefined;
    });
    const missing = page.filter((_, index) => known[index] === undefined).map(({ id }) => id);
    const made = missing.length === 0 ? undefined : await make(request, missing);
    return page.flatMap(({ id, version }, index): Shown[] => {
      const before = known[index];
      if (before !== undefined) return [{ id, json: before }];
      const now = made?.get(id);
      // It was deleted between the two looks.
      if (now === undefined || (query.deleted === false && now.deleted)) return [];
      if (now.json.length <= largestKept) kept.set(viewer + id, { version, json: now.json });
      return [now];
    });
  };
}

/** The servers of a page, each with a text that is another when its view is. */
async function versionsOf(
  { store, networks }: ComputeSettings,
  query: ServerQuery,
): Promise<readonly { readonly id: string; readonly version: string }[]> {
  const page = await listVersions(store.db, query);
  const plugged = page.filter((server) => server.plugged).map(({ id }) => id);
  if (plugged.length === 0) return page;
  const ports = await networks.portVersions(plugged);
  return page.map(({ id, version }) => ({ id, version: `${version} ${ports.get(id) ?? ''}` }));
}
