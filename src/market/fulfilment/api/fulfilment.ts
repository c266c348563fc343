import { Type } from 'typebox';
import { IdSchema, LocalizedTextSchema } from '../../../kernel/http/house-api.ts';
import { operations } from '../domain/fulfilment.ts';

const closed = { additionalProperties: false };
const name = '^[A-Za-z_][A-Za-z0-9_-]{0,62}$';
const code = '^[a-z0-9][a-z0-9-]{0,62}$';
const value = Type.Union([Type.String({ maxLength: 65_536 }), Type.Number(), Type.Boolean()]);
const named = (schema: typeof value) =>
  Type.Record(Type.String({ pattern: name }), schema, { maxProperties: 100, additionalProperties: false });
const foreignId = Type.String({ minLength: 1, maxLength: 255 });

/** `Fulfilment` of the domain, as the API takes it. */
export const FulfilmentSchema = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('heat'),
      template: Type.String({ minLength: 1, maxLength: 256 * 1024 }),
      planParameters: Type.Optional(
        Type.Record(Type.String({ pattern: code }), named(value), { maxProperties: 50, additionalProperties: false }),
      ),
    },
    closed,
  ),
  Type.Object({ kind: Type.Literal('webhook'), endpointId: IdSchema }, closed),
  Type.Object(
    {
      kind: Type.Literal('broker'),
      endpointId: IdSchema,
      serviceId: foreignId,
      planId: foreignId,
      planIds: Type.Optional(
        Type.Record(Type.String({ pattern: code }), foreignId, { maxProperties: 50, additionalProperties: false }),
      ),
      bind: Type.Boolean(),
    },
    closed,
  ),
  Type.Object(
    {
      kind: Type.Literal('task'),
      assigneeId: Type.Optional(IdSchema),
      instructions: LocalizedTextSchema,
      operations: Type.Optional(Type.Array(Type.Enum([...operations]), { maxItems: 5, uniqueItems: true })),
    },
    closed,
  ),
]);

/** `OutputsSchema` of the domain, as the API takes it. */
export const OutputsForm = Type.Record(
  Type.String({ pattern: name }),
  Type.Object(
    {
      type: Type.Enum(['string', 'integer', 'number', 'boolean']),
      title: Type.Optional(LocalizedTextSchema),
      secret: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
  { maxProperties: 100, additionalProperties: false },
);
