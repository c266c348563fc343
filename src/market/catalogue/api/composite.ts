import { Type } from 'typebox';
import { IdSchema } from '../../../kernel/http/house-api.ts';

const closed = { additionalProperties: false };
const name = Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' });
const key = '^[A-Za-z_][A-Za-z0-9_-]{0,62}$';
const keyText = Type.String({ pattern: key });
const OutputRefForm = Type.Object({ component: name, output: keyText }, closed);

const Input = Type.Union([
  Type.Object({ value: Type.Union([Type.String({ maxLength: 65_536 }), Type.Number(), Type.Boolean()]) }, closed),
  Type.Object({ parameter: keyText }, closed),
  OutputRefForm,
]);

/** `CompositeFulfilment` of the domain, as the API takes it. */
export const CompositeSchema = Type.Object(
  {
    kind: Type.Literal('composite'),
    components: Type.Array(
      Type.Object(
        {
          name,
          offeringId: IdSchema,
          planId: IdSchema,
          inputs: Type.Record(keyText, Input, { maxProperties: 100, additionalProperties: false }),
        },
        closed,
      ),
      { minItems: 1, maxItems: 50 },
    ),
    outputs: Type.Record(keyText, OutputRefForm, { maxProperties: 100, additionalProperties: false }),
  },
  closed,
);
