import Type, { type TSchema } from 'typebox';

/** What may be sent and is shown of metadata definitions (Glance API reference, "Metadata definitions"). */

export function exact<P extends Record<string, TSchema>>(properties: P) {
  return Type.Object(properties, { additionalProperties: false });
}

export const definitionName = Type.String({ minLength: 1, maxLength: 80 });
export const description = Type.Optional(Type.Union([Type.String({ maxLength: 500 }), Type.Null()]));

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string', 'null'] as const;
const count = Type.Optional(Type.Integer({ minimum: 0 }));
const texts = Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 256 }));

/** A property's definition, without its name. */
const propertyFacts = {
  title: Type.String({ maxLength: 255 }),
  type: Type.Unsafe<(typeof types)[number]>({ type: 'string', enum: types }),
  description: Type.Optional(Type.String({ maxLength: 4096 })),
  operators: texts,
  readonly: Type.Optional(Type.Boolean()),
  default: Type.Optional(Type.Unknown()),
  enum: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 1024 })),
  minimum: Type.Optional(Type.Number()),
  maximum: Type.Optional(Type.Number()),
  minLength: count,
  maxLength: count,
  pattern: Type.Optional(Type.String({ maxLength: 1024 })),
  items: Type.Optional(
    exact({
      type: Type.Optional(Type.Unsafe<string>({ type: 'string', enum: types })),
      enum: Type.Optional(Type.Array(Type.Unknown())),
    }),
  ),
  minItems: count,
  maxItems: count,
  uniqueItems: Type.Optional(Type.Boolean()),
  additionalItems: Type.Optional(Type.Boolean()),
};

export const propertyBody = exact({ name: definitionName, ...propertyFacts });

export const objectBody = exact({
  name: definitionName,
  description,
  required: texts,
  properties: Type.Optional(Type.Record(definitionName, exact(propertyFacts))),
});

export const tagBody = exact({ name: definitionName });

export const tagsBody = exact({ tags: Type.Array(tagBody, { maxItems: 1024 }) });

export const associationBody = exact({
  name: definitionName,
  prefix: Type.Optional(Type.Union([Type.String({ maxLength: 80 }), Type.Null()])),
  properties_target: Type.Optional(Type.Union([Type.String({ maxLength: 80 }), Type.Null()])),
});

const namespaceFacts = {
  namespace: definitionName,
  display_name: Type.Optional(Type.Union([Type.String({ maxLength: 80 }), Type.Null()])),
  description,
  visibility: Type.Optional(
    Type.Unsafe<'public' | 'private'>({ type: 'string', enum: ['public', 'private'], default: 'private' }),
  ),
  protected: Type.Optional(Type.Boolean()),
  owner: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
};

export const namespaceChange = exact(namespaceFacts);

/** A new one may bring all that it defines. */
export const namespaceBody = exact({
  ...namespaceFacts,
  resource_type_associations: Type.Optional(Type.Array(associationBody, { maxItems: 64 })),
  properties: Type.Optional(Type.Record(definitionName, exact(propertyFacts))),
  objects: Type.Optional(Type.Array(objectBody, { maxItems: 256 })),
  tags: Type.Optional(Type.Array(tagBody, { maxItems: 1024 })),
});

const shownTimes = {
  created_at: { type: 'string', format: 'date-time', readOnly: true },
  updated_at: { type: 'string', format: 'date-time', readOnly: true },
};
const shownPlace = { self: { type: 'string', readOnly: true }, schema: { type: 'string', readOnly: true } };

function shown(name: string, { properties }: { readonly properties: object }, more: object = {}): object {
  return { name, type: 'object', properties: { ...properties, ...shownTimes, ...more } };
}

const property = { name: 'property', type: 'object', properties: propertyBody.properties };
const single = {
  namespace: shown('namespace', namespaceBody, shownPlace),
  resource_type: shown('resource_type_association', associationBody),
  object: shown('object', objectBody, shownPlace),
  property,
  tag: shown('tag', tagBody),
};

function page(name: string, items: object): object {
  const links = { first: { type: 'string' }, next: { type: 'string' }, schema: { type: 'string' } };
  return { name, type: 'object', properties: { [name]: { type: 'array', items }, ...links } };
}

/** The documents under `/v2/schemas/metadefs`, by name. */
export const metadefSchemas: Readonly<Record<string, object>> = {
  ...single,
  namespaces: page('namespaces', single.namespace),
  resource_types: page('resource_type_associations', single.resource_type),
  objects: page('objects', single.object),
  tags: page('tags', single.tag),
  properties: {
    name: 'properties',
    type: 'object',
    properties: { properties: { type: 'object', additionalProperties: property } },
  },
};
