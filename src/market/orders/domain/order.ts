import type { Terms } from '../../subscriptions/index.ts';

/** A price that is guaranteed until a date. */
export interface Quote {
  readonly id: string;
  readonly customerId: string;
  readonly userId: string;
  readonly terms: Terms;
  /** Whose plan it would change; null for something new. */
  readonly subscriptionId: string | null;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly validUntil: Date;
  readonly createdAt: Date;
}

/**
 * `accepted` → `provisioning` → `completed`, or `failed`: then nothing is left of it and it costs nothing. Where somebody has to
 * agree first: `awaiting-approval` → `accepted`, or `rejected`.
 */
export type OrderState = 'awaiting-approval' | 'rejected' | 'accepted' | 'provisioning' | 'completed' | 'failed';

/** Something new, or another plan for something that runs. */
export type OrderKind = 'new' | 'change-plan';

/** A quote that was accepted. */
export interface Order {
  readonly id: string;
  readonly quoteId: string;
  readonly customerId: string;
  readonly userId: string;
  readonly subscriptionId: string;
  readonly workflowId: string;
  readonly kind: OrderKind;
  readonly state: OrderState;
  readonly fault: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** How long a quote holds. */
export const quoteDays = 7;

/** When a quote made at `now` ends. */
export function quoteEnd(now: Date): Date {
  return new Date(now.getTime() + quoteDays * 86_400_000);
}
