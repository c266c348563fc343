import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../kernel/base/canonical-json.ts';
import { badRequest } from '../../../kernel/base/errors.ts';

/** An interval is at most this long: what lasts longer is reported in parts. */
export const longestIntervalDays = 32;

/** A usage event as it is sent, its form checked. */
export interface UsageEventView {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The id of what was used, e.g. of the server. */
  readonly subject: string;
  readonly data: {
    readonly projectId: string;
    readonly start: string;
    readonly end: string;
    readonly quantity: number;
  };
}

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
