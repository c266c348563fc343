import type { Context } from '../../kernel/access/context.ts';
import { conflict, Fault } from '../../kernel/base/errors.ts';
import { derivedId } from '../../kernel/base/ids.ts';
import { createSealer } from '../../kernel/base/sealing.ts';
import type { Route } from '../../kernel/http/index.ts';
import { type Connection, emit, type Migrations, type Tx } from '../../kernel/store/index.ts';
import type { RecordedFault } from '../../kernel/work/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import { subscriptionRoutes } from './api/subscriptions.ts';
import type { Subscription } from './domain/subscription.ts';
import type { CloudCredential, PersonalToken, StackCloud } from './ports.ts';
import { createCredentials } from './store/credentials.ts';
import {
  findSubscription,
  insertSubscription,
  markActive,
  markFailed,
  markTerminating,
  type NewSubscription,
  type Provisioned,
  resourcesOf,
} from './store/subscriptions.ts';
import { subscriptionTexts } from './texts.ts';
import { terminateWorkflow } from './work/terminate.ts';

export { subscriptionView } from './api/subscriptions.ts';
export type { Subscription, SubscriptionState, Terms } from './domain/subscription.ts';
export { stackNameOf } from './domain/subscription.ts';
export type { CloudCredential, PersonalToken, Stack, StackCloud, StackResource } from './ports.ts';
export type { NewSubscription, Provisioned } from './store/subscriptions.ts';

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
  /** It runs; usage of its resources is charged. Once. */
  activate(tx: Tx, id: string, provisioned: Provisioned, at: Date): Promise<void>;
  /** It never came to be; it costs nothing. Once. `unauthorized`: the cloud refused the credential. */
  fail(tx: Tx, id: string, fault: RecordedFault, at: Date): Promise<void>;
  /** For the market's own work. */
  find(id: string): Promise<Subscription>;
  /** The subscription for its customer and the operator; for everybody else it does not exist. */
  visible(context: Context, id: string): Promise<Subscription>;
  /** The ids of the things whose usage is charged to it. */
  resources(id: string): Promise<readonly string[]>;
  /** Stops charging now, and has the stack deleted. Once: asked again, it answers how far it is. */
  terminate(context: Context, id: string): Promise<Subscription>;
}

export interface SubscriptionsDeps extends MarketDeps {
  readonly partners: PartnersApi;
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

  const termination = terminateWorkflow({ ...deps, find, credential: credentials.open });
  work.register(termination);

  async function visible(context: Context, id: string): Promise<Subscription> {
    const subscription = await findSubscription(store.db, id);
    if (subscription !== undefined && (await partners.maySee(context, subscription.customerId))) return subscription;
    throw new Fault('notFound', subscriptionTexts(context.language).subscriptionNotFound(id));
  }

  async function terminate(context: Context, id: string): Promise<Subscription> {
    const subscription = await visible(context, id);
    const texts = subscriptionTexts(context.language);
    if (subscription.state === 'pending') throw conflict(texts.stillPending);
    if (subscription.state === 'failed') throw conflict(texts.neverActive);
    const at = clock.now();
    await store.transact(async (tx) => {
      if (!(await markTerminating(tx, id, at))) return;
      const { customerId } = subscription;
      const kind = 'market.subscription.termination-asked';
      const payload = { customerId, endsAt: at, by: context.userId };
      await trust.record(tx, { kind, subject: id, at, payload, parties: [customerId] });
      const workflow = { id: derivedId('subscription-terminate', id), input: { subscriptionId: id } };
      await work.start(tx, termination, { ...workflow, queue: `subscription:${id}` });
    });
    return find(id);
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
    async activate(tx, id, provisioned, at) {
      if (!(await markActive(tx, id, provisioned, at))) return;
      const { stackId, resources } = provisioned;
      await tell(tx, 'activated', await find(id, tx), at, { stackId, resources });
    },
    async fail(tx, id, { code, message }, at) {
      if (!(await markFailed(tx, id, at))) return;
      const subscription = await find(id, tx);
      if (code === 'unauthorized') await credentials.doubt(tx, subscription.credentialId);
      await tell(tx, 'failed', subscription, at, { reason: message });
    },
    find: (id) => find(id),
    visible,
    resources: (id) => resourcesOf(store.db, id),
    terminate,
  };
  return { api, routes: subscriptionRoutes(deps, api) };
}
