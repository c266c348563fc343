import type { Context } from '../../kernel/access/context.ts';
import { conflict, Fault } from '../../kernel/base/errors.ts';
import { derivedId, newId } from '../../kernel/base/ids.ts';
import { createSealer } from '../../kernel/base/sealing.ts';
import type { Route } from '../../kernel/http/index.ts';
import { type Connection, emit, type Migrations, type Tx } from '../../kernel/store/index.ts';
import type { RecordedFault, Step, StepContext, Workflow } from '../../kernel/work/index.ts';
import type { CatalogueApi } from '../catalogue/index.ts';
import type { CloudCredential, FulfilmentApi, PersonalToken, StackCloud } from '../fulfilment/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import { subscriptionRoutes } from './api/subscriptions.ts';
import {
  componentsOf,
  graphOf,
  mainComponent,
  type Subscription,
  type SubscriptionState,
  type Terms,
} from './domain/subscription.ts';
import { createCredentials } from './store/credentials.ts';
import {
  addTerms,
  ceiledIn,
  findSubscription,
  givenBy,
  insertSubscription,
  lockCeiling,
  move,
  type NewSubscription,
  projectsOfSold,
  resourcesOf,
  setCeiling,
  setOutputs,
  type Turnover,
  termsOf,
  turnover,
} from './store/subscriptions.ts';
import { subscriptionTexts } from './texts.ts';
import { type ActiveListener, changeWorkflows, type PlanChangeListener } from './work/change.ts';
import { allGiven, componentSteps, type LifecycleDeps, type LifecycleInput } from './work/lifecycle.ts';
import { type EndListener, terminateWorkflow } from './work/terminate.ts';

export { subscriptionView } from './api/subscriptions.ts';
export type { Graph, Subscription, SubscriptionState, Terms } from './domain/subscription.ts';
export { componentsOf, graphOf } from './domain/subscription.ts';
export type { NewSubscription, Turnover } from './store/subscriptions.ts';
export type { PlanChangeListener } from './work/change.ts';
export { type LifecycleInput, stepName } from './work/lifecycle.ts';

export const subscriptionsMigrations: Migrations = {
  context: 'market_subscriptions',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** What orders, metering and billing ask of subscriptions. */
export interface SubscriptionsApi {
  /** The credential with which the market will act for the caller in the project; made with the caller's own token. */
  ensureCredential(owner: PersonalToken, projectId: string): Promise<string>;
  credential(credentialId: string): Promise<CloudCredential>;
  /** A new subscription that waits to be provisioned. */
  create(tx: Tx, subscription: NewSubscription): Promise<void>;
  /** The steps that provision its components, and take them away again when one fails; `stuck` is told when that does not work. */
  provisionSteps<I extends LifecycleInput>(
    graph: LifecycleInput['components'],
    after: readonly string[],
    stuck: (context: StepContext<I>) => Promise<void>,
  ): Step<I>[];
  /** It runs; usage of its resources is charged. Once. */
  activate(tx: Tx, id: string, at: Date): Promise<void>;
  /** It never came to be; it costs nothing. Once. `unauthorized`: the cloud refused the credential. */
  fail(tx: Tx, id: string, fault: RecordedFault, at: Date): Promise<void>;
  /** For the market's own work. */
  find(id: string): Promise<Subscription>;
  /** The subscription for its customer and the operator; for everybody else it does not exist. */
  visible(context: Context, id: string): Promise<Subscription>;
  /** The ids of the things whose usage is charged to it: its own, and those of what it is made of. */
  resources(id: string): Promise<readonly string[]>;
  /** Of these subscriptions those whose offering is the publisher's, each with the project in which it runs. */
  soldBy(publisherId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** What began and ended, period by period: a seller's, or everybody's with null. */
  turnover(bounds: readonly Date[], sellerId: string | null): Promise<readonly Turnover[]>;
  /** At which terms it was sold since its activation, the oldest first. */
  termsOf(id: string): Promise<readonly { readonly since: Date; readonly terms: Terms }[]>;
  /** Begins a change of plan in that transaction; false when its state does not allow it. `onPlanChange` tells how it ended. */
  changePlan(tx: Tx, id: string, workflowId: string, terms: Terms): Promise<boolean>;
  onPlanChange(listener: PlanChangeListener): void;
  /** Tells that one is terminated. */
  onEnd(listener: EndListener): void;
  /** Those in these projects that have a spending ceiling and are not over. */
  ceiledIn(tx: Tx, projectIds: readonly string[]): Promise<readonly string[]>;
  setCeiling(tx: Tx, id: string, minor: bigint | null): Promise<void>;
  /** Its ceiling in minor units, which stays so until the end of the transaction. */
  lockCeiling(tx: Tx, id: string): Promise<bigint | null>;
  /** Begins a suspension in that transaction, for a reason that the market has; false when it is not active. */
  suspendFor(tx: Tx, id: string, reason: string): Promise<boolean>;
  /** Tells that one has begun to run, or runs again. */
  onActive(listener: ActiveListener): void;
  /** Asked before one is resumed; rejects with why it may not be. */
  guardResume(guard: (context: Context, subscription: Subscription) => Promise<void>): void;
  /** Stops what runs, or starts it again; data stay. Asked again while it does, it answers how far it is. */
  suspend(context: Context, id: string): Promise<Subscription>;
  resume(context: Context, id: string): Promise<Subscription>;
  /** Its customer's credentials, which lie sealed; for nobody else, the operator included. */
  secrets(context: Context, id: string): Promise<Readonly<Record<string, unknown>>>;
  /** Stops charging now, and has the stack deleted. Once: asked again, it answers how far it is. */
  terminate(context: Context, id: string): Promise<Subscription>;
}

export interface SubscriptionsDeps extends MarketDeps {
  readonly partners: PartnersApi;
  readonly catalogue: CatalogueApi;
  readonly fulfilment: FulfilmentApi;
  readonly cloud: StackCloud;
  readonly masterKey: Buffer;
}

/** What has been bought, from order to end. */
export function createSubscriptions(deps: SubscriptionsDeps): { api: SubscriptionsApi; routes: readonly Route[] } {
  const { store, clock, trust, partners, work } = deps;
  const sealer = createSealer(deps.masterKey, 'market_subscriptions.credential.sealed_secret');
  const credentials = createCredentials(store, sealer, deps.cloud);

  async function find(id: string, connection: Connection = store.db): Promise<Subscription> {
    const subscription = await findSubscription(connection, id);
    if (subscription === undefined) throw new Error(`subscription ${id} is gone`);
    return subscription;
  }

  const lifecycle: LifecycleDeps = {
    ...{ store, catalogue: deps.catalogue, fulfilment: deps.fulfilment, find, credential: credentials.open },
    sealer: createSealer(deps.masterKey, 'market_subscriptions.component.sealed_secrets'),
  };
  const endListeners: EndListener[] = [];
  const termination = terminateWorkflow({ ...lifecycle, trust }, async (...told) => {
    for (const listener of endListeners) await listener(...told);
  });
  const planListeners: PlanChangeListener[] = [];
  const activeListeners: ActiveListener[] = [];
  const turnedActive: ActiveListener = async (...told) => {
    for (const listener of activeListeners) await listener(...told);
  };
  const resumeGuards: ((context: Context, subscription: Subscription) => Promise<void>)[] = [];
  const changes = changeWorkflows({ ...lifecycle, trust, turnedActive }, async (...told) => {
    for (const listener of planListeners) await listener(...told);
  });
  for (const workflow of [termination, ...Object.values(changes)]) work.register(workflow);

  async function visible(context: Context, id: string): Promise<Subscription> {
    const subscription = await findSubscription(store.db, id);
    if (subscription !== undefined && (await partners.maySee(context, subscription.customerId))) return subscription;
    throw new Fault('notFound', subscriptionTexts(context.language).subscriptionNotFound(id));
  }

  /** A change of state that the customer asks for, and the workflow that makes it true. */
  interface Asked {
    readonly what: string;
    readonly from: readonly SubscriptionState[];
    readonly during: SubscriptionState;
    /** The states in which it has been asked for already. */
    readonly after: readonly SubscriptionState[];
    readonly workflow: Workflow<LifecycleInput>;
    /** Of which there is one for ever, or one each time. */
    readonly workflowId: string;
    readonly endsAt?: Date;
  }

  async function ask(context: Context, subscription: Subscription, asked: Asked): Promise<Subscription> {
    const { id, customerId, state } = subscription;
    const texts = subscriptionTexts(context.language);
    if (state === 'pending') throw conflict(texts.stillPending);
    if (state === 'failed') throw conflict(texts.neverActive);
    if (asked.after.includes(state)) return subscription;
    if (!asked.from.includes(state)) throw conflict(texts.busy(state));
    const at = clock.now();
    await store.transact(async (tx) => {
      const changes = asked.endsAt === undefined ? {} : { ends_at: asked.endsAt };
      if (!(await move(tx, id, asked.from, asked.during, changes))) return;
      const kind = `market.subscription.${asked.what}-asked`;
      const payload = { customerId, ...(asked.endsAt && { endsAt: asked.endsAt }), by: context.userId };
      await trust.record(tx, { kind, subject: id, at, payload, parties: [customerId] });
      await start(tx, subscription, asked.workflow, asked.workflowId);
    });
    return find(id);
  }

  function start(tx: Tx, subscription: Subscription, workflow: Workflow<LifecycleInput>, id: string, terms?: Terms) {
    const components = graphOf(componentsOf(subscription));
    const input = { subscriptionId: subscription.id, components, ...(terms && { terms }) };
    return work.start(tx, workflow, { id, input, queue: `subscription:${subscription.id}` });
  }

  async function terminate(context: Context, id: string): Promise<Subscription> {
    return ask(context, await visible(context, id), {
      ...{ what: 'termination', from: ['active', 'suspended'], during: 'terminating' },
      after: ['terminating', 'terminated'],
      ...{ workflow: termination, workflowId: derivedId('subscription-terminate', id), endsAt: clock.now() },
    });
  }

  async function suspend(context: Context, id: string): Promise<Subscription> {
    const workflowId = newId(clock.now().getTime());
    return ask(context, await visible(context, id), {
      ...{ what: 'suspension', from: ['active'], during: 'suspending', after: ['suspending', 'suspended'] },
      ...{ workflow: changes.suspend, workflowId },
    });
  }

  async function resume(context: Context, id: string): Promise<Subscription> {
    const workflowId = newId(clock.now().getTime());
    const subscription = await visible(context, id);
    if (subscription.state === 'suspended') for (const guard of resumeGuards) await guard(context, subscription);
    return ask(context, subscription, {
      ...{ what: 'resumption', from: ['suspended'], during: 'resuming', after: ['resuming', 'active'] },
      ...{ workflow: changes.resume, workflowId },
    });
  }

  async function suspendFor(tx: Tx, id: string, reason: string): Promise<boolean> {
    if (!(await move(tx, id, ['active'], 'suspending'))) return false;
    const at = clock.now();
    const subscription = await find(id, tx);
    const { customerId } = subscription;
    const fact = { kind: 'market.subscription.suspension-asked', subject: id, at, payload: { customerId, reason } };
    await trust.record(tx, { ...fact, parties: [customerId] });
    await start(tx, subscription, changes.suspend, newId(at.getTime()));
    return true;
  }

  async function secrets(context: Context, id: string): Promise<Readonly<Record<string, unknown>>> {
    const subscription = await visible(context, id);
    const own = await partners.organisationsOf(context);
    if (!own.some((one) => one.id === subscription.customerId)) {
      throw new Fault('notFound', subscriptionTexts(context.language).subscriptionNotFound(id));
    }
    const { outputs } = subscription;
    const given = await allGiven(lifecycle, id);
    return Object.fromEntries(
      Object.entries(shown(subscription, given)).filter(([name]) => !Object.hasOwn(outputs, name)),
    );
  }

  async function tell(
    tx: Tx,
    what: string,
    { id, customerId, projectId }: Subscription,
    at: Date,
    more: object,
  ): Promise<void> {
    const kind = `market.subscription.${what}`;
    const payload = { customerId, projectId, ...more };
    await trust.record(tx, { kind, subject: id, at, payload, parties: [customerId] });
    await emit(tx, { type: `andromede.${kind}.v1`, subject: id, time: at, data: payload });
  }

  const api: SubscriptionsApi = {
    ensureCredential: (owner, projectId) => credentials.ensure(owner, projectId, clock.now()),
    credential: credentials.open,
    create: insertSubscription,
    provisionSteps: (graph, after, stuck) =>
      componentSteps(lifecycle, graph, { operation: 'provision', undo: 'terminate', after, stuck }),
    async activate(tx, id, at) {
      const resources = await resourcesOf(tx, id);
      const stack = resources.find(({ component, type }) => component === mainComponent && type === 'OS::Heat::Stack');
      const changes = { activated_at: at, stack_id: stack?.physicalId ?? null };
      if (!(await move(tx, id, ['pending'], 'active', changes))) return;
      const subscription = await find(id, tx);
      const given = await givenBy(tx, id);
      await setOutputs(tx, id, shown(subscription, new Map([...given].map(([name, one]) => [name, one.outputs]))));
      await addTerms(tx, id, subscription.terms, at);
      await tell(tx, 'activated', subscription, at, { resources });
      await turnedActive(tx, id);
    },
    async fail(tx, id, { code, message }, at) {
      if (!(await move(tx, id, ['pending'], 'failed', { closed_at: at }))) return;
      const subscription = await find(id, tx);
      if (code === 'unauthorized') await credentials.doubt(tx, subscription.credentialId);
      await tell(tx, 'failed', subscription, at, { reason: message });
    },
    find: (id) => find(id),
    visible,
    resources: async (id) => [id, ...(await resourcesOf(store.db, id)).map(({ physicalId }) => physicalId)],
    soldBy: (publisherId, ids) => projectsOfSold(store.db, publisherId, ids),
    turnover: (bounds, sellerId) => turnover(store.db, { bounds, sellerId }),
    termsOf: (id) => termsOf(store.db, id),
    async changePlan(tx, id, workflowId, terms) {
      if (!(await move(tx, id, ['active'], 'changing'))) return false;
      await start(tx, await find(id, tx), changes.changePlan, workflowId, terms);
      return true;
    },
    onPlanChange: (listener) => void planListeners.push(listener),
    onEnd: (listener) => void endListeners.push(listener),
    onActive: (listener) => void activeListeners.push(listener),
    guardResume: (guard) => void resumeGuards.push(guard),
    ...{ ceiledIn, setCeiling, lockCeiling, suspendFor, suspend, resume, secrets, terminate },
  };
  return { api, routes: subscriptionRoutes(deps, api) };
}

/** What the customer gets of what the components have given. */
function shown(
  { terms }: Subscription,
  given: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
): Readonly<Record<string, unknown>> {
  if (terms.components === undefined) return given.get(mainComponent) ?? {};
  return Object.fromEntries(
    Object.entries(terms.outputs ?? {}).flatMap(([name, { component, output }]) => {
      const values = given.get(component);
      return values !== undefined && Object.hasOwn(values, output) ? [[name, values[output]]] : [];
    }),
  );
}
