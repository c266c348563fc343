import { emit, type Tx } from '../../../kernel/store/index.ts';
import type { Workflow } from '../../../kernel/work/index.ts';
import type { TrustApi } from '../../trust/index.ts';
import { move } from '../store/subscriptions.ts';
import { componentSteps, type LifecycleDeps, type LifecycleInput, stepName } from './lifecycle.ts';

/** Told, in its transaction, that a subscription is over. */
export type EndListener = (tx: Tx, subscriptionId: string, at: Date) => Promise<void>;

/**
 * `market.subscription.terminate`: ends every component, those first on which no other feeds, then closes the subscription.
 * Usage counts up to the moment when the customer asked, however long that takes. Nothing is undone. `ended` is told.
 */
export function terminateWorkflow(
  deps: LifecycleDeps & { readonly trust: TrustApi },
  ended: EndListener,
): Workflow<LifecycleInput> {
  async function close(tx: Tx, { subscriptionId }: LifecycleInput, at: Date): Promise<void> {
    if (!(await move(tx, subscriptionId, ['terminating'], 'terminated', { closed_at: at }))) return;
    const { customerId, projectId, endsAt } = await deps.find(subscriptionId, tx);
    const kind = 'market.subscription.terminated';
    const payload = { customerId, projectId, endsAt };
    await deps.trust.record(tx, { kind, subject: subscriptionId, at, payload, parties: [customerId] });
    await emit(tx, { type: `andromede.${kind}.v1`, subject: subscriptionId, time: at, data: payload });
    await ended(tx, subscriptionId, at);
  }

  return {
    name: 'market.subscription.terminate',
    steps: ({ components = onlyMain }) => [
      ...componentSteps<LifecycleInput>(deps, components, { operation: 'terminate', mustSucceed: true, reverse: true }),
      {
        name: 'close',
        after: components.map(({ name }) => stepName(name, 'terminate')),
        attempts: Number.POSITIVE_INFINITY,
        run: async () => undefined,
        commit: (tx, { input, now }) => close(tx, input, now()),
      },
    ],
  };
}

/** What a workflow began with that was started before there were components. */
const onlyMain = [{ name: 'main', after: [] }] as const;
