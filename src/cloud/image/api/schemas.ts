import { policies } from '../../../kernel/access/policy.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import { attributes } from '../domain/attributes.ts';
import { metadefSchemas } from './metadefs/schemas.ts';

const image = {
  name: 'image',
  properties: Object.fromEntries(Object.entries(attributes).map(([name, { schema }]) => [name, schema])),
  additionalProperties: { type: 'string' },
  links: [
    { rel: 'self', href: '{self}' },
    { rel: 'enclosure', href: '{file}' },
    { rel: 'describedby', href: '{schema}' },
  ],
};

const member = {
  name: 'member',
  properties: {
    member_id: { type: 'string' },
    image_id: { type: 'string' },
    created_at: { type: 'string' },
    updated_at: { type: 'string' },
    status: { type: 'string', enum: ['pending', 'accepted', 'rejected'] },
    schema: { type: 'string', readOnly: true },
  },
};

function page(name: string, items: unknown): unknown {
  return {
    name,
    properties: {
      [name]: { type: 'array', items },
      first: { type: 'string' },
      next: { type: 'string' },
      schema: { type: 'string' },
    },
    links: [
      { rel: 'first', href: '{first}' },
      { rel: 'next', href: '{next}' },
      { rel: 'describedby', href: '{schema}' },
    ],
  };
}

const schemas: Readonly<Record<string, unknown>> = {
  image,
  member,
  images: page('images', image),
  members: { name: 'members', properties: { members: { type: 'array', items: member }, schema: { type: 'string' } } },
  ...Object.fromEntries(Object.entries(metadefSchemas).map(([name, schema]) => [`metadefs/${name}`, schema])),
};

/** The JSON Schemas of what this API shows. */
export function schemaRoutes(): Route[] {
  return Object.entries(schemas).map(([name, schema]) =>
    route({
      method: 'GET',
      path: `/v2/schemas/${name}`,
      operation: `image:schemas:${name}`,
      policy: policies.authenticated,
      handler: () => schema,
    }),
  );
}
