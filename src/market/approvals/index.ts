import type { Context } from '../../kernel/access/context.ts';
import type { Route } from '../../kernel/http/index.ts';
import type { Migrations, Tx } from '../../kernel/store/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import { type Adjusting, adjustIn } from './adjusting.ts';
import { policyRoutes } from './api/policies.ts';
import { requestRoutes } from './api/requests.ts';
import { createDeciding } from './deciding.ts';
import type { ApprovalRequest } from './domain/request.ts';
import { type Placed, type Placing, placeIn } from './placing.ts';
import { findRequests, freeReservation, replaceReservations } from './store/requests.ts';

export { approvalView } from './api/request-view.ts';
export type { ApprovalRequest } from './domain/request.ts';
export type { Placed, Placing } from './placing.ts';

export const approvalsMigrations: Migrations = {
  context: 'market_approvals',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface ApprovalsDeps extends MarketDeps {
  readonly partners: PartnersApi;
  /** The calendar of the dates in messages. */
  readonly timeZone: string;
}

/** How a request that waited has ended. */
export interface Ended {
  readonly orderId: string;
  readonly state: 'granted' | 'refused' | 'withdrawn' | 'expired';
  /** Why it was refused, in the words of whoever did. */
  readonly reason: string | null;
  readonly language: Context['language'];
  readonly at: Date;
}

/** Told in the transaction that ends the request. */
export type EndListener = (tx: Tx, ended: Ended) => Promise<void>;

/** What orders ask of their organisation's purchasing policy. */
export interface ApprovalsApi {
  /**
   * Weighs an order in the transaction that places it, and reserves what it may cost; 409 when the policy refuses it. Costs a look
   * at an index where the organisation has no policy; orders of one that has are weighed one after the other.
   */
  place(tx: Tx, context: Context, placing: Placing): Promise<Placed>;
  /** What was asked for these orders; those that nothing was weighed for are missing. */
  of(orderIds: readonly string[]): Promise<ReadonlyMap<string, ApprovalRequest>>;
  /** What an order, or all of a subscription's, reserved counts no more. */
  free(tx: Tx, what: { readonly orderId: string } | { readonly subscriptionId: string }, at: Date): Promise<void>;
  /** A change of plan is done: what the new plan may cost takes the place of what the one before did. */
  replace(tx: Tx, orderId: string, at: Date): Promise<void>;
  /** Weighs another spending ceiling for what runs, in the transaction that sets it; 403 or 409 when that may not be. */
  adjust(tx: Tx, context: Context, adjusting: Adjusting): Promise<void>;
  onEnd(listener: EndListener): void;
}

/** Purchasing policies: cost centres, budgets, and who has to agree to what. */
export function createApprovals(deps: ApprovalsDeps): { api: ApprovalsApi; routes: readonly Route[] } {
  const listeners: EndListener[] = [];
  const deciding = createDeciding(deps, async (tx, ended) => {
    for (const listener of listeners) await listener(tx, ended);
  });
  const api: ApprovalsApi = {
    place: (tx, context, placing) => placeIn(deps, tx, context, placing),
    of: async (ids) => new Map((await findRequests(deps.store.db, ids)).map((request) => [request.id, request])),
    free: freeReservation,
    replace: replaceReservations,
    adjust: (tx, context, adjusting) => adjustIn(deps, tx, context, adjusting),
    onEnd: (listener) => void listeners.push(listener),
  };
  return { api, routes: [...policyRoutes(deps), ...requestRoutes(deps, deciding)] };
}
