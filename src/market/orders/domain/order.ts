import type { Terms } from '../../subscriptions/index.ts';

/** A price that is guaranteed until a date. */
export interface Quote {
  readonly id: string;
  readonly customerId: string;
  readonly userId: string;
  readonly terms: Terms;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly validUntil: Date;
  readonly createdAt: Date;
}

/** `accepted` → `provisioning` → `completed`, or `failed`: then nothing is left of it and it costs nothing. */
export type OrderState = 'accepted' | 'provisioning' | 'completed' | 'failed';

/** A quote that was accepted. */
export interface Order {
  readonly id: string;
  readonly quoteId: string;
  readonly customerId: string;
  readonly userId: string;
  readonly subscriptionId: string;
  readonly workflowId: string;
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
