import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, caller, Reply, type Route, route, version } from '../../../kernel/http/index.ts';
import type { ServerRecord } from '../domain/server.ts';
import { checkMetadata } from '../operations/quotas.ts';
import { updateServer, visibleServer } from '../operations/servers.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { metadataRoutesOf } from './metadata.ts';
import { exact, tag } from './schemas.ts';

type Request = ApiRequest<Record<string, string>, unknown, unknown>;

const serverPath = '/v2.1/servers/:serverId';

function found(settings: ComputeSettings, request: Request): Promise<ServerRecord> {
  return visibleServer(settings.store.db, caller(request), request.params.serverId ?? '');
}

/** A server's metadata: what its owner notes on it; told to the guest at its first boot. */
export function metadataRoutes(settings: ComputeSettings): Route[] {
  return metadataRoutesOf({
    path: serverPath,
    resource: 'server',
    read: async (request) => (await found(settings, request)).metadata,
    async change(request, next) {
      const { serverId = '' } = request.params;
      const server = await updateServer(settings, caller(request), serverId, async (current) => {
        const metadata = next(current.metadata);
        await checkMetadata(settings, current.projectId, metadata);
        return { metadata };
      });
      return server.metadata;
    },
  });
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
