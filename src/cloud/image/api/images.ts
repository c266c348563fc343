import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault, notFound } from '../../../kernel/base/errors.ts';
import { caller, Reply, type Route, route, validator } from '../../../kernel/http/index.ts';
import { attributes, isAttribute, maxProperties, refuseReadOnly } from '../domain/attributes.ts';
import type { Visibility } from '../domain/image.ts';
import { applyPatch, type PatchSpelling, parsePatch } from '../domain/json-patch.ts';
import type { ImageAttributes } from '../operations/images.ts';
import type { ImageApi } from '../operations/index.ts';
import type { ImageRow } from '../store/tables.ts';
import { parseListQuery } from './list-query.ts';
import { imageView } from './view.ts';

const patchTypes = new Map<string, PatchSpelling>([
  ['application/openstack-images-v2.1-json-patch', 'v2.1'],
  ['application/openstack-images-v2.0-json-patch', 'v2.0'],
]);

const checks = new Map(
  Object.entries(attributes).map(([name, { schema }]) => [
    name,
    validator('body', { type: 'object', properties: { [name]: schema } }),
  ]),
);

/** Throws 400 when the attribute may not have that value. */
function check(name: string, value: unknown): void {
  checks.get(name)?.({ [name]: value });
}

function propertyValue(name: string, value: unknown): string {
  if (name.length > 255) throw badRequest('The name of a property has at most 255 characters.');
  if (typeof value !== 'string') throw badRequest(`Property ${name} must be a string.`);
  return value;
}

/** Splits a creation's body in attributes and properties, and refuses what callers may not write. */
function readCreation(body: Readonly<Record<string, unknown>>): { id: string | undefined; wanted: ImageAttributes } {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    check(name, value);
    if (name === 'id') continue;
    refuseReadOnly(name);
    if (!isAttribute(name)) properties[name] = propertyValue(name, value);
  }
  if (Object.keys(properties).length > maxProperties) {
    throw new Fault('tooLarge', `An image has at most ${maxProperties} properties.`);
  }
  const wanted: ImageAttributes = {
    name: body.name as string | null | undefined,
    owner: body.owner as string | null | undefined,
    visibility: body.visibility as Visibility | undefined,
    diskFormat: body.disk_format as string | null | undefined,
    containerFormat: body.container_format as string | null | undefined,
    minDisk: body.min_disk as number | undefined,
    minRam: body.min_ram as number | undefined,
    protected: body.protected as boolean | undefined,
    hidden: body.os_hidden as boolean | undefined,
    tags: body.tags as string[] | undefined,
    properties,
  };
  return { id: body.id as string | undefined, wanted };
}

/** The columns that a patch changes, checked like a creation. */
function columnsOf(changes: ReadonlyMap<string, unknown>): Partial<ImageRow> {
  const columns: Record<string, unknown> = {};
  for (const [name, value] of changes) {
    check(name, value);
    const column = attributes[name]?.column;
    if (column !== undefined) columns[column] = name === 'tags' ? [...new Set(value as string[])] : value;
  }
  return columns;
}

/** `/v2/images?…` for the page after `marker`. */
function pageUrl(search: URLSearchParams, marker?: string): string {
  const query = new URLSearchParams(search);
  query.delete('marker');
  if (marker !== undefined) query.set('marker', marker);
  return query.size === 0 ? '/v2/images' : `/v2/images?${query}`;
}

/** Images without their bytes. */
export function imageRoutes(api: ImageApi): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v2/images',
      operation: 'image:images:create',
      policy: policies.projectMember,
      status: 201,
      body: Type.Record(Type.String(), Type.Unknown()),
      async handler(request) {
        const { id, wanted } = readCreation(request.body);
        const image = await api.createImage(caller(request), wanted, id === undefined ? {} : { id });
        return new Reply({ body: imageView(image), headers: { Location: `${request.baseUrl}/v2/images/${image.id}` } });
      },
    }),
    route({
      method: 'GET',
      path: '/v2/images',
      operation: 'image:images:list',
      policy: policies.projectReader,
      async handler(request) {
        const { pathname, searchParams: search } = new URL(request.url, 'http://x');
        // `/v2/images/` asks for an image without an id.
        if (pathname.endsWith('/')) throw notFound('Image', '');
        const query = parseListQuery(search);
        const images = await api.listImages(caller(request), { ...query, limit: query.limit + 1 });
        const page = images.slice(0, query.limit);
        const next = images.length > page.length ? page.at(-1) : undefined;
        return {
          images: page.map(imageView),
          first: pageUrl(search),
          ...(next === undefined ? {} : { next: pageUrl(search, next.id) }),
          schema: '/v2/schemas/images',
        };
      },
    }),
    route({
      method: 'GET',
      path: '/v2/images/:imageId',
      operation: 'image:images:get',
      policy: policies.projectReader,
      handler: async (request) => imageView(await api.getImage(caller(request), request.params.imageId ?? '')),
    }),
    route({
      method: 'PATCH',
      path: '/v2/images/:imageId',
      operation: 'image:images:update',
      policy: policies.projectMember,
      body: Type.Unknown(),
      async handler(request) {
        const type =
          String(request.headers['content-type'] ?? '')
            .split(';')[0]
            ?.trim() ?? '';
        const spelling = patchTypes.get(type);
        if (spelling === undefined) {
          throw new Fault('unsupportedMediaType', `Send the patch as ${[...patchTypes.keys()].join(' or ')}.`);
        }
        const context = caller(request);
        const patch = parsePatch(request.body, spelling);
        const image = await api.patchImage(context, request.params.imageId ?? '', (current) => {
          const result = applyPatch(current, patch);
          return { ...columnsOf(result.attributes), properties: result.properties };
        });
        return imageView(image);
      },
    }),
    route({
      method: 'DELETE',
      path: '/v2/images/:imageId',
      operation: 'image:images:delete',
      policy: policies.projectMember,
      status: 204,
      handler: (request) => api.deleteImage(caller(request), request.params.imageId ?? ''),
    }),
    ...(['deactivate', 'reactivate'] as const).map((action) =>
      route({
        method: 'POST',
        path: `/v2/images/:imageId/actions/${action}`,
        operation: `image:images:${action}`,
        policy: policies.projectMember,
        status: 204,
        handler: (request) => api.setActive(caller(request), request.params.imageId ?? '', action === 'reactivate'),
      }),
    ),
  ];
}
