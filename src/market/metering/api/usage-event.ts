import { Type } from 'typebox';
import { KeystoneIdSchema } from '../../../kernel/http/house-api.ts';
import { baseUnits } from '../../rating/index.ts';

const instant = Type.String({ format: 'date-time', maxLength: 40 });

/** CloudEvents 1.0 (JSON) with a usage interval in `data`; other attributes and facts are kept out of rating. */
export const UsageEventSchema = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String({ minLength: 1, maxLength: 200 }),
  source: Type.String({ minLength: 1, maxLength: 200 }),
  type: Type.String({ pattern: '^[a-z0-9]+([.-][a-z0-9]+){1,15}$', maxLength: 200 }),
  /** The id of what was used, e.g. of the server. */
  subject: Type.String({ minLength: 1, maxLength: 200 }),
  time: Type.Optional(instant),
  data: Type.Object({
    projectId: KeystoneIdSchema,
    start: instant,
    end: instant,
    quantity: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    unit: Type.Enum([...baseUnits]),
  }),
});
