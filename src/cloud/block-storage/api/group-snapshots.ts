import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { type ApiRequest, caller, Reply, type Route, route, version } from '../../../kernel/http/index.ts';
import { groupStatuses } from '../domain/group.ts';
import {
  createGroupSnapshot,
  deleteGroupSnapshot,
  resetGroupSnapshot,
  visibleGroupSnapshot,
} from '../operations/group-snapshots.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { listGroupSnapshots } from '../store/groups.ts';
import type { GroupSnapshotRow } from '../store/tables.ts';
import { action, actionRoute } from './actions.ts';
import { checkMarker, type Listing, readListing, searchOf } from './listing.ts';
import { closed, name, uuid } from './schemas.ts';
import { param } from './scoped.ts';
import { nextLinks, seenBy, timeText } from './views.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

const listing: Listing = {
  filters: {
    name: { column: 'name', type: 'text' },
    status: { column: 'status', type: 'text' },
    id: { column: 'id', type: 'uuid' },
    group_id: { column: 'group_id', type: 'uuid' },
  },
  sortKeys: { id: 'id', name: 'name', status: 'status', group_id: 'group_id', created_at: 'created_at' },
  metadata: false,
};

function summary({ id, name: called }: GroupSnapshotRow) {
  return { id, name: called };
}

function detail(snapshot: GroupSnapshotRow) {
  return {
    ...{ ...summary(snapshot), description: snapshot.description, status: snapshot.status },
    ...{ group_id: snapshot.group_id, group_type_id: snapshot.group_type_id },
    created_at: timeText(snapshot.created_at),
  };
}

async function list({ store }: VolumeSettings, request: Request, detailed: boolean): Promise<unknown> {
  const context = caller(request);
  const search = searchOf(request);
  const { conditions, page } = readListing(listing, search, context, request.version);
  await checkMarker(page.marker, (id) => visibleGroupSnapshot(store.db, context, id));
  const snapshots = await listGroupSnapshots(store.db, conditions, page);
  const collection = detailed ? 'group_snapshots/detail' : 'group_snapshots';
  return {
    group_snapshots: snapshots.map(detailed ? detail : summary),
    ...nextLinks(seenBy(request, ''), collection, search, snapshots, page.limit),
  };
}

/** Snapshots of groups of volumes. */
export function groupSnapshotRoutes(settings: VolumeSettings): Route[] {
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  const versions = { min: version('3.14') };
  return [
    route({
      method: 'POST',
      path: '/group_snapshots',
      operation: 'volume:group-snapshots:create',
      policy: policies.projectMember,
      status: 202,
      versions,
      body: closed({ group_snapshot: closed({ group_id: uuid, name, description: name }) }),
      async handler(request) {
        const { group_id: groupId, ...asked } = request.body.group_snapshot;
        const made = await createGroupSnapshot(settings, caller(request), {
          ...{ groupId, name: asked.name ?? null, description: asked.description ?? null },
        });
        return { group_snapshot: { ...summary(made), group_type_id: made.group_type_id } };
      },
    }),
    ...[false, true].map((detailed) =>
      route({
        method: 'GET',
        path: detailed ? '/group_snapshots/detail' : '/group_snapshots',
        operation: `volume:group-snapshots:${detailed ? 'detail' : 'list'}`,
        policy: policies.projectReader,
        versions,
        handler: (request) => list(settings, request, detailed),
      }),
    ),
    route({
      method: 'GET',
      path: '/group_snapshots/:id',
      operation: 'volume:group-snapshots:get',
      policy: policies.projectReader,
      versions,
      handler: async (request) => ({
        group_snapshot: detail(await visibleGroupSnapshot(settings.store.db, caller(request), id(request))),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/group_snapshots/:id',
      operation: 'volume:group-snapshots:delete',
      policy: policies.projectMember,
      status: 202,
      versions,
      async handler(request) {
        await deleteGroupSnapshot(settings, caller(request), id(request));
        return new Reply({});
      },
    }),
    actionRoute('group_snapshots', [
      action({
        name: 'reset_status',
        admin: true,
        since: '3.19',
        schema: closed({ status: Type.Enum(groupStatuses) }),
        run: (request, asked, { status }) => resetGroupSnapshot(settings, caller(request), asked, status),
      }),
    ]),
  ];
}
