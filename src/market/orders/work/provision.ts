import type { Store, Tx } from '../../../kernel/store/index.ts';
import type { RecordedFault, StepContext, Work, Workflow } from '../../../kernel/work/index.ts';
import type { ApprovalsApi } from '../../approvals/index.ts';
import { type Graph, type LifecycleInput, type SubscriptionsApi, stepName } from '../../subscriptions/index.ts';
import type { TrustApi } from '../../trust/index.ts';
import type { OrderKind } from '../domain/order.ts';
import { failOrder, setOrderState } from '../store/orders.ts';

/** The order that is to become a running service. */
export interface ProvisionInput extends LifecycleInput {
  readonly orderId: string;
  readonly customerId: string;
}

interface Deps {
  readonly store: Store;
  readonly work: Pick<Work, 'status'>;
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
 * the subscription. When one of them fails, all others are taken away again and the customer pays nothing; where that cannot be
 * done at once, the order has failed all the same, and it is tried for as long as it takes.
 */
export function provisionWorkflow(deps: Deps): Workflow<ProvisionInput> {
  async function record(
    tx: Tx,
    { input, now }: StepContext<ProvisionInput>,
    kind: string,
    payload: object,
  ): Promise<void> {
    await deps.trust.record(tx, { kind, subject: input.orderId, at: now(), payload, parties: [input.customerId] });
  }

  /** Once: the customer owes nothing from then on. */
  async function fail(tx: Tx, context: StepContext<ProvisionInput>, fault: RecordedFault): Promise<void> {
    const { orderId, subscriptionId } = context.input;
    if (!(await failOrder(tx, orderId, context.now(), fault.message))) return;
    await deps.subscriptions.fail(tx, subscriptionId, fault, context.now());
    await deps.approvals.free(tx, { orderId }, context.now());
    await record(tx, context, 'market.order.failed', { reason: fault.message, step: fault.step });
  }

  /** Whoever delivers has vanished: the customer does not wait for what is still to be taken away, which goes on. */
  async function failNow(context: StepContext<ProvisionInput>): Promise<void> {
    const fault = (await deps.work.status(context.workflowId))?.fault;
    if (fault) await deps.store.transact((tx) => fail(tx, context, fault));
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
      ...deps.subscriptions.provisionSteps<ProvisionInput>(components, ['reserve'], failNow),
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
    undone: fail,
  };
}
