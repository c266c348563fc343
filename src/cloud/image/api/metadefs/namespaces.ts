import Type, { type Static } from 'typebox';
import { policies } from '../../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../../kernel/base/errors.ts';
import { caller, callerProject, Reply, type Route, route } from '../../../../kernel/http/index.ts';
import type { Tx } from '../../../../kernel/store/index.ts';
import {
  definitionsOf,
  deleteNamespace,
  findNamespace,
  insertDefinition,
  insertNamespace,
  knowResourceType,
  listNamespaces,
  updateNamespace,
} from '../../store/metadefs.ts';
import type { DefinitionRow } from '../../store/tables.ts';
import { namespaceBody, namespaceChange } from './schemas.ts';
import { type MetadefDeps, prefixOn, visibleNamespace } from './scope.ts';
import { namespacesUrl, namespaceUrl, namespaceView, wholeNamespaceView } from './views.ts';

const sortKeys = { namespace: 'name', created_at: 'created_at', updated_at: 'updated_at' } as const;

const listQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 0 })),
  marker: Type.Optional(Type.String({ maxLength: 80 })),
  visibility: Type.Optional(Type.Unsafe<string>({ type: 'string', enum: ['public', 'private'] })),
  resource_types: Type.Optional(Type.String({ maxLength: 4096 })),
  sort_key: Type.Optional(Type.Unsafe<keyof typeof sortKeys>({ type: 'string', enum: Object.keys(sortKeys) })),
  sort_dir: Type.Optional(Type.Unsafe<'asc' | 'desc'>({ type: 'string', enum: ['asc', 'desc'] })),
});

/** Namespaces of metadata definitions. Whoever may see images may read them; administrators write them. */
export function namespaceRoutes(deps: MetadefDeps): Route[] {
  const { store, clock } = deps;
  const path = `${namespacesUrl}/:namespace`;
  return [
    route({
      method: 'GET',
      path: namespacesUrl,
      operation: 'image:metadef-namespaces:list',
      policy: policies.projectReader,
      query: listQuery,
      handler: (request) => list(deps, caller(request), request.query),
    }),
    route({
      method: 'POST',
      path: namespacesUrl,
      operation: 'image:metadef-namespaces:create',
      policy: policies.admin,
      body: namespaceBody,
      status: 201,
      async handler(request) {
        const { body, baseUrl } = request;
        const owner = body.owner ?? callerProject(request);
        const made = await store.transact((tx) => create(tx, { ...body, owner }, clock.now()));
        return new Reply({ body: made, headers: { Location: baseUrl + namespaceUrl(body.namespace) } });
      },
    }),
    route({
      method: 'GET',
      path,
      operation: 'image:metadef-namespaces:get',
      policy: policies.projectReader,
      query: Type.Object({ resource_type: Type.Optional(Type.String({ maxLength: 80 })) }),
      async handler(request) {
        const row = await visibleNamespace(store.db, caller(request), request.params.namespace ?? '');
        const prefix = await prefixOn(store.db, row.name, request.query.resource_type);
        return wholeNamespaceView(row, await definitionsOf(store.db, [row.name]), prefix);
      },
    }),
    route({
      method: 'PUT',
      path,
      operation: 'image:metadef-namespaces:update',
      policy: policies.admin,
      body: namespaceChange,
      async handler(request) {
        const { namespace: name, display_name = null, description = null, ...rest } = request.body;
        return store.transact(async (tx) => {
          const row = await visibleNamespace(tx, caller(request), request.params.namespace ?? '', 'update');
          if (name !== row.name && (await findNamespace(tx, name)) !== undefined) throw taken(name);
          await updateNamespace(tx, row.name, { ...rest, name, display_name, description, updated_at: clock.now() });
          const changed = await visibleNamespace(tx, caller(request), name);
          return namespaceView(changed, await definitionsOf(tx, [name], 'resource_type'));
        });
      },
    }),
    route({
      method: 'DELETE',
      path,
      operation: 'image:metadef-namespaces:delete',
      policy: policies.admin,
      status: 204,
      handler: (request) =>
        store.transact(async (tx) => {
          const row = await visibleNamespace(tx, caller(request), request.params.namespace ?? '', 'update');
          if (row.protected) {
            throw new Fault(
              'forbidden',
              `Metadata definition namespace ${row.name} is protected and cannot be deleted.`,
            );
          }
          await deleteNamespace(tx, row.name);
        }),
    }),
  ];
}

function taken(name: string): Fault {
  return conflict(`A metadata definition namespace ${name} already exists.`);
}

async function list(
  { store }: MetadefDeps,
  context: ReturnType<typeof caller>,
  query: Static<typeof listQuery>,
): Promise<unknown> {
  const limit = Math.min(query.limit ?? 25, 1000);
  if (query.marker !== undefined && (await findNamespace(store.db, query.marker)) === undefined) {
    throw badRequest(`The marker ${query.marker} is no namespace.`);
  }
  const found = await listNamespaces(store.db, context, {
    visibility: query.visibility,
    resourceTypes: query.resource_types?.split(','),
    sort: sortKeys[query.sort_key ?? 'created_at'],
    direction: query.sort_dir ?? 'desc',
    marker: query.marker,
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  const definitions = await definitionsOf(
    store.db,
    page.map(({ name }) => name),
    'resource_type',
  );
  const last = found.length > page.length ? page.at(-1) : undefined;
  return {
    namespaces: page.map((row) => namespaceView(row, definitions)),
    first: pageUrl(query),
    ...(last !== undefined && { next: pageUrl(query, last.name) }),
    schema: '/v2/schemas/metadefs/namespaces',
  };
}

function pageUrl(query: Static<typeof listQuery>, marker?: string): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...query, marker })) {
    if (value !== undefined) search.set(key, String(value));
  }
  return search.size === 0 ? namespacesUrl : `${namespacesUrl}?${search}`;
}

/** The namespace and all that its body defines, as it is shown then. */
async function create(
  tx: Tx,
  body: Static<typeof namespaceBody> & { readonly owner: string },
  now: Date,
): Promise<unknown> {
  const times = { created_at: now, updated_at: now };
  const row = {
    ...{ name: body.namespace, owner: body.owner, ...times },
    display_name: body.display_name ?? null,
    description: body.description ?? null,
    visibility: body.visibility ?? 'private',
    protected: body.protected ?? false,
  };
  if (!(await insertNamespace(tx, row))) throw taken(row.name);
  const define = async (kind: DefinitionRow['kind'], name: string, facts: object) => {
    if (!(await insertDefinition(tx, { namespace: row.name, kind, name, body: facts, ...times }))) {
      throw conflict(`The namespace defines ${name} twice.`);
    }
  };
  for (const { name, ...facts } of body.resource_type_associations ?? []) {
    await knowResourceType(tx, { name, ...times });
    await define('resource_type', name, facts);
  }
  for (const [name, facts] of Object.entries(body.properties ?? {})) await define('property', name, facts);
  for (const { name, ...facts } of body.objects ?? []) await define('object', name, facts);
  for (const { name } of body.tags ?? []) await define('tag', name, {});
  return wholeNamespaceView(row, await definitionsOf(tx, [row.name]));
}
