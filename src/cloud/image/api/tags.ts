import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault, notFound } from '../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { attributes } from '../domain/attributes.ts';
import type { ImageApi } from '../operations/index.ts';

const params = Type.Object({ imageId: Type.String(), tag: Type.String({ minLength: 1, maxLength: 255 }) });
const maxTags = Number(attributes.tags?.schema.maxItems);

function withTag(tags: readonly string[], tag: string): string[] {
  if (!tags.includes(tag) && tags.length >= maxTags) {
    throw new Fault('tooLarge', `An image has at most ${maxTags} tags.`);
  }
  return [...new Set([...tags, tag])];
}

function withoutTag(tags: readonly string[], tag: string): string[] {
  if (!tags.includes(tag)) throw notFound('Tag', tag);
  return tags.filter((other) => other !== tag);
}

/** Single tags of an image. */
export function tagRoutes(api: ImageApi): Route[] {
  const change = (method: 'PUT' | 'DELETE', next: typeof withTag) =>
    route({
      method,
      path: '/v2/images/:imageId/tags/:tag',
      operation: `image:tags:${method === 'PUT' ? 'add' : 'remove'}`,
      policy: policies.projectMember,
      params,
      status: 204,
      async handler(request) {
        const { imageId, tag } = request.params;
        await api.patchImage(caller(request), imageId, ({ tags }) => ({ tags: next(tags, tag) }));
      },
    });
  return [change('PUT', withTag), change('DELETE', withoutTag)];
}
