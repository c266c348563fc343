import type { Clock } from '../../../kernel/base/clock.ts';
import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { later, type Step, type StepContext, type Workflow } from '../../../kernel/work/index.ts';
import type { CatalogueApi } from '../../catalogue/index.ts';
import {
  type CloudCredential,
  type Provisioned,
  type StackCloud,
  type Subscription,
  type SubscriptionsApi,
  stackNameOf,
} from '../../subscriptions/index.ts';
import type { TrustApi } from '../../trust/index.ts';
import { setOrderState } from '../store/orders.ts';

/** The order that is to become a running service. */
export interface ProvisionInput {
  readonly orderId: string;
  readonly subscriptionId: string;
  readonly customerId: string;
}

interface Deps {
  readonly clock: Clock;
  readonly cloud: StackCloud;
  readonly trust: TrustApi;
  readonly catalogue: CatalogueApi;
  readonly subscriptions: SubscriptionsApi;
}

const pollMs = 500;
const undoPolls = 20;

interface Site {
  readonly subscription: Subscription;
  readonly credential: CloudCredential;
  readonly name: string;
}

/**
 * `market.order.provision`: reserves, creates the stack in the customer's project, waits until it is complete, reads what it
 * gives out, activates the subscription. When it fails, the stack is deleted and the customer pays nothing.
 */
export function provisionWorkflow(deps: Deps): Workflow<ProvisionInput> {
  async function siteOf({ subscriptionId }: ProvisionInput): Promise<Site> {
    const subscription = await deps.subscriptions.find(subscriptionId);
    const credential = await deps.subscriptions.credential(subscription.credentialId);
    return { subscription, credential, name: stackNameOf(subscriptionId) };
  }

  const reserve: Step<ProvisionInput> = {
    name: 'reserve',
    run: async () => undefined,
    commit: async (tx, { input, now }) => {
      await setOrderState(tx, input.orderId, 'provisioning', now());
      const payload = { subscriptionId: input.subscriptionId };
      const parties = [input.customerId];
      await deps.trust.record(tx, {
        ...{ kind: 'market.order.provisioning', subject: input.orderId, at: now(), payload, parties },
      });
    },
  };

  const createStack: Step<ProvisionInput> = {
    name: 'create-stack',
    run: ({ input }) => createOrAdopt(deps, input, siteOf),
    undo: async ({ input, log }) => {
      try {
        const { credential, name } = await siteOf(input);
        await deleteAndWait(deps, credential, name);
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'unauthorized') throw error;
        // The customer has taken our access back: what may be left in the project is in their hands, and not charged.
        log.warn({ subscriptionId: input.subscriptionId }, 'the credential was withdrawn; nothing more can be undone');
      }
    },
  };

  const waitCreated: Step<ProvisionInput> = {
    name: 'wait-created',
    run: async ({ input }) => {
      const { credential, name } = await siteOf(input);
      const stack = await deps.cloud.findStack(credential, name);
      if (stack === undefined) throw conflict('The stack was deleted while it was being created.');
      if (stack.status === 'CREATE_COMPLETE') return { stackId: stack.id };
      if (stack.status === 'CREATE_IN_PROGRESS') return later(pollMs);
      throw conflict(stack.statusReason || `The stack is ${stack.status}.`);
    },
  };

  const readOutputs: Step<ProvisionInput> = {
    name: 'read-outputs',
    run: async ({ input }): Promise<Provisioned> => {
      const { credential, name } = await siteOf(input);
      const stack = await deps.cloud.findStack(credential, name);
      if (stack === undefined) throw conflict('The stack was deleted as soon as it was created.');
      const resources = await deps.cloud.listStackResources(credential, stack);
      return { stackId: stack.id, outputs: stack.outputs, resources };
    },
  };

  const activate: Step<ProvisionInput> = {
    name: 'activate',
    run: async () => undefined,
    commit: async (tx, context) => {
      const provisioned = context.results['read-outputs'] as Provisioned;
      await deps.subscriptions.activate(tx, context.input.subscriptionId, provisioned, context.now());
      await setOrderState(tx, context.input.orderId, 'completed', context.now());
      await recordEnd(context, 'market.order.completed', { stackId: provisioned.stackId }, tx);
    },
  };

  async function recordEnd(
    { input, now }: StepContext<ProvisionInput>,
    kind: string,
    payload: object,
    tx: Parameters<TrustApi['record']>[0],
  ): Promise<void> {
    await deps.trust.record(tx, { kind, subject: input.orderId, at: now(), payload, parties: [input.customerId] });
  }

  return {
    name: 'market.order.provision',
    steps: () => [reserve, createStack, waitCreated, readOutputs, activate],
    undone: async (tx, context, fault) => {
      await setOrderState(tx, context.input.orderId, 'failed', context.now(), fault.message);
      await deps.subscriptions.fail(tx, context.input.subscriptionId, fault, context.now());
      await recordEnd(context, 'market.order.failed', { reason: fault.message, step: fault.step }, tx);
    },
  };
}

/** Creates the stack, or adopts the one that an earlier try has created: its name is the subscription's. */
async function createOrAdopt(
  deps: Deps,
  input: ProvisionInput,
  siteOf: (input: ProvisionInput) => Promise<Site>,
): Promise<{ stackId: string }> {
  const { subscription, credential, name } = await siteOf(input);
  const { fulfilment } = await deps.catalogue.version(subscription.terms.versionId);
  const { template } = fulfilment;
  const { parameters } = subscription;
  try {
    const { id } = await deps.cloud.createStack(credential, { name, template, parameters });
    return { stackId: id };
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'conflict') throw error;
    const existing = await deps.cloud.findStack(credential, name);
    if (existing !== undefined) return { stackId: existing.id };
    throw new Fault('engineUnavailable', `Heat says that ${name} exists, but does not show it.`, { cause: error });
  }
}

async function deleteAndWait(deps: Deps, credential: CloudCredential, name: string): Promise<void> {
  await deps.cloud.deleteStack(credential, name);
  for (let poll = 0; poll < undoPolls; poll += 1) {
    if ((await deps.cloud.findStack(credential, name)) === undefined) return;
    await deps.clock.sleep(pollMs);
  }
  throw new Fault('engineUnavailable', `The stack ${name} is not gone yet.`);
}
