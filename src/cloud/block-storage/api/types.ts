import type Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { type ApiRequest, caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import type { Connection } from '../../../kernel/store/index.ts';
import { defaultType } from '../operations/create-volume.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import type { VolumeTypeRow } from '../store/tables.ts';
import { changeType, findType, insertType, listTypes, removeType, type TypeFilter, typeInUse } from '../store/types.ts';
import { isTrue, searchOf } from './listing.ts';
import { boolean, closed, metadata, name, nullable, optional, text, truth } from './schemas.ts';
import { param } from './scoped.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

const publicKey = 'os-volume-type-access:is_public';

const createBody = closed({
  volume_type: closed({
    name: text,
    description: name,
    extra_specs: optional(nullable(metadata)),
    [publicKey]: optional(boolean),
    is_public: optional(boolean),
  }),
});
const updateBody = closed({
  volume_type: closed({ name: optional(nullable(text)), description: name, is_public: optional(boolean) }),
});

/** The type, if the caller may use it; 404 otherwise. */
export async function visibleType(connection: Connection, context: Context, id: string): Promise<VolumeTypeRow> {
  const usableBy = context.isAdmin ? undefined : (context.projectId ?? '');
  const type = await findType(connection, id, { usableBy });
  if (type === undefined) throw new Fault('notFound', `Volume type ${id.slice(0, 64)} could not be found.`);
  return type;
}

function changedView({ id, name: called, description, is_public, extra_specs }: VolumeTypeRow, context: Context) {
  return { id, name: called, description, is_public, ...(context.isAdmin ? { extra_specs } : {}) };
}

function createdView(type: VolumeTypeRow, context: Context): Record<string, unknown> {
  return { ...changedView(type, context), [publicKey]: type.is_public };
}

function shownView(type: VolumeTypeRow, context: Context): Record<string, unknown> {
  return { ...createdView(type, context), ...(context.isAdmin ? { qos_specs_id: type.qos_specs_id } : {}) };
}

/** Trimmed; 400 when nothing is left. */
function nameOf(value: string): string {
  const trimmed = value.trim();
  if (trimmed === '') throw badRequest('Volume type name can not be empty.');
  return trimmed;
}

/** Only an administrator sees types that are not its project's to use. */
function filterOf(search: URLSearchParams, context: Context): TypeFilter {
  if (!context.isAdmin) return { usableBy: context.projectId ?? '' };
  const asked = search.get('is_public');
  if (asked === null) return { usableBy: context.projectId ?? '' };
  if (asked.toLowerCase() === 'none') return { usableBy: undefined };
  return { usableBy: undefined, isPublic: isTrue(asked, 'is_public') };
}

async function create({ store, clock }: VolumeSettings, request: Request): Promise<unknown> {
  const { volume_type: asked } = request.body as Type.Static<typeof createBody>;
  const open = asked[publicKey] ?? asked.is_public ?? true;
  const now = clock.now();
  const type: VolumeTypeRow = {
    ...{ id: newId(now.getTime()), name: nameOf(asked.name), description: asked.description ?? null },
    ...{ is_public: truth(open), extra_specs: asked.extra_specs ?? {}, qos_specs_id: null },
    ...{ created_at: now, updated_at: null },
  };
  if (!(await store.transact((tx) => insertType(tx, type)))) {
    throw conflict(`Volume Type ${type.name} already exists.`);
  }
  return { volume_type: createdView(type, caller(request)) };
}

async function update({ store, clock }: VolumeSettings, request: Request): Promise<unknown> {
  const { volume_type: asked } = request.body as Type.Static<typeof updateBody>;
  if (Object.keys(asked).length === 0)
    throw badRequest('Specify volume type name, description, is_public or a combination.');
  const context = caller(request);
  const type = await store.transact(async (tx) => {
    const current = await visibleType(tx, context, param(request, 'id'));
    const called = asked.name === undefined || asked.name === null ? current.name : nameOf(asked.name);
    const same = called === current.name ? undefined : await findType(tx, called, { usableBy: undefined });
    if (same !== undefined) throw conflict(`Volume Type ${called} already exists.`);
    await changeType(tx, current.id, {
      name: called,
      ...(asked.description === undefined ? {} : { description: asked.description }),
      ...(asked.is_public === undefined ? {} : { is_public: truth(asked.is_public) }),
      updated_at: clock.now(),
    });
    return visibleType(tx, context, current.id);
  });
  return { volume_type: changedView(type, context) };
}

/** 400 while it is the default one, or a volume has it. */
async function remove({ store }: VolumeSettings, request: Request): Promise<void> {
  await store.transact(async (tx) => {
    const type = await visibleType(tx, caller(request), param(request, 'id'));
    if ((await defaultType(tx))?.id === type.id) throw badRequest('The default volume type cannot be deleted.');
    if (await typeInUse(tx, type.id)) throw badRequest('Target volume type is still in use.');
    await removeType(tx, type.id);
  });
}

/** Volume types. */
export function typeRoutes(settings: VolumeSettings): Route[] {
  const { store } = settings;
  return [
    route({
      method: 'GET',
      path: '/types',
      operation: 'volume:types:list',
      policy: policies.projectReader,
      async handler(request) {
        const context = caller(request);
        const types = await listTypes(store.db, filterOf(searchOf(request), context));
        return { volume_types: types.map((type) => shownView(type, context)) };
      },
    }),
    route({
      method: 'POST',
      path: '/types',
      operation: 'volume:types:create',
      policy: policies.admin,
      body: createBody,
      handler: (request) => create(settings, request),
    }),
    route({
      method: 'GET',
      path: '/types/default',
      operation: 'volume:types:default',
      policy: policies.projectReader,
      async handler(request) {
        const type = await store.transact(defaultType);
        if (type === undefined) throw new Fault('notFound', 'Default volume type can not be found.');
        return { volume_type: shownView(type, caller(request)) };
      },
    }),
    route({
      method: 'GET',
      path: '/types/:id',
      operation: 'volume:types:get',
      policy: policies.projectReader,
      async handler(request) {
        const context = caller(request);
        return { volume_type: shownView(await visibleType(store.db, context, param(request, 'id')), context) };
      },
    }),
    route({
      method: 'PUT',
      path: '/types/:id',
      operation: 'volume:types:update',
      policy: policies.admin,
      body: updateBody,
      handler: (request) => update(settings, request),
    }),
    route({
      method: 'DELETE',
      path: '/types/:id',
      operation: 'volume:types:delete',
      policy: policies.admin,
      status: 202,
      async handler(request) {
        await remove(settings, request);
        return new Reply({});
      },
    }),
  ];
}
