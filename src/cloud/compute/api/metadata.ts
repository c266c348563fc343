import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, type MicroversionRange, type Route, route } from '../../../kernel/http/index.ts';
import { exact, metadata, metadataItem } from './schemas.ts';

export type Metadata = Readonly<Record<string, string>>;
type Request = ApiRequest<Record<string, string>, unknown, unknown>;

/** Whose metadata it is. */
export interface MetadataOwner {
  /** `/v2.1/servers/:serverId` */
  readonly path: string;
  /** `server`: in the names of operations. */
  readonly resource: string;
  readonly versions?: Partial<MicroversionRange>;
  read(request: Request): Promise<Metadata>;
  /** Changes it to what `next` makes of it; answers what it then is. */
  change(request: Request, next: (current: Metadata) => Metadata): Promise<Metadata>;
}

function itemOf(all: Metadata, key: string): string {
  const value = Object.hasOwn(all, key) ? all[key] : undefined;
  if (value === undefined) throw new Fault('notFound', 'Metadata item was not found');
  return value;
}

/** What is noted on a thing, whole and by item. */
export function metadataRoutesOf(owner: MetadataOwner): Route[] {
  const path = `${owner.path}/metadata`;
  const operation = (what: string) => `compute:${owner.resource}-metadata:${what}`;
  const versions = owner.versions === undefined ? {} : { versions: owner.versions };
  const read = { policy: policies.projectReader, ...versions };
  const write = { policy: policies.projectMember, ...versions };
  const body = exact({ metadata });
  return [
    route({
      method: 'GET',
      path,
      operation: operation('list'),
      ...read,
      handler: async (request) => ({ metadata: await owner.read(request) }),
    }),
    route({
      method: 'POST',
      path,
      operation: operation('merge'),
      ...write,
      body,
      handler: async (request) => ({
        metadata: await owner.change(request, (current) => ({ ...current, ...request.body.metadata })),
      }),
    }),
    route({
      method: 'PUT',
      path,
      operation: operation('replace'),
      ...write,
      body,
      handler: async (request) => ({ metadata: await owner.change(request, () => request.body.metadata) }),
    }),
    route({
      method: 'GET',
      path: `${path}/:key`,
      operation: operation('get'),
      ...read,
      async handler(request) {
        const { key = '' } = request.params;
        return { meta: { [key]: itemOf(await owner.read(request), key) } };
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:key`,
      operation: operation('set'),
      ...write,
      body: exact({ meta: metadataItem }),
      async handler(request) {
        const { meta } = request.body;
        if (!Object.hasOwn(meta, request.params.key ?? '')) throw badRequest('Request body and URI mismatch');
        await owner.change(request, (current) => ({ ...current, ...meta }));
        return { meta };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:key`,
      operation: operation('delete'),
      ...write,
      status: 204,
      async handler(request) {
        const { key = '' } = request.params;
        await owner.change(request, (current) => {
          itemOf(current, key);
          const { [key]: _removed, ...rest } = current;
          return rest;
        });
      },
    }),
  ];
}
