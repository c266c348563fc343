import Type, { type TProperties } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import {
  type ApiRequest,
  atLeast,
  caller,
  type Route,
  route,
  type Version,
  version,
} from '../../../kernel/http/index.ts';
import type { ServerPort } from '../collaborators.ts';
import type { Attachment, ServerRecord } from '../domain/server.ts';
import { attachInterface, attachmentOf, attachVolume, detachInterface, detachVolume } from '../operations/devices.ts';
import { visibleServer } from '../operations/servers.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { volumesOf } from '../work/server-work.ts';
import { countOf, searchOf } from './paging.ts';
import { boolean, exact, ipv4, ipv6, tag, truth, uuid } from './schemas.ts';
import { serverAndPorts } from './server-parts.ts';

type Request = ApiRequest<Record<string, string>, unknown, unknown>;

const path = '/v2.1/servers/:serverId';
const optional = Type.Optional;

function interfaceView(server: ServerRecord, port: ServerPort, asked: Version): Record<string, unknown> {
  return {
    net_id: port.networkId,
    port_id: port.id,
    mac_addr: port.mac,
    port_state: port.status,
    fixed_ips: port.fixedIps.map(({ subnetId, ipAddress }) => ({ subnet_id: subnetId, ip_address: ipAddress })),
    ...(atLeast(asked, '2.70') ? { tag: server.nics.find(({ portId }) => portId === port.id)?.tag ?? null } : {}),
  };
}

async function oneInterface(settings: ComputeSettings, request: Request, portId: string): Promise<unknown> {
  const { server, ports } = await serverAndPorts(settings, request);
  const port = ports.find(({ id }) => id === portId);
  if (port === undefined) throw new Fault('notFound', `Port ${portId.slice(0, 64)} is not one of this server's.`);
  return { interfaceAttachment: interfaceView(server, port, request.version) };
}

interface InterfaceBody {
  readonly interfaceAttachment?: {
    readonly net_id?: string;
    readonly port_id?: string;
    readonly fixed_ips?: readonly { readonly ip_address: string }[];
    readonly tag?: string;
  };
}

function interfaceBody(tagged: TProperties) {
  const attachment = exact({
    net_id: optional(uuid),
    port_id: optional(uuid),
    fixed_ips: optional(Type.Array(exact({ ip_address: Type.Union([ipv4, ipv6]) }), { minItems: 1, maxItems: 1 })),
    ...tagged,
  });
  return exact({ interfaceAttachment: optional(attachment) });
}

async function attachCard(settings: ComputeSettings, request: Request): Promise<unknown> {
  const { interfaceAttachment: asked = {} } = request.body as InterfaceBody;
  const { net_id: net, port_id: port, fixed_ips: fixed, tag: named } = asked;
  if (net !== undefined && port !== undefined) throw badRequest('Must not input both network_id and port_id');
  if (fixed !== undefined && net === undefined) throw badRequest('Must input network_id when request IP address');
  const requested =
    net === undefined && port === undefined
      ? undefined
      : { uuid: net, port, fixedIp: fixed?.[0]?.ip_address, tag: named };
  const portId = await attachInterface(settings, caller(request), request.params.serverId ?? '', requested);
  return oneInterface(settings, request, portId);
}

/** Network cards of a server. */
export function interfaceRoutes(settings: ComputeSettings): Route[] {
  const creations = [
    { versions: { max: version('2.48') }, body: interfaceBody({}) },
    { versions: { min: version('2.49') }, body: interfaceBody({ tag: optional(tag) }) },
  ];
  return [
    route({
      method: 'GET',
      path: `${path}/os-interface`,
      operation: 'compute:server-interfaces:list',
      policy: policies.projectReader,
      async handler(request) {
        const { server, ports } = await serverAndPorts(settings, request);
        return { interfaceAttachments: ports.map((port) => interfaceView(server, port, request.version)) };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/os-interface/:portId`,
      operation: 'compute:server-interfaces:get',
      policy: policies.projectReader,
      handler: (request) => oneInterface(settings, request, request.params.portId ?? ''),
    }),
    ...creations.map(({ versions, body }) =>
      route({
        method: 'POST',
        path: `${path}/os-interface`,
        operation: 'compute:server-interfaces:attach',
        policy: policies.projectMember,
        versions,
        body,
        handler: (request) => attachCard(settings, request as Request),
      }),
    ),
    route({
      method: 'DELETE',
      path: `${path}/os-interface/:portId`,
      operation: 'compute:server-interfaces:detach',
      policy: policies.projectMember,
      status: 202,
      handler: (request) =>
        detachInterface(settings, caller(request), request.params.serverId ?? '', request.params.portId ?? ''),
    }),
  ];
}

/** Until 2.88 an attachment's id is its volume's. */
function volumeView(serverId: string, attachment: Attachment, asked: Version): Record<string, unknown> {
  const { volumeId, device, tag: named, deleteOnTermination } = attachment;
  return {
    ...{ id: volumeId, volumeId, serverId, device },
    ...(atLeast(asked, '2.70') ? { tag: named } : {}),
    ...(atLeast(asked, '2.79') ? { delete_on_termination: deleteOnTermination } : {}),
  };
}

interface VolumeBody {
  readonly volumeAttachment: {
    readonly volumeId: string;
    readonly tag?: string;
    readonly delete_on_termination?: boolean | string;
  };
}

function volumeBody(more: TProperties) {
  const device = Type.Union([Type.Null(), Type.String({ pattern: '(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$' })]);
  return exact({ volumeAttachment: exact({ volumeId: uuid, device: optional(device), ...more }) });
}

async function attach(settings: ComputeSettings, request: Request): Promise<unknown> {
  const { volumeAttachment: asked } = request.body as VolumeBody;
  const { serverId = '' } = request.params;
  const attachment = await attachVolume(settings, caller(request), serverId, {
    volumeId: asked.volumeId,
    tag: asked.tag,
    deleteOnTermination: asked.delete_on_termination === undefined ? undefined : truth(asked.delete_on_termination),
  });
  return { volumeAttachment: volumeView(serverId, attachment, request.version) };
}

/** Volumes of a server. */
export function volumeAttachmentRoutes(settings: ComputeSettings): Route[] {
  const all = `${path}/os-volume_attachments`;
  const serverOf = (request: Request) =>
    visibleServer(settings.store.db, caller(request), request.params.serverId ?? '');
  const deletable = { delete_on_termination: optional(boolean) };
  const creations = [
    { versions: { max: version('2.48') }, body: volumeBody({}) },
    { versions: { min: version('2.49'), max: version('2.78') }, body: volumeBody({ tag: optional(tag) }) },
    { versions: { min: version('2.79') }, body: volumeBody({ tag: optional(tag), ...deletable }) },
  ];
  return [
    route({
      method: 'GET',
      path: all,
      operation: 'compute:volume-attachments:list',
      policy: policies.projectReader,
      async handler(request) {
        const { id, volumes } = await serverOf(request);
        const search = searchOf(request);
        const offset = countOf(search, 'offset') ?? 0;
        const page = volumes.slice(offset, offset + (countOf(search, 'limit') ?? volumes.length));
        return { volumeAttachments: page.map((attachment) => volumeView(id, attachment, request.version)) };
      },
    }),
    route({
      method: 'GET',
      path: `${all}/:volumeId`,
      operation: 'compute:volume-attachments:get',
      policy: policies.projectReader,
      async handler(request) {
        const server = await serverOf(request);
        const attachment = attachmentOf(server, request.params.volumeId ?? '');
        return { volumeAttachment: volumeView(server.id, attachment, request.version) };
      },
    }),
    ...creations.map(({ versions, body }) =>
      route({
        method: 'POST',
        path: all,
        operation: 'compute:volume-attachments:attach',
        policy: policies.projectMember,
        versions,
        body,
        handler: (request) => attach(settings, request as Request),
      }),
    ),
    route({
      method: 'PUT',
      path: `${all}/:volumeId`,
      operation: 'compute:volume-attachments:swap',
      policy: policies.admin,
      body: exact({ volumeAttachment: exact({ volumeId: uuid }) }),
      async handler(request) {
        attachmentOf(await serverOf(request), request.params.volumeId ?? '');
        const { volumeId } = request.body.volumeAttachment;
        await volumesOf(settings)
          .getVolume(caller(request), volumeId)
          .catch(() => {
            throw badRequest(`Volume ${volumeId} could not be found.`);
          });
        throw new Fault('notSupported', 'Volumes of a server are not swapped here: detach one and attach the other.');
      },
    }),
    route({
      method: 'DELETE',
      path: `${all}/:volumeId`,
      operation: 'compute:volume-attachments:detach',
      policy: policies.projectMember,
      status: 202,
      handler: (request) =>
        detachVolume(settings, caller(request), request.params.serverId ?? '', request.params.volumeId ?? ''),
    }),
  ];
}
