import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { type ApiRequest, atLeast, caller, Reply, type Route, route, version } from '../../../kernel/http/index.ts';
import type { ServerPort } from '../collaborators.ts';
import { canonicalIpv6, type ServerRecord } from '../domain/server.ts';
import { createServers } from '../operations/create-server.ts';
import { act, updateServer, visibleServer } from '../operations/servers.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { listServers, type ServerQuery } from '../store/list-servers.ts';
import { groupOfServer } from '../store/server-groups.ts';
import { findServer } from '../store/servers.ts';
import { attributesOf } from './create-request.ts';
import { linksOf, nextLink } from './links.ts';
import { searchOf } from './paging.ts';
import { truth } from './schemas.ts';
import { parseServerQuery, type ServerListing } from './server-query.ts';
import {
  type CreateServerBody,
  createSchemas,
  type UpdateServerBody,
  updateSchema,
  updateSchemaWithDescription,
} from './server-schemas.ts';
import { basicView, detailView, showView, updatedView, type ViewOf } from './server-view.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

/** The ports of each server, in the order of its network cards. */
export async function portsOf(
  { networks }: ComputeSettings,
  context: Context,
  servers: readonly ServerRecord[],
): Promise<Map<string, ServerPort[]>> {
  const plugged = servers.filter(({ nics }) => nics.length > 0);
  const found = new Map<string, ServerPort[]>();
  if (plugged.length === 0) return found;
  const ports = await networks.listPorts(context, { deviceId: plugged.map(({ id }) => id) });
  const byId = new Map(ports.map((port) => [port.id, port]));
  for (const { id, nics } of plugged)
    found.set(
      id,
      nics.flatMap(({ portId }) => byId.get(portId) ?? []),
    );
  return found;
}

/** Who is shown the server, how. */
type Viewer = Pick<ViewOf, 'baseUrl' | 'version' | 'context'>;

function viewerOf(request: Request): Viewer {
  return { baseUrl: request.baseUrl, version: request.version, context: caller(request) };
}

/** All that a view of the server needs. */
export async function viewOfServer(settings: ComputeSettings, viewer: Viewer, server: ServerRecord): Promise<ViewOf> {
  const ports = (await portsOf(settings, viewer.context, [server])).get(server.id) ?? [];
  const grouped = server.serverGroupId !== null && atLeast(viewer.version, '2.71');
  const groups = grouped ? await groupOfServer(settings.store.db, server.id) : [];
  return { ...viewer, ports, groups, zone: settings.zone };
}

async function create(settings: ComputeSettings, request: Request): Promise<Reply> {
  const body = request.body as CreateServerBody;
  const attributes = attributesOf(settings, caller(request), body);
  const [server] = await createServers(settings, caller(request), attributes);
  if (server === undefined) throw new Error('no server was made');
  if (truth(body.server.return_reservation_id ?? false)) {
    return new Reply({ body: { reservation_id: server.reservationId } });
  }
  return new Reply({
    headers: { Location: `${request.baseUrl}/v2.1/servers/${server.id}` },
    body: {
      server: {
        id: server.id,
        links: linksOf(request.baseUrl, 'servers', server.id),
        'OS-DCF:diskConfig': server.diskConfig,
        security_groups: body.server.security_groups ?? [{ name: 'default' }],
        adminPass: server.sealedAdminPass && settings.sealer.open(server.sealedAdminPass, server.id),
      },
    },
  });
}

/** How many servers are read at a time while looking for addresses that match. */
const addressPage = 1000;

/** One page, and whether there is more. Addresses are not in our tables: then pages are read until one is full. */
async function readPage(
  settings: ComputeSettings,
  request: Request,
  { query, ip, ip6 }: ServerListing,
): Promise<ServerRecord[]> {
  const { db } = settings.store;
  if (ip === undefined && ip6 === undefined) return listServers(db, query);
  const found: ServerRecord[] = [];
  let from: ServerQuery = { ...query, limit: addressPage };
  for (;;) {
    const batch = await listServers(db, from);
    const ports = await portsOf(settings, caller(request), batch);
    for (const server of batch) {
      const addresses = (ports.get(server.id) ?? []).flatMap(({ fixedIps }) =>
        fixedIps.map((fixed) => fixed.ipAddress),
      );
      if (addresses.some((address) => ip?.test(address) || ip6?.test(address))) found.push(server);
    }
    if (found.length >= query.limit || batch.length < addressPage) return found.slice(0, query.limit);
    from = { ...from, marker: batch.at(-1)?.id };
  }
}

async function list(settings: ComputeSettings, request: Request, detailed: boolean): Promise<unknown> {
  const search = searchOf(request);
  const context = caller(request);
  const listing = parseServerQuery(search, context, request.version);
  // Nova takes a limit of 0 by its word here.
  if (listing === undefined || search.get('limit') === '0') return { servers: [] };
  const { query } = listing;
  if (query.marker !== undefined && !(await isListed(settings, query))) {
    throw badRequest(`marker [${query.marker}] not found`);
  }
  const found = await readPage(settings, request, { ...listing, query: { ...query, limit: query.limit + 1 } });
  const page = found.slice(0, query.limit);
  const last = found.length > query.limit ? page.at(-1) : undefined;
  const collection = detailed ? 'servers/detail' : 'servers';
  return {
    servers: detailed ? await detailViews(settings, request, page) : page.map((server) => basicView(server, request)),
    ...(last === undefined ? {} : { servers_links: nextLink(request.baseUrl, collection, search, last.id) }),
  };
}

async function detailViews(
  settings: ComputeSettings,
  request: Request,
  servers: readonly ServerRecord[],
): Promise<unknown[]> {
  const ports = await portsOf(settings, caller(request), servers);
  const viewer = { ...viewerOf(request), zone: settings.zone };
  return servers.map((server) => detailView(server, { ...viewer, ports: ports.get(server.id) ?? [] }));
}

async function isListed({ store }: ComputeSettings, { marker, projectId }: ServerQuery): Promise<boolean> {
  const server = marker === undefined ? undefined : await findServer(store.db, marker);
  return server !== undefined && (projectId === undefined || server.projectId === projectId);
}

async function update(settings: ComputeSettings, request: Request, id: string): Promise<unknown> {
  const { server: body } = request.body as UpdateServerBody;
  const address = (value: string | undefined) => (value === undefined ? undefined : value === '' ? null : value);
  const change = {
    name: body.name,
    disk_config: body['OS-DCF:diskConfig'],
    access_ip_v4: address(body.accessIPv4),
    access_ip_v6: address(canonicalIpv6(body.accessIPv6)),
    description: body.description,
  };
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const server = await updateServer(settings, caller(request), id, () => given);
  return { server: updatedView(server, await viewOfServer(settings, viewerOf(request), server)) };
}

/** Servers. */
export function serverRoutes(settings: ComputeSettings): Route[] {
  const serverId = (request: { readonly params: Record<string, string> }) => request.params.serverId ?? '';
  return [
    ...createSchemas().map(({ versions, schema }) =>
      route({
        method: 'POST',
        path: '/v2.1/servers',
        operation: 'compute:servers:create',
        policy: policies.projectMember,
        status: 202,
        versions,
        body: schema,
        handler: (request) => create(settings, request),
      }),
    ),
    route({
      method: 'GET',
      path: '/v2.1/servers',
      operation: 'compute:servers:list',
      policy: policies.projectReader,
      handler: (request) => list(settings, request, false),
    }),
    route({
      method: 'GET',
      path: '/v2.1/servers/detail',
      operation: 'compute:servers:detail',
      policy: policies.projectReader,
      handler: (request) => list(settings, request, true),
    }),
    route({
      method: 'GET',
      path: '/v2.1/servers/:serverId',
      operation: 'compute:servers:get',
      policy: policies.projectReader,
      async handler(request) {
        const server = await visibleServer(settings.store.db, caller(request), serverId(request));
        return { server: showView(server, await viewOfServer(settings, viewerOf(request), server)) };
      },
    }),
    route({
      method: 'PUT',
      path: '/v2.1/servers/:serverId',
      operation: 'compute:servers:update',
      policy: policies.projectMember,
      versions: { max: version('2.18') },
      body: updateSchema,
      handler: (request) => update(settings, request, serverId(request)),
    }),
    route({
      method: 'PUT',
      path: '/v2.1/servers/:serverId',
      operation: 'compute:servers:update',
      policy: policies.projectMember,
      versions: { min: version('2.19') },
      body: updateSchemaWithDescription,
      handler: (request) => update(settings, request, serverId(request)),
    }),
    route({
      method: 'DELETE',
      path: '/v2.1/servers/:serverId',
      operation: 'compute:servers:delete',
      policy: policies.projectMember,
      status: 204,
      async handler(request) {
        await act(settings, caller(request), serverId(request), 'delete');
      },
    }),
  ];
}
