import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, type Fault } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { caller, Reply, type Route, route, version } from '../../../kernel/http/index.ts';
import { visibleGroupType } from '../operations/group-rules.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import {
  changeGroupType,
  groupTypeInUse,
  insertGroupType,
  listGroupTypes,
  removeGroupType,
} from '../store/group-types.ts';
import type { GroupTypeRow } from '../store/tables.ts';
import { isTrue, searchOf } from './listing.ts';
import { boolean, closed, metadata, name, nullable, optional, text, truth } from './schemas.ts';
import { param } from './scoped.ts';
import { specRoutes } from './specs.ts';

const versions = { min: version('3.11') };

const createBody = closed({
  group_type: closed({
    name: text,
    description: name,
    is_public: optional(boolean),
    group_specs: optional(nullable(metadata)),
  }),
});
const updateBody = closed({ group_type: closed({ name, description: name, is_public: optional(boolean) }) });

function view({ id, name: called, description, is_public, group_specs }: GroupTypeRow, context: Context) {
  return { id, name: called, description, is_public, ...(context.isAdmin ? { group_specs } : {}) };
}

function refuseTaken(called: string): Fault {
  return conflict(`Group Type ${called} already exists.`);
}

/** Undefined: public or not, which only an administrator may see. */
function isPublicOf(search: URLSearchParams, { isAdmin }: Context): boolean | undefined {
  const asked = search.get('is_public');
  if (!isAdmin || asked === null) return true;
  return asked.toLowerCase() === 'none' ? undefined : isTrue(asked, 'is_public');
}

const sortColumns = { id: 'id', name: 'name', created_at: 'created_at' } as const;

function sortOf(search: URLSearchParams) {
  const [key = 'created_at', direction = 'desc'] = (search.get('sort') ?? search.get('sort_key') ?? 'created_at').split(
    ':',
  );
  const column = Object.hasOwn(sortColumns, key) ? sortColumns[key as keyof typeof sortColumns] : undefined;
  if (column === undefined || (direction !== 'asc' && direction !== 'desc'))
    throw badRequest('Invalid sort key or direction.');
  return { column, direction } as const;
}

/** Kinds of groups of volumes. */
export function groupTypeRoutes(settings: VolumeSettings): Route[] {
  const { store, clock } = settings;
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  const operation = (what: string) => `volume:group-types:${what}`;
  return [
    route({
      method: 'GET',
      path: '/group_types',
      operation: operation('list'),
      policy: policies.projectReader,
      versions,
      async handler(request) {
        const search = searchOf(request);
        const context = caller(request);
        const types = await listGroupTypes(store.db, isPublicOf(search, context), sortOf(search));
        return { group_types: types.map((type) => view(type, context)) };
      },
    }),
    route({
      method: 'POST',
      path: '/group_types',
      operation: operation('create'),
      policy: policies.admin,
      status: 202,
      versions,
      body: createBody,
      async handler(request) {
        const { group_type: asked } = request.body;
        const now = clock.now();
        const type = {
          ...{ id: newId(now.getTime()), name: asked.name.trim(), description: asked.description ?? null },
          ...{ is_public: truth(asked.is_public ?? true), group_specs: asked.group_specs ?? {}, created_at: now },
        };
        if (type.name === '') throw badRequest('Group type name can not be empty.');
        if (!(await store.transact((tx) => insertGroupType(tx, type)))) throw refuseTaken(type.name);
        return { group_type: view(type, caller(request)) };
      },
    }),
    route({
      method: 'GET',
      path: '/group_types/:id',
      operation: operation('get'),
      policy: policies.projectReader,
      versions,
      async handler(request) {
        const context = caller(request);
        return { group_type: view(await visibleGroupType(store.db, context, id(request)), context) };
      },
    }),
    route({
      method: 'PUT',
      path: '/group_types/:id',
      operation: operation('update'),
      policy: policies.admin,
      versions,
      body: updateBody,
      async handler(request) {
        const { name: called, description, is_public } = request.body.group_type;
        if (called?.trim() === '') throw badRequest('Group type name can not be empty.');
        const change = {
          ...(called !== undefined && called !== null && { name: called.trim() }),
          ...(description !== undefined && { description }),
          ...(is_public !== undefined && { is_public: truth(is_public) }),
        };
        if (Object.keys(change).length === 0) throw badRequest('Specify group type name, description or is_public.');
        return store.transact(async (tx) => {
          const type = await visibleGroupType(tx, caller(request), id(request));
          if (!(await changeGroupType(tx, type.id, change))) throw refuseTaken(called ?? '');
          return { group_type: view({ ...type, ...change }, caller(request)) };
        });
      },
    }),
    route({
      method: 'DELETE',
      path: '/group_types/:id',
      operation: operation('delete'),
      policy: policies.admin,
      status: 202,
      versions,
      async handler(request) {
        await store.transact(async (tx) => {
          const type = await visibleGroupType(tx, caller(request), id(request));
          if (await groupTypeInUse(tx, type.id)) throw badRequest('Target group type is still in use.');
          await removeGroupType(tx, type.id);
        });
        return new Reply({});
      },
    }),
    ...groupSpecRoutes(settings),
  ];
}

/** What a group type asks for, key by key. */
function groupSpecRoutes({ store }: VolumeSettings): Route[] {
  return specRoutes({
    ...{ collection: 'group_types', key: 'group_specs', resource: 'group-type-specs', kind: 'Group Type' },
    ...{ created: 202, versions },
    read: async (context, id) => (await visibleGroupType(store.db, context, id)).group_specs,
    change: (context, id, next) =>
      store.transact(async (tx) => {
        const type = await visibleGroupType(tx, context, id);
        await changeGroupType(tx, type.id, { group_specs: next(type.group_specs) });
      }),
  });
}
