import { policies } from '../../../../kernel/access/policy.ts';
import { type ApiRequest, caller, type Route, route, version } from '../../../../kernel/http/index.ts';
import type { ImageRecord } from '../../../image/index.ts';
import { checkMetadata } from '../../operations/quotas.ts';
import type { ComputeSettings } from '../../operations/settings.ts';
import { isoTime, linksOf, nextLink } from '../links.ts';
import { metadataRoutesOf } from '../metadata.ts';
import { countOf, pageOf, searchOf, timeOf } from '../paging.ts';

type Request = ApiRequest<Record<string, string>, unknown, unknown>;
type ImageListing = Parameters<ComputeSettings['proxied']['image']['listImages']>[1];
type ImageColumn = Parameters<ImageListing['columns']['has']>[0];

/** Nova's words for Glance's, and how far they are. */
const statuses: Readonly<Record<string, { readonly status: string; readonly progress: number }>> = {
  queued: { status: 'SAVING', progress: 25 },
  active: { status: 'ACTIVE', progress: 100 },
  deleted: { status: 'DELETED', progress: 0 },
};

function summary(image: ImageRecord, baseUrl: string): Record<string, unknown> {
  const alternate = {
    rel: 'alternate',
    type: 'application/vnd.openstack.image',
    href: `${baseUrl}/images/${image.id}`,
  };
  return { id: image.id, name: image.name, links: [...linksOf(baseUrl, 'images', image.id), alternate] };
}

function detail(image: ImageRecord, baseUrl: string): Record<string, unknown> {
  const { instance_uuid: serverId } = image.properties;
  return {
    ...summary(image, baseUrl),
    ...(statuses[image.status] ?? { status: 'UNKNOWN', progress: 0 }),
    minDisk: image.minDisk,
    minRam: image.minRam,
    created: isoTime(image.createdAt),
    updated: isoTime(image.updatedAt),
    metadata: image.properties,
    'OS-EXT-IMG-SIZE:size': Number(image.sizeBytes ?? 0n),
    ...(serverId === undefined ? {} : { server: { id: serverId, links: linksOf(baseUrl, 'servers', serverId) } }),
  };
}

/** What Nova's filters are of Glance's. */
function listingOf(search: URLSearchParams): ImageListing {
  const { limit, marker } = pageOf(search);
  const columns = new Map<ImageColumn, readonly (string | number | boolean)[]>();
  const properties = new Map<string, string>();
  const name = search.get('name');
  if (name !== null) columns.set('name', [name]);
  const status = search.get('status')?.toUpperCase();
  if (status !== undefined) columns.set('status', glanceStatuses(status));
  for (const [filter, column] of [
    ['minDisk', 'min_disk'],
    ['minRam', 'min_ram'],
  ] as const) {
    const value = countOf(search, filter);
    if (value !== undefined) columns.set(column, [value]);
  }
  const server = search.get('server');
  if (server !== null) properties.set('instance_uuid', server.slice(server.lastIndexOf('/') + 1));
  const type = search.get('type');
  if (type !== null) properties.set('image_type', type);
  for (const [key, value] of search) if (key.startsWith('property-')) properties.set(key.slice(9), value);
  const since = timeOf(search, 'changes-since');
  return {
    ...{ columns, properties, limit: limit + 1, marker },
    ...{ tags: [], sizeMin: undefined, sizeMax: undefined, hidden: false },
    ...{ visibility: undefined, memberStatus: 'accepted' },
    times: since === undefined ? [] : [{ column: 'updated_at', operator: '>=', at: since }],
    sort: [
      { column: 'created_at', direction: 'desc' },
      { column: 'id', direction: 'desc' },
    ],
  };
}

function glanceStatuses(status: string): string[] {
  const known = Object.entries(statuses)
    .filter(([, nova]) => nova.status === status)
    .map(([glance]) => glance);
  return known.length > 0 ? known : ['none'];
}

async function list({ proxied }: ComputeSettings, request: Request, collection: 'images' | 'images/detail') {
  const search = searchOf(request);
  const listing = listingOf(search);
  const found = await proxied.image.listImages(caller(request), listing);
  const page = found.slice(0, listing.limit - 1);
  const last = found.length > page.length ? page.at(-1) : undefined;
  const view = collection === 'images' ? summary : detail;
  return {
    images: page.map((image) => view(image, request.baseUrl)),
    ...(last === undefined ? {} : { images_links: nextLink(request.baseUrl, collection, search, last.id) }),
  };
}

const until235 = { max: version('2.35') };

/** Images as Nova passed them on until 2.35, and what is noted on them until 2.38. */
export function imageRoutes(settings: ComputeSettings): Route[] {
  const { image } = settings.proxied;
  const idOf = (request: Request) => request.params.imageId ?? '';
  return [
    route({
      method: 'GET',
      path: '/v2.1/images',
      operation: 'compute:images:list',
      policy: policies.projectReader,
      versions: until235,
      handler: (request) => list(settings, request, 'images'),
    }),
    route({
      method: 'GET',
      path: '/v2.1/images/detail',
      operation: 'compute:images:detail',
      policy: policies.projectReader,
      versions: until235,
      handler: (request) => list(settings, request, 'images/detail'),
    }),
    route({
      method: 'GET',
      path: '/v2.1/images/:imageId',
      operation: 'compute:images:get',
      policy: policies.projectReader,
      versions: until235,
      handler: async (request) => ({
        image: detail(await image.getImage(caller(request), idOf(request)), request.baseUrl),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/v2.1/images/:imageId',
      operation: 'compute:images:delete',
      policy: policies.projectMember,
      versions: until235,
      status: 204,
      handler: (request) => image.deleteImage(caller(request), idOf(request)),
    }),
    ...metadataRoutes(settings),
  ];
}

function metadataRoutes(settings: ComputeSettings): Route[] {
  const { image } = settings.proxied;
  const idOf = (request: Request) => request.params.imageId ?? '';
  return metadataRoutesOf({
    path: '/v2.1/images/:imageId',
    resource: 'image',
    versions: { max: version('2.38') },
    read: async (request) => (await image.getImage(caller(request), idOf(request))).properties,
    async change(request, next) {
      const context = caller(request);
      const current = await image.getImage(context, idOf(request));
      await checkMetadata(settings, context.projectId ?? '', next(current.properties));
      const changed = await image.patchImage(context, idOf(request), ({ properties }) => ({
        properties: next(properties),
      }));
      return changed.properties;
    },
  });
}
