import type { StepContext, Workflow } from '../../../kernel/work/index.ts';
import type { ApprovalsApi } from '../../approvals/index.ts';
import { type Graph, type LifecycleInput, type SubscriptionsApi, stepName } from '../../subscriptions/index.ts';
import type { TrustApi } from '../../trust/index.ts';
import type { OrderKind } from '../domain/order.ts';
import { setOrderState } from '../store/orders.ts';

/** The order that is to become a running service. */
export interface ProvisionInput extends LifecycleInput {
  readonly orderId: string;
  readonly customerId: string;
}

interface Deps {
  readonly trust: TrustApi;
  readonly subscriptions: SubscriptionsApi;
  readonly approvals: ApprovalsApi;
}

/** The names of the steps that an order takes, in order. */
export function stepsOf(kind: OrderKind, graph: Graph): string[] {
  const operation = kind === 'new' ? 'provision' : 'change-plan';
  const steps = graph.map(({ name }) => stepName(name, operation));
  return kind === 'new' ? ['reserve', ...steps, 'activate'] : [...steps, 'close'];
}

/** What a workflow began with that was started before there were components. */
const onlyMain: Graph = [{ name: 'main', after: [] }];

/**
 * `market.order.provision`: reserves, provisions every component as soon as those are there whose outputs it takes, activates
 * the subscription. When one of them fails, all others are taken away again and the customer pays nothing.
 */
export function provisionWorkflow(deps: Deps): Workflow<ProvisionInput> {
  async function record(
    tx: Parameters<TrustApi['record']>[0],
    { input, now }: StepContext<ProvisionInput>,
    kind: string,
    payload: object,
  ): Promise<void> {
    await deps.trust.record(tx, { kind, subject: input.orderId, at: now(), payload, parties: [input.customerId] });
  }

  return {
    name: 'market.order.provision',
    steps: ({ components = onlyMain }) => [
      {
        name: 'reserve',
        run: async () => undefined,
        commit: async (tx, context) => {
          const { orderId, subscriptionId } = context.input;
          await setOrderState(tx, orderId, 'provisioning', context.now());
          await record(tx, context, 'market.order.provisioning', { subscriptionId });
        },
      },
      ...deps.subscriptions.provisionSteps<ProvisionInput>(components, ['reserve']),
      {
        name: 'activate',
        after: components.map(({ name }) => stepName(name, 'provision')),
        run: async () => undefined,
        commit: async (tx, context) => {
          const { orderId, subscriptionId } = context.input;
          await deps.subscriptions.activate(tx, subscriptionId, context.now());
          await setOrderState(tx, orderId, 'completed', context.now());
          await record(tx, context, 'market.order.completed', { subscriptionId });
        },
      },
    ],
    undone: async (tx, context, fault) => {
      await setOrderState(tx, context.input.orderId, 'failed', context.now(), fault.message);
      await deps.subscriptions.fail(tx, context.input.subscriptionId, fault, context.now());
      await deps.approvals.free(tx, { orderId: context.input.orderId }, context.now());
      await record(tx, context, 'market.order.failed', { reason: fault.message, step: fault.step });
    },
  };
}
