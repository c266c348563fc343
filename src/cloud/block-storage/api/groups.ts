import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { type ApiRequest, atLeast, caller, Reply, type Route, route, version } from '../../../kernel/http/index.ts';
import { groupStatuses } from '../domain/group.ts';
import { visibleGroup } from '../operations/group-rules.ts';
import { createGroup, createGroupFromSource, deleteGroup, resetGroup, updateGroup } from '../operations/groups.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { listGroups, volumesOfGroup } from '../store/groups.ts';
import type { GroupRow } from '../store/tables.ts';
import { action, actionRoute } from './actions.ts';
import { checkMarker, isTrue, type Listing, readListing, searchOf } from './listing.ts';
import { boolean, closed, name, nullable, optional, text, truth, uuid } from './schemas.ts';
import { param } from './scoped.ts';
import { nextLinks, seenBy, timeText } from './views.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

const listing: Listing = {
  filters: {
    name: { column: 'name', type: 'text' },
    status: { column: 'status', type: 'text' },
    id: { column: 'id', type: 'uuid' },
    group_type: { column: 'group_type_id', type: 'uuid' },
    availability_zone: { column: 'availability_zone', type: 'text' },
  },
  sortKeys: { id: 'id', name: 'name', status: 'status', created_at: 'created_at' },
  metadata: false,
};

const createBody = closed({
  group: closed({
    name,
    description: name,
    group_type: text,
    volume_types: Type.Array(text, { minItems: 1, maxItems: 64, uniqueItems: true }),
    availability_zone: optional(nullable(text)),
  }),
});

/** Ids, separated by commas. */
const ids = optional(nullable(Type.String({ maxLength: 4096 })));

const updateBody = closed({ group: closed({ name, description: name, add_volumes: ids, remove_volumes: ids }) });

function summary({ id, name: called }: GroupRow) {
  return { id, name: called };
}

function detail(group: GroupRow, { version: asked }: Request) {
  return {
    ...{ ...summary(group), status: group.status, description: group.description },
    ...{ availability_zone: group.availability_zone, created_at: timeText(group.created_at) },
    ...{ group_type: group.group_type_id, volume_types: group.volume_type_ids },
    ...(atLeast(asked, '3.14')
      ? { group_snapshot_id: group.group_snapshot_id, source_group_id: group.source_group_id }
      : {}),
    ...(atLeast(asked, '3.38') ? { replication_status: null } : {}),
  };
}

async function list({ store }: VolumeSettings, request: Request, detailed: boolean): Promise<unknown> {
  const context = caller(request);
  const search = searchOf(request);
  const { conditions, page } = readListing(listing, search, context, request.version);
  await checkMarker(page.marker, (id) => visibleGroup(store.db, context, id));
  const groups = await listGroups(store.db, conditions, page);
  const views = groups.map((group) => (detailed ? detail(group, request) : summary(group)));
  return {
    groups: await Promise.all(views.map((view) => withVolumes(store, request, search, view, detailed))),
    ...nextLinks(seenBy(request, ''), detailed ? 'groups/detail' : 'groups', search, groups, page.limit),
  };
}

/** From 3.25 on, its volumes too for who asks. */
async function withVolumes(
  { db }: VolumeSettings['store'],
  { version: asked }: Request,
  search: URLSearchParams,
  view: { readonly id: string },
  detailed = true,
): Promise<object> {
  const wanted = detailed && atLeast(asked, '3.25') && isTrue(search.get('list_volume') ?? 'false', 'list_volume');
  return wanted ? { ...view, volumes: await volumesOfGroup(db, view.id) } : view;
}

function idsIn(value: string | null | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean);
}

/** Groups of volumes. */
export function groupRoutes(settings: VolumeSettings): Route[] {
  const { store } = settings;
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  const versions = { min: version('3.13') };
  return [
    route({
      method: 'POST',
      path: '/groups',
      operation: 'volume:groups:create',
      policy: policies.projectMember,
      status: 202,
      versions,
      body: createBody,
      async handler(request) {
        const { group: asked } = request.body;
        const group = await createGroup(settings, caller(request), {
          ...{ name: asked.name ?? null, description: asked.description ?? null, groupTypeId: asked.group_type },
          ...{ volumeTypes: asked.volume_types, availabilityZone: asked.availability_zone ?? undefined },
        });
        return { group: summary(group) };
      },
    }),
    ...[false, true].map((detailed) =>
      route({
        method: 'GET',
        path: detailed ? '/groups/detail' : '/groups',
        operation: `volume:groups:${detailed ? 'detail' : 'list'}`,
        policy: policies.projectReader,
        versions,
        handler: (request) => list(settings, request, detailed),
      }),
    ),
    route({
      method: 'GET',
      path: '/groups/:id',
      operation: 'volume:groups:get',
      policy: policies.projectReader,
      versions,
      async handler(request) {
        const group = await visibleGroup(store.db, caller(request), id(request));
        return { group: await withVolumes(store, request, searchOf(request), detail(group, request)) };
      },
    }),
    route({
      method: 'PUT',
      path: '/groups/:id',
      operation: 'volume:groups:update',
      policy: policies.projectMember,
      status: 202,
      versions,
      body: updateBody,
      async handler(request) {
        const { group: asked } = request.body;
        const [add, remove] = [idsIn(asked.add_volumes), idsIn(asked.remove_volumes)];
        const both = add.find((volume) => remove.includes(volume));
        if (both !== undefined) throw badRequest(`Volume ${both.slice(0, 64)} is both added and removed.`);
        await updateGroup(settings, caller(request), id(request), {
          ...{ name: asked.name, description: asked.description, add, remove },
        });
        return new Reply({});
      },
    }),
    fromSourceRoute(settings),
    groupActions(settings),
  ];
}

function fromSourceRoute(settings: VolumeSettings): Route {
  const source = { group_snapshot_id: optional(uuid), source_group_id: optional(uuid) };
  return route({
    method: 'POST',
    path: '/groups/action',
    operation: 'volume:groups:create-from-source',
    policy: policies.projectMember,
    status: 202,
    versions: { min: version('3.14') },
    body: closed({ 'create-from-src': closed({ name, description: name, ...source }) }),
    async handler(request) {
      const { 'create-from-src': asked } = request.body;
      const { group_snapshot_id: groupSnapshotId, source_group_id: sourceGroupId } = asked;
      if ((groupSnapshotId === undefined) === (sourceGroupId === undefined)) {
        throw badRequest("Give either 'group_snapshot_id' or 'source_group_id' to create a group from a source.");
      }
      const group = await createGroupFromSource(settings, caller(request), {
        ...{ name: asked.name ?? null, description: asked.description ?? null, groupSnapshotId, sourceGroupId },
      });
      return { group: summary(group) };
    },
  });
}

function groupActions(settings: VolumeSettings): Route {
  return actionRoute('groups', [
    action({
      name: 'delete',
      since: '3.13',
      schema: closed({ 'delete-volumes': optional(boolean) }),
      async run(request, id, { 'delete-volumes': withVolumes = false }) {
        await deleteGroup(settings, caller(request), id, truth(withVolumes));
      },
    }),
    action({
      name: 'reset_status',
      admin: true,
      since: '3.20',
      schema: closed({ status: Type.Enum(groupStatuses) }),
      run: (request, id, { status }) => resetGroup(settings, caller(request), id, status),
    }),
  ]);
}
