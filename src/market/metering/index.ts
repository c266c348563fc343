import type { Route } from '../../kernel/http/index.ts';
import type { Migrations, Tx } from '../../kernel/store/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import type { Usage } from '../rating/index.ts';
import type { SubscriptionsApi } from '../subscriptions/index.ts';
import { ingestRoutes } from './api/ingest.ts';
import { keyRoutes } from './api/keys.ts';
import { findUsage, findUsageByResource, type UsageQuery, usageChannel } from './store/usage-events.ts';

export const meteringMigrations: Migrations = {
  context: 'market_metering',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** Told in the transaction that keeps usage. */
export type ReceivedListener = (tx: Tx, projectIds: readonly string[]) => Promise<void>;

/** What billing asks of metering. */
export interface MeteringApi {
  /** Usage of a project's resources that touches an interval. */
  usage(query: UsageQuery): Promise<Usage[]>;
  /** Usage of everything in a project that touches an interval, by the resource's id. */
  usageByResource(query: Omit<UsageQuery, 'resourceIds'>): Promise<ReadonlyMap<string, readonly Usage[]>>;
  /** Told, in the transaction that keeps it, of which projects usage has come that counts. */
  onReceived(listener: ReceivedListener): void;
  /** Calls `listener` after usage of that project has arrived; returns how to stop. */
  onUsage(projectId: string, listener: () => void): () => void;
}

export interface MeteringDeps extends MarketDeps {
  readonly partners: PartnersApi;
  readonly subscriptions: SubscriptionsApi;
}

/** Usage events: each counts exactly once, early, on time or late. */
export function createMetering(deps: MeteringDeps): { api: MeteringApi; routes: readonly Route[] } {
  const { store } = deps;
  const listeners: ReceivedListener[] = [];
  const received: ReceivedListener = async (...told) => {
    for (const listener of listeners) await listener(...told);
  };
  const api: MeteringApi = {
    usage: (query) => findUsage(store.db, query),
    usageByResource: (query) => findUsageByResource(store.db, query),
    onReceived: (listener) => void listeners.push(listener),
    onUsage: (projectId, listener) =>
      deps.notifications.on(usageChannel, (told) => {
        if (told === projectId || told === '') listener();
      }),
  };
  return { api, routes: [...ingestRoutes(deps, received), ...keyRoutes(deps)] };
}
