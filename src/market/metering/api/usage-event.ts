import { Type } from 'typebox';
import { IdSchema, KeystoneIdSchema } from '../../../kernel/http/house-api.ts';
import { baseUnits } from '../../rating/index.ts';

const instant = Type.String({ format: 'date-time', maxLength: 40 });

const interval = {
  start: instant,
  end: instant,
  quantity: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  unit: Type.Enum([...baseUnits]),
};

const attributes = {
  specversion: Type.Literal('1.0'),
  id: Type.String({ minLength: 1, maxLength: 200 }),
  source: Type.String({ minLength: 1, maxLength: 200 }),
  type: Type.String({ pattern: '^[a-z0-9]+([.-][a-z0-9]+){1,15}$', maxLength: 200 }),
  time: Type.Optional(instant),
};

/** What a publisher's own system hands in: its subject is the subscription that has used something. */
export const PublisherEventSchema = Type.Object({ ...attributes, subject: IdSchema, data: Type.Object(interval) });

/** CloudEvents 1.0 (JSON) with a usage interval in `data`; other attributes and facts are kept out of rating. */
export const UsageEventSchema = Type.Object({
  ...attributes,
  /** The id of what was used, e.g. of the server. */
  subject: Type.String({ minLength: 1, maxLength: 200 }),
  data: Type.Object({ projectId: KeystoneIdSchema, ...interval }),
});
