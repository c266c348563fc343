import { projectContext } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, atLeast, caller, type Route, route, type Version } from '../../../kernel/http/index.ts';
import type { ServerPort } from '../collaborators.ts';
import type { ServerRecord } from '../domain/server.ts';
import { portsOf } from '../operations/ports-of-servers.ts';
import { knownServer, visibleServer } from '../operations/servers.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { listActions } from '../store/actions.ts';
import type { ActionRow } from '../store/tables.ts';
import { rawTime } from './links.ts';
import { groupView } from './proxies/security-groups.ts';
import { addressesView } from './server-view.ts';

type Request = ApiRequest<Record<string, string>, unknown, unknown>;

/** The server that a request names, and its ports in the order of its cards. */
export async function serverAndPorts(
  settings: ComputeSettings,
  request: Request,
): Promise<{ server: ServerRecord; ports: ServerPort[] }> {
  const server = await visibleServer(settings.store.db, caller(request), request.params.serverId ?? '');
  const ports = (await portsOf(settings, caller(request), [server])).get(server.id) ?? [];
  return { server, ports };
}

const path = '/v2.1/servers/:serverId';

/** Addresses and network cards of a server. */
export function serverNetworkRoutes(settings: ComputeSettings): Route[] {
  return [
    route({
      method: 'GET',
      path: `${path}/ips`,
      operation: 'compute:server-addresses:list',
      policy: policies.projectReader,
      async handler(request) {
        const { ports } = await serverAndPorts(settings, request);
        return { addresses: addressesView(ports, false) };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/ips/:network`,
      operation: 'compute:server-addresses:get',
      policy: policies.projectReader,
      async handler(request) {
        const { network = '' } = request.params;
        const addresses = addressesView((await serverAndPorts(settings, request)).ports, false);
        if (!Object.hasOwn(addresses, network))
          throw new Fault('notFound', 'Instance is not a member of specified network');
        return { [network]: addresses[network] };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/os-security-groups`,
      operation: 'compute:server-security-groups:list',
      policy: policies.projectReader,
      async handler(request) {
        const { server, ports } = await serverAndPorts(settings, request);
        const names = new Set(ports.flatMap(({ securityGroupNames }) => securityGroupNames));
        const owner = projectContext(request.requestId, server.userId, server.projectId);
        const groups = await settings.proxied.network.listSecurityGroups(owner);
        return {
          security_groups: groups.filter(({ name }) => names.has(name)).map((group) => groupView(group, groups)),
        };
      },
    }),
  ];
}

function actionView(action: ActionRow, asked: Version): Record<string, unknown> {
  return {
    action: action.action,
    instance_uuid: action.server_id,
    request_id: action.request_id,
    user_id: action.user_id,
    project_id: action.project_id,
    start_time: rawTime(action.started_at),
    message: action.message,
    ...(atLeast(asked, '2.58') ? { updated_at: rawTime(action.finished_at ?? action.started_at) } : {}),
  };
}

/** How it went: one event an action, as there is one host that does all of it. Named as Nova names them. */
function eventView(action: ActionRow): Record<string, unknown> {
  const ofDevice = /_(volume|interface)$/.test(action.action);
  return {
    event: `compute_${action.action}${ofDevice ? '' : '_instance'}`,
    start_time: rawTime(action.started_at),
    finish_time: action.finished_at && rawTime(action.finished_at),
    result: action.result,
  };
}

/** What was asked of a server, and what happened to it by itself. */
export function serverActionRoutes(settings: ComputeSettings): Route[] {
  const actionsOf = async (request: Request) => {
    // Since 2.21 also of servers that are deleted.
    const find = atLeast(request.version, '2.21') ? knownServer : visibleServer;
    const { id } = await find(settings.store.db, caller(request), request.params.serverId ?? '');
    return listActions(settings.store.db, id);
  };
  return [
    route({
      method: 'GET',
      path: `${path}/os-instance-actions`,
      operation: 'compute:server-actions:list',
      policy: policies.projectReader,
      handler: async (request) => ({
        instanceActions: (await actionsOf(request)).map((action) => actionView(action, request.version)),
      }),
    }),
    route({
      method: 'GET',
      path: `${path}/os-instance-actions/:requestId`,
      operation: 'compute:server-actions:get',
      policy: policies.projectReader,
      async handler(request) {
        const { requestId = '' } = request.params;
        const action = (await actionsOf(request)).find(({ request_id }) => request_id === requestId);
        if (action === undefined) throw new Fault('notFound', `Action ${requestId.slice(0, 64)} not found`);
        const { isAdmin } = caller(request);
        const shown = isAdmin || atLeast(request.version, '2.51');
        const event = {
          ...eventView(action),
          ...(isAdmin ? { traceback: null } : {}),
          ...(atLeast(request.version, '2.62') ? { hostId: '', ...(isAdmin ? { host: settings.hostName } : {}) } : {}),
        };
        return { instanceAction: { ...actionView(action, request.version), ...(shown ? { events: [event] } : {}) } };
      },
    }),
  ];
}
