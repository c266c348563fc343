import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, caller, Reply, type Route, route, version } from '../../../kernel/http/index.ts';
import type { ServerRecord } from '../domain/server.ts';
import { updateServer, visibleServer } from '../operations/servers.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { exact, metadata, tag } from './schemas.ts';

type Request = ApiRequest<Record<string, string>, unknown, unknown>;
type Metadata = Readonly<Record<string, string>>;

const serverPath = '/v2.1/servers/:serverId';

function found(settings: ComputeSettings, request: Request): Promise<ServerRecord> {
  return visibleServer(settings.store.db, caller(request), request.params.serverId ?? '');
}

function itemOf({ metadata: all }: ServerRecord, key: string): string {
  const value = Object.hasOwn(all, key) ? all[key] : undefined;
  if (value === undefined) throw new Fault('notFound', 'Metadata item was not found');
  return value;
}

/** A server's metadata: what its owner notes on it; told to the guest at its first boot. */
export function metadataRoutes(settings: ComputeSettings): Route[] {
  const change = async (request: Request, next: (server: ServerRecord) => Metadata): Promise<Metadata> => {
    const server = await updateServer(settings, caller(request), request.params.serverId ?? '', (current) => {
      const changed = next(current);
      if (settings.quota.metadataItems >= 0 && Object.keys(changed).length > settings.quota.metadataItems) {
        throw new Fault('forbidden', `Maximum number of metadata items exceeds ${settings.quota.metadataItems}`);
      }
      return { metadata: changed };
    });
    return server.metadata;
  };
  const body = exact({ metadata });
  const itemBody = exact({
    meta: Type.Unsafe<Record<string, string>>({ ...metadata, minProperties: 1, maxProperties: 1 }),
  });
  const path = `${serverPath}/metadata`;
  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:server-metadata:list',
      policy: policies.projectReader,
      handler: async (request) => ({ metadata: (await found(settings, request)).metadata }),
    }),
    route({
      method: 'POST',
      path,
      operation: 'compute:server-metadata:merge',
      policy: policies.projectMember,
      body,
      handler: async (request) => ({
        metadata: await change(request, (server) => ({ ...server.metadata, ...request.body.metadata })),
      }),
    }),
    route({
      method: 'PUT',
      path,
      operation: 'compute:server-metadata:replace',
      policy: policies.projectMember,
      body,
      handler: async (request) => ({ metadata: await change(request, () => request.body.metadata) }),
    }),
    route({
      method: 'GET',
      path: `${path}/:key`,
      operation: 'compute:server-metadata:get',
      policy: policies.projectReader,
      async handler(request) {
        const { key = '' } = request.params;
        return { meta: { [key]: itemOf(await found(settings, request), key) } };
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:key`,
      operation: 'compute:server-metadata:set',
      policy: policies.projectMember,
      body: itemBody,
      async handler(request) {
        const { key = '' } = request.params;
        if (!Object.hasOwn(request.body.meta, key)) throw badRequest('Request body and URI mismatch');
        await change(request, (server) => ({ ...server.metadata, ...request.body.meta }));
        return { meta: request.body.meta };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:key`,
      operation: 'compute:server-metadata:delete',
      policy: policies.projectMember,
      status: 204,
      async handler(request) {
        const { key = '' } = request.params;
        await change(request, (server) => {
          itemOf(server, key);
          const { [key]: _removed, ...rest } = server.metadata;
          return rest;
        });
      },
    }),
  ];
}

const maxTags = 50;

/** A server's tags, since 2.26. */
export function tagRoutes(settings: ComputeSettings): Route[] {
  const versions = { min: version('2.26') };
  const path = `${serverPath}/tags`;
  const change = (request: Request, next: (tags: readonly string[]) => readonly string[]) =>
    updateServer(settings, caller(request), request.params.serverId ?? '', ({ tags }) => ({ tags: [...next(tags)] }));
  const missing = (request: Request) =>
    new Fault('notFound', `Server ${request.params.serverId} has no tag '${request.params.tag}'`);
  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:server-tags:list',
      policy: policies.projectReader,
      versions,
      handler: async (request) => ({ tags: (await found(settings, request)).tags }),
    }),
    route({
      method: 'PUT',
      path,
      operation: 'compute:server-tags:replace',
      policy: policies.projectMember,
      versions,
      body: exact({ tags: Type.Array(tag, { maxItems: maxTags }) }),
      handler: async (request) => ({ tags: (await change(request, () => [...new Set(request.body.tags)])).tags }),
    }),
    route({
      method: 'DELETE',
      path,
      operation: 'compute:server-tags:clear',
      policy: policies.projectMember,
      versions,
      status: 204,
      async handler(request) {
        await change(request, () => []);
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:tag`,
      operation: 'compute:server-tags:get',
      policy: policies.projectReader,
      versions,
      status: 204,
      async handler(request) {
        if (!(await found(settings, request)).tags.includes(request.params.tag ?? '')) throw missing(request);
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:tag`,
      operation: 'compute:server-tags:add',
      policy: policies.projectMember,
      versions,
      params: Type.Object({ serverId: Type.String(), tag }),
      handler: async (request) => addTag(request, change),
    }),
    route({
      method: 'DELETE',
      path: `${path}/:tag`,
      operation: 'compute:server-tags:remove',
      policy: policies.projectMember,
      versions,
      status: 204,
      async handler(request) {
        const { tag: removed = '' } = request.params;
        await change(request, (tags) => {
          if (!tags.includes(removed)) throw missing(request);
          return tags.filter((other) => other !== removed);
        });
      },
    }),
  ];
}

/** 201 for a new tag, 204 for one that was there. */
async function addTag(
  request: ApiRequest<{ serverId: string; tag: string }, unknown, unknown>,
  change: (request: Request, next: (tags: readonly string[]) => readonly string[]) => Promise<ServerRecord>,
): Promise<Reply> {
  const { tag: added, serverId } = request.params;
  let known = false;
  await change(request as unknown as Request, (tags) => {
    known = tags.includes(added);
    if (!known && tags.length >= maxTags) {
      throw badRequest(`The number of tags exceeded the per-server limit ${maxTags}`);
    }
    return known ? tags : [...tags, added];
  });
  if (known) return new Reply({ status: 204 });
  const location = `${request.baseUrl}/v2.1/servers/${serverId}/tags/${encodeURIComponent(added)}`;
  return new Reply({ status: 201, headers: { Location: location } });
}
