import type Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { alterSnapshot, visibleSnapshot } from '../operations/snapshots.ts';
import { alterVolume, visibleVolume } from '../operations/volumes.ts';
import { closed, metadata as metadataSchema } from './schemas.ts';
import { param } from './scoped.ts';

type Metadata = Readonly<Record<string, string>>;

/** A kind of thing that has metadata. */
interface Owner {
  /** `volumes` */
  readonly collection: string;
  read(context: Context, id: string): Promise<Metadata>;
  change(context: Context, id: string, change: (current: Metadata) => Metadata): Promise<Metadata>;
}

const body = closed({ metadata: metadataSchema });
const itemBody = closed({ meta: metadataSchema });

/** The metadata of volumes and of snapshots: whole, and item by item. */
export function metadataRoutes(settings: VolumeSettings): Route[] {
  const { db } = settings.store;
  const volumes: Owner = {
    collection: 'volumes',
    read: async (context, id) => (await visibleVolume(db, context, id)).metadata,
    change: async (context, id, change) =>
      (await alterVolume(settings, context, id, ({ metadata }) => ({ metadata: change(metadata) }))).metadata,
  };
  const snapshots: Owner = {
    collection: 'snapshots',
    read: async (context, id) => (await visibleSnapshot(db, context, id)).metadata,
    change: async (context, id, change) =>
      (await alterSnapshot(settings, context, id, ({ metadata }) => ({ metadata: change(metadata) }))).metadata,
  };
  return [volumes, snapshots].flatMap(routesOf);
}

function routesOf({ collection, read, change }: Owner): Route[] {
  const path = `/${collection}/:id/metadata`;
  const operation = (what: string) => `volume:${collection}-metadata:${what}`;
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  const key = (request: { readonly params: unknown }) => param(request, 'key');
  return [
    route({
      method: 'GET',
      path,
      operation: operation('list'),
      policy: policies.projectReader,
      handler: async (request) => ({ metadata: await read(caller(request), id(request)) }),
    }),
    route({
      method: 'POST',
      path,
      operation: operation('create'),
      policy: policies.projectMember,
      body,
      async handler(request) {
        const added = request.body.metadata;
        return { metadata: await change(caller(request), id(request), (current) => ({ ...current, ...added })) };
      },
    }),
    route({
      method: 'PUT',
      path,
      operation: operation('replace'),
      policy: policies.projectMember,
      body,
      handler: async (request) => ({
        metadata: await change(caller(request), id(request), () => request.body.metadata),
      }),
    }),
    route({
      method: 'GET',
      path: `${path}/:key`,
      operation: operation('get'),
      policy: policies.projectReader,
      async handler(request) {
        const value = (await read(caller(request), id(request)))[key(request)];
        if (value === undefined) throw noItem(key(request));
        return { meta: { [key(request)]: value } };
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:key`,
      operation: operation('set'),
      policy: policies.projectMember,
      body: itemBody,
      handler: (request) => setItem(change, request),
    }),
    route({
      method: 'DELETE',
      path: `${path}/:key`,
      operation: operation('delete'),
      policy: policies.projectMember,
      async handler(request) {
        await change(caller(request), id(request), (current) => without(current, key(request)));
        return new Reply({});
      },
    }),
  ];
}

async function setItem(change: Owner['change'], request: ApiRequest<unknown, unknown, unknown>): Promise<unknown> {
  const { meta } = request.body as Type.Static<typeof itemBody>;
  const key = param(request, 'key');
  const value = meta[key];
  if (value === undefined || Object.keys(meta).length > 1) {
    throw badRequest('Request body and URI mismatch: the body must have the item that the URL names, and no other.');
  }
  await change(caller(request), param(request, 'id'), (current) => ({ ...current, [key]: value }));
  return { meta: { [key]: value } };
}

/** The metadata without one item; 404 when there is no such item. */
export function without(current: Metadata, key: string): Metadata {
  if (!Object.hasOwn(current, key)) throw noItem(key);
  return Object.fromEntries(Object.entries(current).filter(([name]) => name !== key));
}

function noItem(key: string): Fault {
  return new Fault('notFound', `Metadata item ${key.slice(0, 64)} could not be found.`);
}
