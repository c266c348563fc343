import { policies } from '../../../kernel/access/policy.ts';
import { type ApiRequest, atLeast, caller, Reply, type Route, route, version } from '../../../kernel/http/index.ts';
import { canonicalIpv6, type ServerRecord } from '../domain/server.ts';
import { createServers } from '../operations/create-server.ts';
import { portsOf } from '../operations/ports-of-servers.ts';
import { act, updateServer, visibleServer } from '../operations/servers.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { groupOfServer } from '../store/server-groups.ts';
import { attributesOf } from './create-request.ts';
import { linksOf } from './links.ts';
import { truth } from './schemas.ts';
import { serverLists } from './server-lists.ts';
import {
  type CreateServerBody,
  createSchemas,
  type UpdateServerBody,
  updateSchema,
  updateSchemaWithDescription,
} from './server-schemas.ts';
import { showView, updatedView, type ViewOf } from './server-view.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

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
  const list = serverLists(settings);
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
      handler: (request) => list(request, 'names'),
    }),
    route({
      method: 'GET',
      path: '/v2.1/servers/detail',
      operation: 'compute:servers:detail',
      policy: policies.projectReader,
      handler: (request) => list(request, 'details'),
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
