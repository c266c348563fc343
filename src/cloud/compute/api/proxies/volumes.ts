import Type from 'typebox';
import { policies } from '../../../../kernel/access/policy.ts';
import { badRequest, notFound } from '../../../../kernel/base/errors.ts';
import { type ApiRequest, caller, type Route, route, version } from '../../../../kernel/http/index.ts';
import type { AttachmentRecord, SnapshotRecord, VolumeRecord } from '../../../block-storage/index.ts';
import type { ComputeSettings } from '../../operations/settings.ts';
import { rawTime } from '../links.ts';
import { countOf, maxLimit, searchOf } from '../paging.ts';
import { boolean, exact, metadata, truth } from '../schemas.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

const text = Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()]));

const volumeBody = exact({
  volume: exact({
    size: Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: '^[0-9]{1,9}$' })]),
    display_name: text,
    display_description: text,
    volume_type: text,
    snapshot_id: text,
    availability_zone: text,
    metadata: Type.Optional(metadata),
  }),
});

const snapshotBody = exact({
  snapshot: exact({
    volume_id: Type.String({ minLength: 1, maxLength: 255 }),
    display_name: text,
    display_description: text,
    force: Type.Optional(boolean),
  }),
});

function volumeView(volume: VolumeRecord, attachments: readonly AttachmentRecord[]): Record<string, unknown> {
  const [place] = attachments.filter(({ volumeId, serverId }) => volumeId === volume.id && serverId !== null);
  return {
    id: volume.id,
    status: volume.status,
    size: volume.sizeGiB,
    availabilityZone: volume.availabilityZone,
    createdAt: rawTime(volume.createdAt),
    displayName: volume.name,
    displayDescription: volume.description,
    volumeType: volume.typeName,
    snapshotId: volume.snapshotId,
    metadata: volume.metadata,
    // As Nova says that it is nowhere.
    attachments: [place === undefined ? {} : placeView(place)],
  };
}

function placeView({ volumeId, serverId, device }: AttachmentRecord): Record<string, unknown> {
  return { id: volumeId, volumeId, serverId, ...(device === null ? {} : { device }) };
}

function snapshotView(snapshot: SnapshotRecord): Record<string, unknown> {
  return {
    id: snapshot.id,
    volumeId: snapshot.volumeId,
    status: snapshot.status,
    size: snapshot.sizeGiB,
    createdAt: rawTime(snapshot.createdAt),
    displayName: snapshot.name,
    displayDescription: snapshot.description,
  };
}

/** `limit` and `offset`; 404 for the URL of a thing without its id. */
function pageOf(request: Request, kind: string) {
  if (/\/(\?|$)/.test(request.url)) throw notFound(kind, '');
  const search = searchOf(request);
  const limit = countOf(search, 'limit') ?? maxLimit;
  return { limit: Math.min(limit, maxLimit), offset: countOf(search, 'offset') ?? 0 };
}

const until235 = { max: version('2.35') };
const read = { policy: policies.projectReader, versions: until235 };
const write = { policy: policies.projectMember, versions: until235 };

/** Volumes and their snapshots as Nova passed them on until 2.35. */
export function volumeRoutes(settings: ComputeSettings): Route[] {
  return [...ofVolumes(settings), ...ofSnapshots(settings)];
}

function ofVolumes({ proxied: { volume: volumes } }: ComputeSettings): Route[] {
  const path = '/v2.1/os-volumes';
  return [
    ...['', '/detail'].map((detail) =>
      route({
        method: 'GET',
        path: `${path}${detail}`,
        operation: `compute:volumes:${detail === '' ? 'list' : 'detail'}`,
        ...read,
        async handler(request) {
          const page = await volumes.listVolumes(caller(request), pageOf(request, 'Volume'));
          const places = await volumes.attachmentsOf(page);
          return { volumes: page.map((volume) => volumeView(volume, places)) };
        },
      }),
    ),
    route({
      method: 'GET',
      path: `${path}/:volumeId`,
      operation: 'compute:volumes:get',
      ...read,
      async handler(request) {
        const volume = await volumes.getVolume(caller(request), request.params.volumeId ?? '');
        return { volume: volumeView(volume, await volumes.attachmentsOf([volume])) };
      },
    }),
    route({
      method: 'POST',
      path,
      operation: 'compute:volumes:create',
      ...write,
      body: volumeBody,
      async handler(request) {
        const { volume: asked } = request.body;
        const sizeGiB = Number(asked.size);
        if (sizeGiB === 0) throw badRequest("Invalid input received: 'size' must be greater than 0.");
        const volume = await volumes.createVolume(caller(request), {
          ...{ sizeGiB, name: asked.display_name, description: asked.display_description, metadata: asked.metadata },
          volumeType: asked.volume_type ?? undefined,
          snapshotId: asked.snapshot_id ?? undefined,
          availabilityZone: asked.availability_zone ?? undefined,
        });
        return { volume: volumeView(volume, []) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:volumeId`,
      operation: 'compute:volumes:delete',
      ...write,
      status: 202,
      async handler(request) {
        const { id } = await volumes.getVolume(caller(request), request.params.volumeId ?? '');
        await volumes.deleteVolume(caller(request), id);
      },
    }),
  ];
}

function ofSnapshots({ proxied: { volume: volumes } }: ComputeSettings): Route[] {
  const path = '/v2.1/os-snapshots';
  return [
    ...['', '/detail'].map((detail) =>
      route({
        method: 'GET',
        path: `${path}${detail}`,
        operation: `compute:snapshots:${detail === '' ? 'list' : 'detail'}`,
        ...read,
        async handler(request) {
          const page = await volumes.listSnapshots(caller(request), pageOf(request, 'Snapshot'));
          return { snapshots: page.map(snapshotView) };
        },
      }),
    ),
    route({
      method: 'GET',
      path: `${path}/:snapshotId`,
      operation: 'compute:snapshots:get',
      ...read,
      handler: async (request) => ({
        snapshot: snapshotView(await volumes.getSnapshot(caller(request), request.params.snapshotId ?? '')),
      }),
    }),
    route({
      method: 'POST',
      path,
      operation: 'compute:snapshots:create',
      ...write,
      body: snapshotBody,
      async handler(request) {
        const { snapshot: asked } = request.body;
        const snapshot = await volumes.createSnapshot(caller(request), {
          ...{ volumeId: asked.volume_id, name: asked.display_name ?? null, metadata: {} },
          ...{ description: asked.display_description ?? null, force: truth(asked.force ?? false) },
        });
        return { snapshot: snapshotView(snapshot) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:snapshotId`,
      operation: 'compute:snapshots:delete',
      ...write,
      status: 202,
      handler: (request) => volumes.deleteSnapshot(caller(request), request.params.snapshotId ?? ''),
    }),
  ];
}
