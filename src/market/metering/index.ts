import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import type { Context } from '../../kernel/access/context.ts';
import { policies } from '../../kernel/access/policy.ts';
import { newId } from '../../kernel/base/ids.ts';
import { caller, type Route } from '../../kernel/http/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import type { Usage } from '../rating/index.ts';
import { UsageEventSchema } from './api/usage-event.ts';
import { parseUsageEvent, type UsageEvent } from './domain/usage-event.ts';
import {
  findUsage,
  type Ingested,
  insertUsageEvents,
  notifyUsage,
  type UsageQuery,
  usageChannel,
} from './store/usage-events.ts';

export const meteringMigrations: Migrations = {
  context: 'market_metering',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** What billing asks of metering. */
export interface MeteringApi {
  /** Usage of a project's resources that touches an interval. */
  usage(query: UsageQuery): Promise<Usage[]>;
  /** Calls `listener` after usage of that project has arrived; returns how to stop. */
  onUsage(projectId: string, listener: () => void): () => void;
}

const largestBatch = 5_000;

/** Usage events: each counts exactly once, early, on time or late. */
export function createMetering(
  deps: MarketDeps,
  partners: PartnersApi,
): { api: MeteringApi; routes: readonly Route[] } {
  const { store, clock, trust, idempotency } = deps;

  async function ingest(context: Context, events: readonly UsageEvent[]): Promise<Ingested> {
    await partners.requireOperator(context);
    const at = clock.now();
    return store.transact(async (tx) => {
      const ingested = await insertUsageEvents(tx, events, at);
      if (ingested.accepted === 0 && ingested.conflicting.length === 0) return ingested;
      const digest = createHash('sha256');
      for (const { contentHash } of events) digest.update(contentHash);
      const payload = { ...ingested, digest: digest.digest('hex'), by: context.userId };
      await notifyUsage(tx, events);
      await trust.record(tx, { kind: 'market.usage.received', subject: newId(at.getTime()), at, payload, parties: [] });
      return ingested;
    });
  }

  const routes: Route[] = [
    idempotency.post({
      path: '/v1/usage-events',
      operation: 'market:usage-events:ingest',
      policy: policies.authenticated,
      status: 202,
      bodyLimit: 8 * 1024 * 1024,
      body: Type.Array(UsageEventSchema, { minItems: 1, maxItems: largestBatch }),
      handler: (request) => ingest(caller(request), request.body.map(parseUsageEvent)),
    }),
  ];
  const api: MeteringApi = {
    usage: (query) => findUsage(store.db, query),
    onUsage: (projectId, listener) =>
      deps.notifications.on(usageChannel, (told) => {
        if (told === projectId || told === '') listener();
      }),
  };
  return { api, routes };
}
