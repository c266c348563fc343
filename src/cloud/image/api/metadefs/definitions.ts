import Type, { type Static } from 'typebox';
import type { Context } from '../../../../kernel/access/context.ts';
import { policies } from '../../../../kernel/access/policy.ts';
import { conflict, type Fault, notFound } from '../../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../../kernel/http/index.ts';
import type { Tx } from '../../../../kernel/store/index.ts';
import {
  definitionsOf,
  deleteDefinitions,
  findDefinition,
  insertDefinition,
  pageOfDefinitions,
  updateDefinition,
} from '../../store/metadefs.ts';
import type { DefinitionRow } from '../../store/tables.ts';
import { objectBody, propertyBody, tagBody, tagsBody } from './schemas.ts';
import { type MetadefDeps, prefixOn, visibleNamespace } from './scope.ts';
import { namespacesUrl, objectView, propertiesView, propertyView, tagView } from './views.ts';

/** What a namespace defines, and how the API speaks of it. */
interface Shape {
  readonly kind: 'property' | 'object' | 'tag';
  readonly collection: 'properties' | 'objects' | 'tags';
  readonly body: typeof propertyBody | typeof objectBody | typeof tagBody;
  readonly view: (row: DefinitionRow) => unknown;
}

const shapes = {
  property: { kind: 'property', collection: 'properties', body: propertyBody, view: propertyView },
  object: { kind: 'object', collection: 'objects', body: objectBody, view: (row) => objectView(row) },
  tag: { kind: 'tag', collection: 'tags', body: tagBody, view: tagView },
} as const satisfies Readonly<Record<string, Shape>>;

/** What a caller names by a path. */
interface Place {
  readonly namespace: string;
  readonly kind: Shape['kind'];
  readonly name: string;
}

function collectionPath({ collection }: Shape): string {
  return `${namespacesUrl}/:namespace/${collection}`;
}

function operation({ collection }: Shape, what: string): string {
  return `image:metadef-${collection}:${what}`;
}

function placeOf({ kind }: Shape, params: Readonly<Record<string, string>>): Place {
  return { namespace: params.namespace ?? '', kind, name: params[kind] ?? '' };
}

function absent({ kind, name }: Place): Fault {
  return notFound(`Metadata definition ${kind}`, name.slice(0, 80));
}

/** Properties, objects and tags of a namespace. */
export function definitionRoutes(deps: MetadefDeps): Route[] {
  const { property, object, tag } = shapes;
  return [
    propertyListRoute(deps),
    propertyRoute(deps),
    pagedRoute(deps, object),
    pagedRoute(deps, tag),
    getRoute(deps, object),
    getRoute(deps, tag),
    createRoute(deps, property),
    createRoute(deps, object),
    ...tagCreationRoutes(deps),
    ...[property, object, tag].flatMap((shape) => [updateRoute(deps, shape), ...deletionRoutes(deps, shape)]),
  ];
}

function propertyListRoute({ store }: MetadefDeps): Route {
  return route({
    method: 'GET',
    path: collectionPath(shapes.property),
    operation: operation(shapes.property, 'list'),
    policy: policies.projectReader,
    async handler(request) {
      const { name } = await visibleNamespace(store.db, caller(request), request.params.namespace ?? '');
      return { properties: propertiesView(await definitionsOf(store.db, [name], 'property')) };
    },
  });
}

/** On a kind of resource a property goes by its name with the prefix that the namespace has there. */
function propertyRoute({ store }: MetadefDeps): Route {
  return route({
    method: 'GET',
    path: `${collectionPath(shapes.property)}/:property`,
    operation: operation(shapes.property, 'get'),
    policy: policies.projectReader,
    query: Type.Object({ resource_type: Type.Optional(Type.String({ maxLength: 80 })) }),
    async handler(request) {
      const place = placeOf(shapes.property, request.params);
      await visibleNamespace(store.db, caller(request), place.namespace);
      const prefix = await prefixOn(store.db, place.namespace, request.query.resource_type);
      const row = place.name.startsWith(prefix)
        ? await findDefinition(store.db, { ...place, name: place.name.slice(prefix.length) })
        : undefined;
      if (row === undefined) throw absent(place);
      return { ...propertyView(row), name: place.name };
    },
  });
}

function pagedRoute({ store }: MetadefDeps, shape: Shape): Route {
  const { kind, collection, view } = shape;
  return route({
    method: 'GET',
    path: collectionPath(shape),
    operation: operation(shape, 'list'),
    policy: policies.projectReader,
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 0 })),
      marker: Type.Optional(Type.String({ maxLength: 80 })),
    }),
    async handler(request) {
      const { name: namespace } = await visibleNamespace(store.db, caller(request), request.params.namespace ?? '');
      const { limit = 1000, marker } = request.query;
      const rows = await pageOfDefinitions(store.db, { namespace, kind }, { marker, limit: Math.min(limit, 1000) });
      return { [collection]: rows.map(view), schema: `/v2/schemas/metadefs/${collection}` };
    },
  });
}

function getRoute({ store }: MetadefDeps, shape: Shape): Route {
  return route({
    method: 'GET',
    path: `${collectionPath(shape)}/:${shape.kind}`,
    operation: operation(shape, 'get'),
    policy: policies.projectReader,
    async handler(request) {
      const place = placeOf(shape, request.params);
      await visibleNamespace(store.db, caller(request), place.namespace);
      const row = await findDefinition(store.db, place);
      if (row === undefined) throw absent(place);
      return shape.view(row);
    },
  });
}

/** Adds to a namespace that the caller may see; 409 when it defines that already. */
async function define(tx: Tx, context: Context, place: Place, body: object, now: Date): Promise<DefinitionRow> {
  const { name: namespace } = await visibleNamespace(tx, context, place.namespace, 'update');
  const row = { ...place, namespace, body, created_at: now, updated_at: now };
  if (!(await insertDefinition(tx, row))) throw conflict(`The namespace already has a ${place.kind} ${place.name}.`);
  return row;
}

function createRoute({ store, clock }: MetadefDeps, shape: Shape): Route {
  return route({
    method: 'POST',
    path: collectionPath(shape),
    operation: operation(shape, 'create'),
    policy: policies.admin,
    body: shape.body,
    status: 201,
    async handler(request) {
      const { name, ...facts } = request.body;
      const place = { ...placeOf(shape, request.params), name };
      return shape.view(await store.transact((tx) => define(tx, caller(request), place, facts, clock.now())));
    },
  });
}

function tagCreationRoutes({ store, clock }: MetadefDeps): Route[] {
  const { tag } = shapes;
  return [
    route({
      method: 'POST',
      path: `${collectionPath(tag)}/:tag`,
      operation: operation(tag, 'create'),
      policy: policies.admin,
      params: Type.Object({ namespace: Type.String(), tag: Type.String({ minLength: 1, maxLength: 80 }) }),
      status: 201,
      async handler(request) {
        const place = placeOf(tag, request.params);
        return tagView(await store.transact((tx) => define(tx, caller(request), place, {}, clock.now())));
      },
    }),
    route({
      method: 'POST',
      path: collectionPath(tag),
      operation: operation(tag, 'replace'),
      policy: policies.admin,
      body: tagsBody,
      status: 201,
      async handler(request) {
        const place = placeOf(tag, request.params);
        const { tags } = request.body as Static<typeof tagsBody>;
        // They take the place of those that are there, unless the caller only adds (Glance 2.13).
        const adds = /^true$/i.test(String(request.headers['x-openstack-append'] ?? ''));
        return store.transact(async (tx) => {
          const { name: namespace } = await visibleNamespace(tx, caller(request), place.namespace, 'update');
          if (!adds) await deleteDefinitions(tx, { namespace, kind: 'tag' });
          const made: DefinitionRow[] = [];
          for (const { name } of tags)
            made.push(await define(tx, caller(request), { ...place, name }, {}, clock.now()));
          return { tags: made.map(tagView) };
        });
      },
    }),
  ];
}

function updateRoute({ store, clock }: MetadefDeps, shape: Shape): Route {
  return route({
    method: 'PUT',
    path: `${collectionPath(shape)}/:${shape.kind}`,
    operation: operation(shape, 'update'),
    policy: policies.admin,
    body: shape.body,
    async handler(request) {
      const place = placeOf(shape, request.params);
      const { name, ...body } = request.body;
      return store.transact(async (tx) => {
        await visibleNamespace(tx, caller(request), place.namespace, 'update');
        const row = await findDefinition(tx, place);
        if (row === undefined) throw absent(place);
        if (name !== place.name && (await findDefinition(tx, { ...place, name })) !== undefined) {
          throw conflict(`The namespace already has a ${place.kind} ${name}.`);
        }
        const change = { name, body, updated_at: clock.now() };
        await updateDefinition(tx, place, change);
        return shape.view({ ...row, ...change });
      });
    },
  });
}

function deletionRoutes({ store }: MetadefDeps, shape: Shape): Route[] {
  const path = collectionPath(shape);
  return [
    route({
      method: 'DELETE',
      path,
      operation: operation(shape, 'clear'),
      policy: policies.admin,
      status: 204,
      handler: (request) =>
        store.transact(async (tx) => {
          const { name } = await visibleNamespace(tx, caller(request), request.params.namespace ?? '', 'update');
          await deleteDefinitions(tx, { namespace: name, kind: shape.kind });
        }),
    }),
    route({
      method: 'DELETE',
      path: `${path}/:${shape.kind}`,
      operation: operation(shape, 'delete'),
      policy: policies.admin,
      status: 204,
      handler: (request) =>
        store.transact(async (tx) => {
          const place = placeOf(shape, request.params);
          await visibleNamespace(tx, caller(request), place.namespace, 'update');
          if ((await deleteDefinitions(tx, place, place.name)) === 0) throw absent(place);
        }),
    }),
  ];
}
