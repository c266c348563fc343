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

const { connection, unfinished, next, usedAt } = JSON.parse(process.env.TEST_STORY ?? '{}');
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
    await doTasks();
    await systemClock.sleep(20);
  }
}

/** Whoever has a task does it at once. */
async function doTasks(): Promise<void> {
  for (const state of ['open', 'claimed']) {
    const { body } = await call(people.publisher, `GET /tasks?state=${state}`);
    for (const { id } of body.items) {
      await call(people.publisher, `POST /tasks/${id}/claim`);
      await call(people.publisher, `POST /tasks/${id}/complete`, { outputs: { report: 'Done.' } });
    }
  }
}

/** A composite is suspended and resumed, once, before it ends. */
async function rest(subscriptionId: string): Promise<void> {
  const path = `/subscriptions/${subscriptionId}`;
  for (const [verb, during] of [
    ['suspend', 'suspending'],
    ['resume', 'resuming'],
  ]) {
    await call(people.customer, `POST ${path}/${verb}`, {}, { key: `${verb}-${subscriptionId}` });
    await settled(`GET ${path}`, [during ?? '']);
  }
}

async function play({ quoteId, how }: { readonly quoteId: string; readonly how: string }): Promise<void> {
  const wanted = { quoteId, ...(how === 'ceiling' && { spendingCeiling: { amount: '0.10', currency: 'EUR' } }) };
  const order = await call(people.customer, 'POST /orders', wanted, { key: `order-${quoteId}` });
  const { id, subscriptionId } = order.body;
  if (how === 'approved') await call(people.customer, `POST /approvals/${id}/approve`, {}, { key: `approve-${id}` });
  const end = await settled(`GET /orders/${id}`, ['accepted', 'provisioning']);

  // Usage may be of a resource, or of the subscription itself.
  const server = how === 'works' ? simulatedServerId(`sub-${subscriptionId}`) : subscriptionId;
  // A ceiling is of the month that runs: all at once and now, so that it is of no other month.
  const at = how === 'ceiling' ? systemClock.now().toISOString() : usedAt;
  const event = usageEvent(`use-${subscriptionId}`, server, at, 600);
  if (how === 'ceiling') Object.assign((event as { data: object }).data, { end: at });
  await call(people.operator, 'POST /usage-events', [event]);
  if (end === 'completed') {
    const key = `of-${subscriptionId}`;
    if (how === 'composite') await rest(subscriptionId);
    if (how === 'ceiling') await settled(`GET /subscriptions/${subscriptionId}`, ['active', 'suspending']);
    await call(people.customer, `POST /subscriptions/${subscriptionId}/terminate`, {}, { key });
    await settled(`GET /subscriptions/${subscriptionId}`, ['terminating']);
    const month = how === 'ceiling' ? undefined : usedAt.slice(0, 7);
    const draft = await call(people.operator, 'POST /invoice-drafts', { subscriptionId, month }, { key });
    await call(people.operator, `POST /invoice-drafts/${draft.body.id}/finalise`, {}, { key });
  }
}

if (unfinished !== null) await play(unfinished);
flushCompileCache();
armed = true;
if (next !== null) await play(next);
await market.close();
await notifications.close();
await store.close();
