import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { type ApiRequest, atLeast, caller, type Route, route, version } from '../../../kernel/http/index.ts';
import type { AttachmentRecord } from '../domain/attachment.ts';
import {
  completeAttachment,
  connectAttachment,
  refuseComputes,
  release,
  reserve,
  visibleAttachment,
} from '../operations/attachments.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { attachmentsOf, listAttachments } from '../store/attachments.ts';
import { actionRoute } from './actions.ts';
import { connectionInfo } from './attach-actions.ts';
import { checkMarker, type Listing, readListing, searchOf } from './listing.ts';
import { closed, nullable, optional, uuid } from './schemas.ts';
import { param } from './scoped.ts';
import { timeOrNull } from './views.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

const min = version('3.27');

const listing: Listing = {
  filters: {
    volume_id: { column: 'volume_id', type: 'uuid' },
    instance_id: { column: 'server_id', type: 'uuid' },
    status: { column: 'status', type: 'text' },
    attach_status: { column: 'status', type: 'text' },
    id: { column: 'id', type: 'uuid' },
  },
  sortKeys: { id: 'id', created_at: 'created_at', volume_id: 'volume_id', attach_status: 'status' },
  metadata: false,
};

const connector = Type.Record(Type.String(), Type.Unknown());
const createBody = closed({
  attachment: closed({
    volume_uuid: uuid,
    instance_uuid: optional(nullable(uuid)),
    connector: optional(nullable(connector)),
    mode: optional(Type.Enum(['rw', 'ro'])),
  }),
});
const updateBody = closed({ attachment: closed({ connector }) });

function summary({ id, status, serverId, volumeId }: AttachmentRecord): Record<string, unknown> {
  return { id, status, instance: serverId, volume_id: volumeId };
}

function detail(settings: VolumeSettings, attachment: AttachmentRecord): Record<string, unknown> {
  const connected = attachment.status !== 'reserved';
  const { driver_volume_type, data } = connectionInfo(settings, attachment.volumeId);
  return {
    ...summary(attachment),
    attach_mode: attachment.mode,
    attached_at: timeOrNull(attachment.attachedAt),
    detached_at: null,
    connection_info: connected
      ? { driver_volume_type, ...(data as object), access_mode: attachment.mode, attachment_id: attachment.id }
      : {},
  };
}

async function create(settings: VolumeSettings, request: Request): Promise<unknown> {
  const { attachment: asked } = request.body as Type.Static<typeof createBody>;
  if (asked.mode !== undefined && !atLeast(request.version, '3.54')) throw badRequest('mode is known from 3.54 on.');
  const context = caller(request);
  const wanted = {
    ...{ id: newId(), volumeId: asked.volume_uuid, serverId: asked.instance_uuid ?? null },
    ...({ device: null, mode: asked.mode ?? 'rw', byCompute: false } as const),
  };
  const made = await settings.store.transact((tx) => reserve(settings, tx, context, wanted));
  const wish = asked.connector ?? null;
  const attachment = wish === null ? made : await connectAttachment(settings, context, made.id, hostOf(wish), wish);
  return { attachment: detail(settings, attachment) };
}

function hostOf({ host }: Readonly<Record<string, unknown>>): string | null {
  return typeof host === 'string' ? host : null;
}

async function list(settings: VolumeSettings, request: Request, detailed: boolean): Promise<unknown> {
  const { db } = settings.store;
  const context = caller(request);
  const { conditions, page } = readListing(listing, searchOf(request), context, request.version);
  await checkMarker(page.marker, (id) => visibleAttachment(db, context, id));
  const attachments = await listAttachments(db, conditions, page);
  return { attachments: attachments.map((one) => (detailed ? detail(settings, one) : summary(one))) };
}

/** Attachments, for whoever opens volumes itself. What compute attached is compute's to change. */
export function attachmentRoutes(settings: VolumeSettings): Route[] {
  const { db } = settings.store;
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  return [
    route({
      method: 'POST',
      path: '/attachments',
      operation: 'volume:attachments:create',
      policy: policies.projectMember,
      versions: { min },
      body: createBody,
      handler: (request) => create(settings, request),
    }),
    ...[false, true].map((detailed) =>
      route({
        method: 'GET',
        path: detailed ? '/attachments/detail' : '/attachments',
        operation: `volume:attachments:${detailed ? 'detail' : 'list'}`,
        policy: policies.projectReader,
        versions: { min },
        handler: (request) => list(settings, request, detailed),
      }),
    ),
    route({
      method: 'GET',
      path: '/attachments/:id',
      operation: 'volume:attachments:get',
      policy: policies.projectReader,
      versions: { min },
      handler: async (request) => ({
        attachment: detail(settings, await visibleAttachment(db, caller(request), id(request))),
      }),
    }),
    route({
      method: 'PUT',
      path: '/attachments/:id',
      operation: 'volume:attachments:update',
      policy: policies.projectMember,
      versions: { min },
      body: updateBody,
      async handler(request) {
        const context = caller(request);
        refuseComputes(await visibleAttachment(db, context, id(request)));
        const wish = request.body.attachment.connector;
        return {
          attachment: detail(settings, await connectAttachment(settings, context, id(request), hostOf(wish), wish)),
        };
      },
    }),
    route({
      method: 'DELETE',
      path: '/attachments/:id',
      operation: 'volume:attachments:delete',
      policy: policies.projectMember,
      versions: { min },
      async handler(request) {
        const context = caller(request);
        const { volumeId } = await visibleAttachment(db, context, id(request));
        await release(settings, context, id(request), refuseComputes);
        return { attachments: (await attachmentsOf(db, [volumeId])).map(summary) };
      },
    }),
    {
      ...actionRoute('attachments', [
        {
          name: 'os-complete',
          since: '3.44',
          status: 204,
          async run(request, attachmentId) {
            const context = caller(request);
            refuseComputes(await visibleAttachment(db, context, attachmentId));
            await completeAttachment(settings, context, attachmentId);
          },
        },
      ]),
      versions: { min: version('3.44') },
    },
  ];
}
