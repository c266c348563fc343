import { Type } from 'typebox';
import { LocalizedTextSchema } from '../../../kernel/http/house-api.ts';

const closed = { additionalProperties: false };
const name = '^[A-Za-z_][A-Za-z0-9_-]{0,62}$';
const texts = {
  title: Type.Optional(Type.String({ maxLength: 200 })),
  description: Type.Optional(Type.String({ maxLength: 2000 })),
  'x-title': Type.Optional(LocalizedTextSchema),
};
const bounds = { minimum: Type.Optional(Type.Number()), maximum: Type.Optional(Type.Number()) };
const length = Type.Optional(Type.Integer({ minimum: 0, maximum: 65_536 }));
const shortText = Type.String({ maxLength: 65_536 });

const StringParameter = Type.Object(
  {
    type: Type.Literal('string'),
    ...texts,
    default: Type.Optional(shortText),
    enum: Type.Optional(Type.Array(shortText, { minItems: 1, maxItems: 200 })),
    minLength: length,
    maxLength: length,
  },
  closed,
);
const NumberParameter = Type.Object(
  {
    type: Type.Enum(['integer', 'number']),
    ...texts,
    default: Type.Optional(Type.Number()),
    enum: Type.Optional(Type.Array(Type.Number(), { minItems: 1, maxItems: 200 })),
    ...bounds,
  },
  closed,
);
const BooleanParameter = Type.Object(
  { type: Type.Literal('boolean'), ...texts, default: Type.Optional(Type.Boolean()) },
  closed,
);

/** `ParametersSchema` of the domain, as the API takes it. */
export const ParametersForm = Type.Object(
  {
    type: Type.Literal('object'),
    properties: Type.Record(
      Type.String({ pattern: name }),
      Type.Union([StringParameter, NumberParameter, BooleanParameter]),
      {
        maxProperties: 100,
        additionalProperties: false,
      },
    ),
    required: Type.Optional(Type.Array(Type.String({ pattern: name }), { maxItems: 100, uniqueItems: true })),
  },
  closed,
);
