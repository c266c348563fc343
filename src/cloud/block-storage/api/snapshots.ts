import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { type ApiRequest, atLeast, caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import type { SnapshotStatus } from '../domain/volume.ts';
import { poolOf, type VolumeSettings } from '../operations/settings.ts';
import { alterSnapshot, createSnapshot, deleteSnapshot, visibleSnapshot } from '../operations/snapshots.ts';
import { countSnapshots, listSnapshots } from '../store/snapshots.ts';
import { action, actionRoute, unsupported } from './actions.ts';
import { checkMarker, type Listing, readListing, searchOf } from './listing.ts';
import { boolean, closed, metadata, name, nullable, optional, text, truth } from './schemas.ts';
import { param } from './scoped.ts';
import { nextLinks, seenBy, snapshotDetail, snapshotView } from './views.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

const listing: Listing = {
  filters: {
    name: { column: 'name', type: 'text' },
    display_name: { column: 'name', type: 'text' },
    status: { column: 'status', type: 'text' },
    volume_id: { column: 'volume_id', type: 'uuid' },
    id: { column: 'id', type: 'uuid' },
    user_id: { column: 'user_id', type: 'text' },
  },
  sortKeys: {
    id: 'id',
    name: 'name',
    display_name: 'name',
    status: 'status',
    volume_size: 'size_gib',
    volume_id: 'volume_id',
    created_at: 'created_at',
    updated_at: 'updated_at',
  },
  metadata: true,
};

const createBody = closed({
  snapshot: closed({
    volume_id: optional(nullable(text)),
    name,
    display_name: name,
    description: name,
    display_description: name,
    force: optional(nullable(boolean)),
    metadata: optional(nullable(metadata)),
  }),
});

const updateBody = closed({
  snapshot: closed({ name, display_name: name, description: name, display_description: name }),
});

async function create(settings: VolumeSettings, request: Request): Promise<unknown> {
  const { snapshot: asked } = request.body as Type.Static<typeof createBody>;
  // From 3.66 on a volume in use needs no force, and to say that there is none has no meaning.
  const always = atLeast(request.version, '3.66');
  const force = asked.force !== undefined && asked.force !== null && truth(asked.force);
  if (always && asked.force !== undefined && !force) throw badRequest("'force' is not allowed from 3.66 on.");
  const snapshot = await createSnapshot(settings, caller(request), {
    volumeId: asked.volume_id ?? '',
    name: asked.name ?? asked.display_name ?? null,
    description: asked.description ?? asked.display_description ?? null,
    metadata: asked.metadata ?? {},
    force: force || always,
  });
  return { snapshot: snapshotView(snapshot, request) };
}

async function list(settings: VolumeSettings, request: Request, detailed: boolean): Promise<unknown> {
  const { db } = settings.store;
  const search = searchOf(request);
  const context = caller(request);
  const { conditions, page, withCount } = readListing(listing, search, context, request.version);
  await checkMarker(page.marker, (id) => visibleSnapshot(db, context, id));
  const snapshots = await listSnapshots(db, conditions, page);
  const seen = seenBy(request, poolOf(settings));
  return {
    snapshots: snapshots.map((snapshot) => (detailed ? snapshotDetail : snapshotView)(snapshot, request)),
    ...nextLinks(seen, detailed ? 'snapshots/detail' : 'snapshots', search, snapshots, page.limit),
    ...(withCount ? { count: await countSnapshots(db, conditions) } : {}),
  };
}

/** Statuses that a snapshot may be said to have while it is being made or deleted. */
const reportable: Partial<Record<SnapshotStatus, readonly SnapshotStatus[]>> = {
  creating: ['creating', 'available', 'error'],
  deleting: ['deleting', 'error', 'error_deleting'],
};
const statuses = ['creating', 'available', 'deleting', 'error', 'error_deleting'] as const;

function snapshotActions(settings: VolumeSettings) {
  return actionRoute('snapshots', [
    action({
      name: 'os-reset_status',
      admin: true,
      schema: closed({ status: Type.Enum(statuses) }),
      async run(request, id, { status }) {
        await alterSnapshot(settings, caller(request), id, () => ({ status }));
      },
    }),
    action({
      name: 'os-update_snapshot_status',
      schema: closed({
        status: Type.Enum(statuses),
        progress: optional(nullable(Type.String({ pattern: '^\\d{1,3}%$' }))),
      }),
      async run(request, id, { status, progress }) {
        await alterSnapshot(settings, caller(request), id, (snapshot) => {
          if (reportable[snapshot.status]?.includes(status) !== true) {
            throw badRequest(
              `Provided snapshot status ${status} not allowed for snapshot with status ${snapshot.status}.`,
            );
          }
          return { status, progress: progress ?? null };
        });
      },
    }),
    {
      name: 'os-force_delete',
      admin: true,
      run: (request, id) => deleteSnapshot(settings, caller(request), id, true),
    },
    unsupported('os-unmanage', 'Snapshots are not handed over to others: they are part of their volume’s file.'),
  ]);
}

/** Snapshots. */
export function snapshotRoutes(settings: VolumeSettings): Route[] {
  const { db } = settings.store;
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  return [
    route({
      method: 'POST',
      path: '/snapshots',
      operation: 'volume:snapshots:create',
      policy: policies.projectMember,
      status: 202,
      body: createBody,
      handler: (request) => create(settings, request),
    }),
    ...[false, true].map((detailed) =>
      route({
        method: 'GET',
        path: detailed ? '/snapshots/detail' : '/snapshots',
        operation: `volume:snapshots:${detailed ? 'detail' : 'list'}`,
        policy: policies.projectReader,
        handler: (request) => list(settings, request, detailed),
      }),
    ),
    route({
      method: 'GET',
      path: '/snapshots/:id',
      operation: 'volume:snapshots:get',
      policy: policies.projectReader,
      handler: async (request) => ({
        snapshot: snapshotDetail(await visibleSnapshot(db, caller(request), id(request)), request),
      }),
    }),
    route({
      method: 'PUT',
      path: '/snapshots/:id',
      operation: 'volume:snapshots:update',
      policy: policies.projectMember,
      body: updateBody,
      async handler(request) {
        const { snapshot: asked } = request.body;
        const snapshot = await alterSnapshot(settings, caller(request), id(request), (current) => ({
          name: asked.name === undefined ? (asked.display_name ?? current.name) : asked.name,
          description:
            asked.description === undefined ? (asked.display_description ?? current.description) : asked.description,
        }));
        return { snapshot: snapshotView(snapshot, request) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/snapshots/:id',
      operation: 'volume:snapshots:delete',
      policy: policies.projectMember,
      status: 202,
      async handler(request) {
        await deleteSnapshot(settings, caller(request), id(request));
        return new Reply({});
      },
    }),
    snapshotActions(settings),
  ];
}
