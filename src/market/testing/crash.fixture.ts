/**
 * A customer who buys, uses, terminates and is invoiced, in a process that a crash sweep kills on the way. Everything is asked
 * under fixed Idempotency-Keys, so the process first goes on where the one before it was killed, then begins its own story.
 */
import { flushCompileCache } from 'node:module';
import { systemClock } from '../../kernel/base/clock.ts';
import { createLogger } from '../../kernel/base/log.ts';
import { openNotifications, openStore } from '../../kernel/store/index.ts';
import { type CrashPoint, crashPointFrom } from '../../kernel/work/index.ts';
import { caller, startMarket } from './market.ts';
import { people, usageEvent } from './scene.ts';
import { simulatedServerId } from './simulated-cloud.ts';

const { connection, unfinished, quoteId, usedAt } = JSON.parse(process.env.TEST_STORY ?? '{}');
const log = createLogger('crash', process.env.ANDROMEDE_LOG ?? 'silent');
const store = openStore({ connection, max: 8 });
const notifications = openNotifications(connection, log);
const crash = crashPointFrom(process.env.ANDROMEDE_CRASH_AT);
let armed = false;
const crashPoint: CrashPoint = (name, moment) => (armed ? crash(name, moment) : undefined);
const market = await startMarket({ store, notifications, log, clock: systemClock, crashPoint, instant: true });
const call = caller(market.url);

async function settled(request: string, passing: readonly string[]): Promise<string> {
  for (;;) {
    const { body } = await call(people.customer, request);
    if (!passing.includes(body.state)) return body.state;
    await systemClock.sleep(20);
  }
}

async function play(quoteId: string): Promise<void> {
  const order = await call(people.customer, 'POST /orders', { quoteId }, { key: `order-${quoteId}` });
  const { subscriptionId } = order.body;
  const end = await settled(`GET /orders/${order.body.id}`, ['accepted', 'provisioning']);

  const server = simulatedServerId(`sub-${subscriptionId}`);
  await call(people.operator, 'POST /usage-events', [usageEvent(`use-${subscriptionId}`, server, usedAt, 600)]);
  if (end === 'completed') {
    const key = `of-${subscriptionId}`;
    await call(people.customer, `POST /subscriptions/${subscriptionId}/terminate`, {}, { key });
    await settled(`GET /subscriptions/${subscriptionId}`, ['terminating']);
    const month = usedAt.slice(0, 7);
    const draft = await call(people.operator, 'POST /invoice-drafts', { subscriptionId, month }, { key });
    await call(people.operator, `POST /invoice-drafts/${draft.body.id}/finalise`, {}, { key });
  }
}

if (unfinished !== null) await play(unfinished);
flushCompileCache();
armed = true;
if (quoteId !== null) await play(quoteId);
await market.close();
await notifications.close();
await store.close();
