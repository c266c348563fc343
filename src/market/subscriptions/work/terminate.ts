import type { Clock } from '../../../kernel/base/clock.ts';
import { asFault, Fault } from '../../../kernel/base/errors.ts';
import { type Connection, emit, type Tx } from '../../../kernel/store/index.ts';
import { later, type Workflow } from '../../../kernel/work/index.ts';
import type { TrustApi } from '../../trust/index.ts';
import { type Subscription, stackNameOf } from '../domain/subscription.ts';
import type { CloudCredential, StackCloud } from '../ports.ts';
import { markTerminated } from '../store/subscriptions.ts';

/** The subscription whose stack is to go. */
export interface TerminateInput {
  readonly subscriptionId: string;
}

interface Deps {
  readonly clock: Clock;
  readonly cloud: StackCloud;
  readonly trust: TrustApi;
  find(subscriptionId: string, connection?: Connection): Promise<Subscription>;
  credential(credentialId: string): Promise<CloudCredential>;
}

const pollMs = 500;
const deleteAgainMs = 10_000;

/** Whoever terminates must get there: a refusal by the cloud is tried again for ever, and shows in the operator's log. */
async function persistently<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    const fault = asFault(error);
    if (fault.retryable) throw fault;
    throw new Fault('engineUnavailable', `The stack could not be deleted: ${fault.message}`, { cause: error });
  }
}

/**
 * `market.subscription.terminate`: deletes the stack, waits until it is gone, closes the subscription. Usage counts up to
 * the moment when the customer asked, however long the deletion takes. Nothing is undone.
 */
export function terminateWorkflow(deps: Deps): Workflow<TerminateInput> {
  async function stackOf({ subscriptionId }: TerminateInput): Promise<{ credential: CloudCredential; name: string }> {
    const subscription = await deps.find(subscriptionId);
    return { credential: await deps.credential(subscription.credentialId), name: stackNameOf(subscriptionId) };
  }

  async function close(tx: Tx, { subscriptionId }: TerminateInput, at: Date): Promise<void> {
    if (!(await markTerminated(tx, subscriptionId, at))) return;
    const { customerId, projectId, endsAt } = await deps.find(subscriptionId, tx);
    const kind = 'market.subscription.terminated';
    const payload = { customerId, projectId, endsAt };
    await deps.trust.record(tx, { kind, subject: subscriptionId, at, payload, parties: [customerId] });
    await emit(tx, { type: `andromede.${kind}.v1`, subject: subscriptionId, time: at, data: payload });
  }

  return {
    name: 'market.subscription.terminate',
    steps: () => [
      {
        name: 'delete-stack',
        attempts: Number.POSITIVE_INFINITY,
        run: ({ input }) =>
          persistently(async () => {
            const { credential, name } = await stackOf(input);
            await deps.cloud.deleteStack(credential, name);
          }),
      },
      {
        name: 'wait-gone',
        attempts: Number.POSITIVE_INFINITY,
        run: ({ input, log }) =>
          persistently(async () => {
            const { credential, name } = await stackOf(input);
            const stack = await deps.cloud.findStack(credential, name);
            if (stack === undefined) return undefined;
            if (stack.status !== 'DELETE_FAILED') return later(pollMs);
            log.error({ stack: name, reason: stack.statusReason }, 'a stack could not be deleted; deleting it again');
            await deps.cloud.deleteStack(credential, name);
            return later(deleteAgainMs);
          }),
      },
      {
        name: 'close',
        attempts: Number.POSITIVE_INFINITY,
        run: async () => undefined,
        commit: (tx, { input, now }) => close(tx, input, now()),
      },
    ],
  };
}
