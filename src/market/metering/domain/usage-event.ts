import { createHash } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { canonicalJson } from '../../../kernel/base/canonical-json.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { KeystoneIdSchema } from '../../../kernel/http/house-api.ts';

/** An interval is at most this long: what lasts longer is reported in parts. */
export const longestIntervalDays = 32;

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
    unit: Type.Literal('second'),
  }),
});
export type UsageEventView = Static<typeof UsageEventSchema>;

/** A usage event, checked. */
export interface UsageEvent {
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly projectId: string;
  readonly resourceId: string;
  readonly start: Date;
  readonly end: Date;
  readonly quantity: bigint;
  /** Tells a repetition from another event under the same id. */
  readonly contentHash: Buffer;
}

/** The event; 400 when its interval makes no sense. `index` is its place in the batch. */
export function parseUsageEvent(view: UsageEventView, index: number): UsageEvent {
  const { projectId, quantity } = view.data;
  const start = new Date(view.data.start);
  const end = new Date(view.data.end);
  const days = (end.getTime() - start.getTime()) / 86_400_000;
  if (!(days >= 0 && days <= longestIntervalDays)) {
    throw badRequest(
      `body/${index}/data: end must be at or after start, and at most ${longestIntervalDays} days later.`,
    );
  }
  const content = [view.type, view.subject, projectId, start.toISOString(), end.toISOString(), quantity];
  return {
    ...{ source: view.source, id: view.id, type: view.type, projectId, start, end },
    resourceId: view.subject,
    quantity: BigInt(quantity),
    contentHash: createHash('sha256').update(canonicalJson(content)).digest(),
  };
}
