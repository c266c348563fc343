import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../kernel/base/clock.ts';
import { derivedId } from '../../kernel/base/ids.ts';
import { sql } from '../../kernel/store/index.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { marketMigrations } from '../index.ts';
import { type Call, caller, startMarket } from './market.ts';
import { type Publishers, startPublishers } from './publishers.ts';
import { compose, openStore, people, quoteIn, type Scene, sell } from './scene.ts';
import { createSimulatedCloud } from './simulated-cloud.ts';

const child = fileURLToPath(new URL('./crash.fixture.ts', import.meta.url));
/** Compiled code is kept between the many processes of a sweep. */
const compiled = join(tmpdir(), `andromede-compiled-${process.getuid?.()}`);
const usedAt = '2026-03-10T10:00:00Z';

/** Every moment around every one of these steps: `market.order.provision/reserve@before-effect`… */
export function crashesAround(
  workflow: string,
  steps: readonly string[],
  how: Crash['how'] = 'works',
  moments: readonly string[] = ['before-effect', 'after-effect', 'after-record'],
): Crash[] {
  return steps.flatMap((step) => moments.map((moment) => ({ point: `${workflow}/${step}@${moment}`, how })));
}

/** What is left when a story was killed once and gone on with. */
export interface Outcome {
  /** How the first process ended: `SIGKILL`, or null when it never came to the crash point. */
  readonly killed: NodeJS.Signals | null;
  readonly order: string;
  readonly subscription: string;
  /** How often the stack was created, and whether one is left. */
  readonly stacksCreated: number;
  readonly stacksLeft: number;
  /** What publishers' systems still have for customers: spaces and databases. */
  readonly leftElsewhere: number;
  readonly credentials: number;
  /** What it still takes of the customer's budgets, in cents. */
  readonly reserved: bigint;
  /** What the customer owes for this subscription, in cents, from the ledger; null without an entry. */
  readonly charged: bigint | null;
  /** Each kind of fact about the order and the subscription, with how often it was recorded. */
  readonly facts: Readonly<Record<string, number>>;
}

/**
 * A crash point, and the story: one that works, or whose stack fails; or a composite, or one whose webhook refuses; or one that
 * somebody has to approve, or that its spending ceiling suspends.
 */
export interface Crash {
  readonly point: string;
  readonly how: 'works' | 'fails' | 'composite' | 'composite-fails' | 'approved' | 'ceiling';
}

/**
 * Plays a story a crash: each process goes on with the story of the one that was killed before it, then is killed in its own.
 * Answers what was left of each, by crash point.
 */
export async function sweepCrashes(crashes: readonly Crash[]): Promise<Map<string, Outcome>> {
  const store = await createTestStore(marketMigrations);
  try {
    const { stories, publishers } = await quoteStories(store, crashes);
    const ends: (NodeJS.Signals | null)[] = [];
    for (let n = 0; n <= stories.length; n += 1) {
      const unfinished = stories[n - 1] ?? null;
      const next = stories[n] ?? null;
      const story = { connection: store.connection, unfinished, next, usedAt };
      const point = stories[n]?.point ?? '';
      ends.push(await run({ TEST_STORY: JSON.stringify(story), ANDROMEDE_CRASH_AT: point }));
    }
    const outcomes = new Map<string, Outcome>();
    const leftElsewhere = publishers.spaces.spaces.size + publishers.databases.instances.size;
    await publishers.close();
    for (const [n, story] of stories.entries()) {
      outcomes.set(story.point, { ...(await outcome(store, story, ends[n] ?? null)), leftElsewhere });
    }
    return outcomes;
  } finally {
    await store.close();
  }
}

type Story = Crash & { readonly quoteId: string };

/** Opens a store and quotes a price for each story, in this process, which then leaves the jobs to the others. */
async function quoteStories(
  store: TestStore,
  crashes: readonly Crash[],
): Promise<{ stories: Story[]; publishers: Publishers }> {
  const { notifications, log } = store;
  const market = await startMarket({ store, notifications, log, clock: systemClock });
  const call = caller(market.url);
  const works = await openStore(call);
  const fails = { ...works, ...(await sell(call, works, 'fail')) };
  const publishers = await startPublishers(call, works.publisherId);
  const composite = { ...works, ...(await compose(call, works, publishers)) };
  const approved = { ...works, customerId: await carefulCustomer(call) };
  const scenes: Record<Crash['how'], Scene> = {
    ...{ works, fails, composite, 'composite-fails': composite, approved, ceiling: works },
  };
  const stories: Story[] = [];
  for (const crash of crashes) {
    const parameters = crash.how === 'composite-fails' ? { name: 'forbidden' } : {};
    const { body } = await call(people.customer, 'POST /quotes', quoteIn(scenes[crash.how], parameters));
    stories.push({ ...crash, quoteId: String(body.id) });
  }
  await market.close();
  return { stories, publishers };
}

/** An organisation whose every order somebody has to approve: the customer, who may do so for its own. */
async function carefulCustomer(call: Call): Promise<string> {
  const organisation = { name: 'Careful', roles: ['customer'], country: 'FR', owners: [people.customer.split('@')[0]] };
  const { id } = (await call(people.operator, 'POST /organisations', organisation)).body;
  const levels = [{ above: { amount: '0', currency: 'EUR' }, by: 'owner' }];
  const policy = { version: 0, costCentres: [], levels, ownApproval: true };
  await call(people.customer, `PUT /organisations/${id}/purchasing-policy`, policy);
  return id;
}

function run(environment: Record<string, string>): Promise<NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_COMPILE_CACHE: compiled, ...environment };
    const process_ = fork(child, { env, stdio: 'inherit' });
    process_.once('error', reject).once('exit', (code, signal) => {
      if (code === 0 || signal !== null) resolve(signal);
      else reject(new Error(`the customer's process ended with ${code}`));
    });
  });
}

async function outcome(
  store: TestStore,
  { quoteId, how }: Story,
  killed: NodeJS.Signals | null,
): Promise<Omit<Outcome, 'leftElsewhere'>> {
  const { rows } = await sql<{ id: string; state: string; subscription_id: string; subscription: string }>`
    select o.id, o.state, o.subscription_id, s.state as subscription
    from market_orders.order o join market_subscriptions.subscription s on s.id = o.subscription_id
    where o.quote_id = ${quoteId}`.execute(store.db);
  const [order] = rows;
  if (order === undefined) throw new Error('the order is lost');
  const isComposite = how.startsWith('composite');
  const instance = isComposite ? derivedId('instance', order.subscription_id, 'stack') : order.subscription_id;
  const name = `sub-${instance}`;
  const cloud = createSimulatedCloud(store);
  const { rows: charges } = await sql<{ total: bigint }>`select sum(p.amount)::bigint as total
    from market_billing.invoice_draft d join market_ledger.entry e on e.reference = d.id::text
      join market_ledger.posting p on p.entry_id = e.id join market_ledger.account a on a.id = p.account_id
    where d.subscription_id = ${order.subscription_id} and a.name = 'receivable' group by d.subscription_id`.execute(
    store.db,
  );
  const { rows: reservations } = await sql<{ reserved: bigint }>`
    select coalesce(sum(reserved_minor), 0)::bigint as reserved from market_approvals.request
    where id = ${order.id} and freed_at is null`.execute(store.db);
  const { rows: facts } = await sql<{
    kind: string;
    count: bigint;
  }>`select kind, count(*) as count from market_trust.fact
    where subject in (${order.id}, ${order.subscription_id}) group by kind order by kind`.execute(store.db);
  return {
    killed,
    order: order.state,
    subscription: order.subscription,
    stacksCreated: (await cloud.creations())[name] ?? 0,
    stacksLeft: (await cloud.stacks()).length,
    credentials: (await cloud.credentials()).length,
    reserved: reservations[0]?.reserved ?? 0n,
    charged: charges[0]?.total ?? null,
    facts: Object.fromEntries(facts.map(({ kind, count }) => [kind, Number(count)])),
  };
}

/** What a story that works leaves, whatever happened on the way: 10 minutes at 0.023 €, with VAT. */
export const worked = {
  killed: 'SIGKILL',
  ...{ order: 'completed', subscription: 'terminated' },
  ...{ stacksCreated: 1, stacksLeft: 0, leftElsewhere: 0, credentials: 1, reserved: 0n, charged: 28n },
  facts: {
    'market.order.accepted': 1,
    'market.order.completed': 1,
    'market.order.provisioning': 1,
    'market.subscription.activated': 1,
    'market.subscription.terminated': 1,
    'market.subscription.termination-asked': 1,
  },
};

/** What a story leaves whose stack fails: nothing but the record. */
export const failed = {
  killed: 'SIGKILL',
  ...{ order: 'failed', subscription: 'failed' },
  ...{ stacksCreated: 1, stacksLeft: 0, leftElsewhere: 0, credentials: 1, reserved: 0n, charged: null },
  facts: {
    'market.order.accepted': 1,
    'market.order.failed': 1,
    'market.order.provisioning': 1,
    'market.subscription.failed': 1,
  },
};

/** What a composite leaves that was suspended and resumed on the way. */
export const workedAsComposite = {
  ...worked,
  facts: {
    ...worked.facts,
    'market.subscription.resumed': 1,
    'market.subscription.resumption-asked': 1,
    'market.subscription.suspended': 1,
    'market.subscription.suspension-asked': 1,
  },
};

/** What an order leaves that was approved on the way: one decision, and nothing of the budget. */
export const workedAsApproved = {
  ...worked,
  facts: { ...worked.facts, 'market.approval.approved': 1, 'market.approval.asked': 1 },
};

/** What a subscription leaves that its ceiling has suspended: each alert and the suspension once, and all that ran charged. */
export const workedToCeiling = {
  ...worked,
  facts: {
    ...worked.facts,
    'market.spending.alert': 2,
    'market.subscription.suspended': 1,
    'market.subscription.suspension-asked': 1,
  },
};
