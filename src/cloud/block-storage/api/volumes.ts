import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { type ApiRequest, atLeast, caller, Reply, type Route, route, version } from '../../../kernel/http/index.ts';
import type { AttachmentRecord } from '../domain/attachment.ts';
import { visibleBackup } from '../operations/backups.ts';
import { createVolume } from '../operations/create-volume.ts';
import { poolOf, type VolumeSettings } from '../operations/settings.ts';
import { alterVolume, deleteVolume, visibleVolume } from '../operations/volumes.ts';
import { attachmentsOf } from '../store/attachments.ts';
import { countVolumes, listVolumes, sumVolumes } from '../store/volumes.ts';
import { checkMarker, isTrue, type Listing, readListing, searchOf } from './listing.ts';
import {
  boolean,
  closed,
  gibibytes,
  metadata,
  name,
  nullable,
  optional,
  sizeOf,
  text,
  truth,
  uuid,
} from './schemas.ts';
import { param } from './scoped.ts';
import { nextLinks, seenBy, volumeDetail, volumeSummary, volumeView } from './views.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

const listing: Listing = {
  filters: {
    name: { column: 'name', type: 'text' },
    display_name: { column: 'name', type: 'text' },
    description: { column: 'description', type: 'text' },
    status: { column: 'status', type: 'text' },
    availability_zone: { column: 'availability_zone', type: 'text' },
    bootable: { column: 'bootable', type: 'boolean' },
    multiattach: { column: 'multiattach', type: 'boolean' },
    size: { column: 'size_gib', type: 'integer' },
    id: { column: 'id', type: 'uuid' },
    snapshot_id: { column: 'snapshot_id', type: 'uuid' },
    source_volid: { column: 'source_volume_id', type: 'uuid' },
    group_id: { column: 'group_id', type: 'uuid' },
    volume_type_id: { column: 'type_id', type: 'uuid' },
    user_id: { column: 'user_id', type: 'text' },
  },
  sortKeys: {
    id: 'id',
    name: 'name',
    display_name: 'name',
    status: 'status',
    size: 'size_gib',
    created_at: 'created_at',
    updated_at: 'updated_at',
    launched_at: 'launched_at',
    availability_zone: 'availability_zone',
    bootable: 'bootable',
    snapshot_id: 'snapshot_id',
    volume_type_id: 'type_id',
  },
  metadata: true,
};

const createBody = closed({
  volume: closed({
    size: optional(gibibytes),
    name,
    display_name: name,
    description: name,
    display_description: name,
    imageRef: optional(nullable(text)),
    image_id: optional(nullable(text)),
    snapshot_id: optional(nullable(text)),
    source_volid: optional(nullable(text)),
    backup_id: optional(nullable(uuid)),
    consistencygroup_id: optional(nullable(text)),
    group_id: optional(nullable(uuid)),
    volume_type: optional(nullable(text)),
    availability_zone: optional(nullable(text)),
    metadata: optional(nullable(metadata)),
    multiattach: optional(nullable(boolean)),
    // What older clients still send, and nobody reads.
    status: optional(Type.Unknown()),
    user_id: optional(Type.Unknown()),
    project_id: optional(Type.Unknown()),
    attach_status: optional(Type.Unknown()),
    source_replica: optional(Type.Unknown()),
  }),
  'OS-SCH-HNT:scheduler_hints': optional(Type.Object({})),
});

const updateBody = closed({
  volume: closed({
    name,
    display_name: name,
    description: name,
    display_description: name,
    metadata: optional(metadata),
  }),
});

async function create(settings: VolumeSettings, request: Request): Promise<unknown> {
  const { volume: asked } = request.body as Type.Static<typeof createBody>;
  const context = caller(request);
  const given = (value: string | null | undefined) => (value === null || value === undefined ? undefined : value);
  const backupId = given(asked.backup_id);
  if (backupId !== undefined && !atLeast(request.version, '3.47')) throw badRequest('backup_id is known from 3.47 on.');
  const volume = await createVolume(settings, context, {
    sizeGiB: asked.size === undefined || asked.size === null ? undefined : sizeOf(asked.size),
    name: asked.name ?? asked.display_name,
    description: asked.description ?? asked.display_description,
    imageId: given(asked.imageRef) ?? given(asked.image_id),
    snapshotId: given(asked.snapshot_id),
    sourceVolumeId: given(asked.source_volid),
    backup: backupId === undefined ? undefined : await visibleBackup(settings.store.db, context, backupId),
    volumeType: given(asked.volume_type),
    availabilityZone: given(asked.availability_zone),
    metadata: asked.metadata ?? undefined,
    multiattach: asked.multiattach === undefined || asked.multiattach === null ? false : truth(asked.multiattach),
    groupId: given(asked.group_id),
  });
  return { volume: volumeView(volume, [], seenBy(request, poolOf(settings))) };
}

async function list(settings: VolumeSettings, request: Request, detailed: boolean): Promise<unknown> {
  const { db } = settings.store;
  const search = searchOf(request);
  const context = caller(request);
  const { conditions, page, withCount } = readListing(listing, search, context, request.version);
  await checkMarker(page.marker, (id) => visibleVolume(db, context, id));
  const volumes = await listVolumes(db, conditions, page);
  const places = detailed ? await attachmentsByVolume(settings, volumes) : new Map<string, AttachmentRecord[]>();
  const seen = seenBy(request, poolOf(settings));
  return {
    volumes: volumes.map((volume) =>
      detailed ? volumeDetail(volume, places.get(volume.id) ?? [], seen) : volumeSummary(volume, seen),
    ),
    ...nextLinks(seen, detailed ? 'volumes/detail' : 'volumes', search, volumes, page.limit),
    ...(withCount ? { count: await countVolumes(db, conditions) } : {}),
  };
}

async function attachmentsByVolume(
  { store }: VolumeSettings,
  volumes: readonly { readonly id: string }[],
): Promise<Map<string, AttachmentRecord[]>> {
  const all = await attachmentsOf(
    store.db,
    volumes.map(({ id }) => id),
  );
  return Map.groupBy(all, ({ volumeId }) => volumeId);
}

async function summary(settings: VolumeSettings, request: Request): Promise<unknown> {
  const { conditions } = readListing(listing, searchOf(request), caller(request), request.version);
  const { count, sizeGiB } = await sumVolumes(settings.store.db, conditions);
  const more = atLeast(request.version, '3.36') ? { metadata: await metadataSummary(settings, conditions) } : {};
  return { 'volume-summary': { total_count: count, total_size: sizeGiB, ...more } };
}

/** Every value that each metadata key has. */
async function metadataSummary(
  { store }: VolumeSettings,
  conditions: Parameters<typeof listVolumes>[1],
): Promise<Record<string, string[]>> {
  const sort = [{ column: 'id', direction: 'asc' }] as const;
  const volumes = await listVolumes(store.db, conditions, { sort, limit: 1000, offset: 0, marker: undefined });
  const values = new Map<string, Set<string>>();
  for (const { metadata: pairs } of volumes) {
    for (const [key, value] of Object.entries(pairs)) values.set(key, (values.get(key) ?? new Set()).add(value));
  }
  return Object.fromEntries([...values].map(([key, all]) => [key, [...all]]));
}

/** Volumes. */
export function volumeRoutes(settings: VolumeSettings): Route[] {
  const { db } = settings.store;
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  return [
    route({
      method: 'POST',
      path: '/volumes',
      operation: 'volume:volumes:create',
      policy: policies.projectMember,
      status: 202,
      body: createBody,
      handler: (request) => create(settings, request),
    }),
    route({
      method: 'GET',
      path: '/volumes',
      operation: 'volume:volumes:list',
      policy: policies.projectReader,
      handler: (request) => list(settings, request, false),
    }),
    route({
      method: 'GET',
      path: '/volumes/detail',
      operation: 'volume:volumes:detail',
      policy: policies.projectReader,
      handler: (request) => list(settings, request, true),
    }),
    route({
      method: 'GET',
      path: '/volumes/summary',
      operation: 'volume:volumes:summary',
      policy: policies.projectReader,
      versions: { min: version('3.12') },
      handler: (request) => summary(settings, request),
    }),
    route({
      method: 'GET',
      path: '/volumes/:id',
      operation: 'volume:volumes:get',
      policy: policies.projectReader,
      async handler(request) {
        const volume = await visibleVolume(db, caller(request), id(request));
        const places = await attachmentsOf(db, [volume.id]);
        return { volume: volumeDetail(volume, places, seenBy(request, poolOf(settings))) };
      },
    }),
    route({
      method: 'PUT',
      path: '/volumes/:id',
      operation: 'volume:volumes:update',
      policy: policies.projectMember,
      body: updateBody,
      async handler(request) {
        const { volume: asked } = request.body;
        const volume = await alterVolume(settings, caller(request), id(request), (current) => ({
          name: asked.name === undefined ? (asked.display_name ?? current.name) : asked.name,
          description:
            asked.description === undefined ? (asked.display_description ?? current.description) : asked.description,
          ...(asked.metadata === undefined ? {} : { metadata: asked.metadata }),
        }));
        const places = await attachmentsOf(db, [volume.id]);
        return { volume: volumeView(volume, places, seenBy(request, poolOf(settings))) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/volumes/:id',
      operation: 'volume:volumes:delete',
      policy: policies.projectMember,
      status: 202,
      async handler(request) {
        const search = searchOf(request);
        const flag = (key: string) => isTrue(search.get(key) ?? 'false', key);
        const force = atLeast(request.version, '3.23') && flag('force');
        await deleteVolume(settings, caller(request), id(request), { cascade: flag('cascade'), force });
        return new Reply({});
      },
    }),
  ];
}
