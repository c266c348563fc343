import { createHash } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { preferredLanguage } from '../../../kernel/base/i18n.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { parseUsageEvent, type UsageEvent } from '../domain/usage-event.ts';
import type { MeteringDeps, ReceivedListener } from '../index.ts';
import { findKeyByHash, type PublisherKey } from '../store/keys.ts';
import { type Ingested, insertUsageEvents, notifyUsage } from '../store/usage-events.ts';
import { meteringTexts } from '../texts.ts';
import { keyHash } from './keys.ts';
import { PublisherEventSchema, UsageEventSchema } from './usage-event.ts';

const largestBatch = 5_000;
const batchOf = { minItems: 1, maxItems: largestBatch };
const bodyLimit = 8 * 1024 * 1024;
const PublisherEvents = Type.Array(PublisherEventSchema, batchOf);

type Texts = ReturnType<typeof meteringTexts>;

/** Usage in, in batches: of the cloud in the operator's name, of publishers' own systems under a key. */
export function ingestRoutes(deps: MeteringDeps, received: ReceivedListener): Route[] {
  const { store, clock, trust, idempotency, partners, subscriptions } = deps;

  async function ingest(by: string, parties: readonly string[], events: readonly UsageEvent[]): Promise<Ingested> {
    const at = clock.now();
    return store.transact(async (tx) => {
      const ingested = await insertUsageEvents(tx, events, at);
      if (ingested.accepted === 0 && ingested.conflicting.length === 0) return ingested;
      const digest = createHash('sha256');
      for (const { contentHash } of events) digest.update(contentHash);
      const payload = { ...ingested, digest: digest.digest('hex'), by };
      const projectIds = [...new Set(events.map(({ projectId }) => projectId))];
      await notifyUsage(tx, projectIds);
      await received(tx, projectIds);
      const fact = { kind: 'market.usage.received', subject: newId(at.getTime()), at, payload, parties };
      await trust.record(tx, fact);
      return ingested;
    });
  }

  async function keyOf(authorization: string | undefined, texts: Texts): Promise<PublisherKey> {
    const [, told] = /^Bearer (\S{1,200})$/i.exec(authorization ?? '') ?? [];
    const key = told === undefined ? undefined : await findKeyByHash(store.db, keyHash(told));
    if (key === undefined) throw new Fault('unauthorized', texts.needsKey);
    return key;
  }

  /**
   * A publisher counts what its own subscriptions use, with meters of its own. Its sources are told apart from everybody
   * else's by its id, so that nobody takes another's event ids.
   */
  async function publishersEvents(
    { publisherId }: PublisherKey,
    sent: Static<typeof PublisherEvents>,
    texts: Texts,
  ): Promise<UsageEvent[]> {
    const projects = await subscriptions.soldBy(publisherId, [...new Set(sent.map(({ subject }) => subject))]);
    return sent.map((event, place) => {
      const subject = event.subject.toLowerCase();
      const projectId = projects.get(subject);
      if (projectId === undefined) throw new Fault('notFound', texts.notSold(place, subject));
      if (event.type.startsWith('andromede.')) throw badRequest(texts.reserved(place));
      const own = { ...event, subject, source: `${publisherId}/${event.source}` };
      return parseUsageEvent({ ...own, data: { ...event.data, projectId } }, place);
    });
  }

  return [
    idempotency.post({
      path: '/v1/usage-events',
      operation: 'market:usage-events:ingest',
      policy: policies.authenticated,
      status: 202,
      bodyLimit,
      body: Type.Array(UsageEventSchema, batchOf),
      async handler(request) {
        const context = caller(request);
        await partners.requireOperator(context);
        return ingest(context.userId, [], request.body.map(parseUsageEvent));
      },
    }),
    // No `Idempotency-Key`: the events' own ids do the same.
    route({
      method: 'POST',
      path: '/v1/metering/usage-events',
      operation: 'market:metering:ingest',
      policy: policies.public,
      status: 202,
      bodyLimit,
      body: PublisherEvents,
      async handler({ headers, body }) {
        const texts = meteringTexts(preferredLanguage(headers['accept-language']));
        const key = await keyOf(headers.authorization, texts);
        return ingest(`key ${key.id}`, [key.publisherId], await publishersEvents(key, body, texts));
      },
    }),
  ];
}
