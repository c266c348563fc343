import { emit, type Tx } from '../../../kernel/store/index.ts';
import type { Workflow } from '../../../kernel/work/index.ts';
import type { Operation } from '../../fulfilment/index.ts';
import type { TrustApi } from '../../trust/index.ts';
import type { SubscriptionState } from '../domain/subscription.ts';
import { addTerms, move } from '../store/subscriptions.ts';
import { componentSteps, type LifecycleDeps, type LifecycleInput, stepName } from './lifecycle.ts';

/** A change of a running subscription: what every component does, and what takes it back when one of them fails. */
interface Change {
  readonly name: string;
  readonly operation: Operation;
  readonly undo: Operation;
  readonly states: {
    readonly during: SubscriptionState;
    readonly after: SubscriptionState;
    readonly back: SubscriptionState;
  };
  /** What the facts call it: `market.subscription.suspended`. */
  readonly done: string;
  readonly failed: string;
  readonly reverse?: boolean;
}

const suspend: Change = {
  name: 'market.subscription.suspend',
  ...{ operation: 'suspend', undo: 'resume', reverse: true },
  states: { during: 'suspending', after: 'suspended', back: 'active' },
  ...{ done: 'suspended', failed: 'suspension-failed' },
};
const resume: Change = {
  name: 'market.subscription.resume',
  ...{ operation: 'resume', undo: 'suspend' },
  states: { during: 'resuming', after: 'active', back: 'suspended' },
  ...{ done: 'resumed', failed: 'resumption-failed' },
};
const changePlan: Change = {
  name: 'market.subscription.change-plan',
  ...{ operation: 'change-plan', undo: 'change-plan' },
  states: { during: 'changing', after: 'active', back: 'active' },
  ...{ done: 'plan-changed', failed: 'plan-change-failed' },
};

/** Told, in its transaction, how a change of plan ended. */
export type PlanChangeListener = (tx: Tx, workflowId: string, at: Date, fault: string | null) => Promise<void>;

/** Told, in its transaction, that a subscription has begun to run, or runs again. */
export type ActiveListener = (tx: Tx, subscriptionId: string) => Promise<void>;

type Deps = LifecycleDeps & { readonly trust: TrustApi; readonly turnedActive: ActiveListener };

function workflowOf(deps: Deps, change: Change, ended: PlanChangeListener): Workflow<LifecycleInput> {
  const { operation, undo, states, reverse = false } = change;

  async function tell(tx: Tx, id: string, what: string, at: Date, more: object): Promise<void> {
    const { customerId, projectId } = await deps.find(id, tx);
    const kind = `market.subscription.${what}`;
    const payload = { customerId, projectId, ...more };
    await deps.trust.record(tx, { kind, subject: id, at, payload, parties: [customerId] });
    await emit(tx, { type: `andromede.${kind}.v1`, subject: id, time: at, data: payload });
  }

  return {
    name: change.name,
    steps: ({ components }) => [
      ...componentSteps<LifecycleInput>(deps, components, { operation, undo, reverse }),
      {
        name: 'close',
        after: components.map(({ name }) => stepName(name, operation)),
        run: async () => undefined,
        commit: async (tx, { input, workflowId, now }) => {
          const { subscriptionId, terms } = input;
          const suspendedAt = states.after === 'suspended' ? now() : null;
          if (!(await move(tx, subscriptionId, [states.during], states.after, { suspended_at: suspendedAt }))) return;
          if (terms !== undefined) await addTerms(tx, subscriptionId, terms, now());
          const plan = terms === undefined ? {} : { planId: terms.planId, price: terms.price };
          await tell(tx, subscriptionId, change.done, now(), plan);
          if (states.after === 'active') await deps.turnedActive(tx, subscriptionId);
          await ended(tx, workflowId, now(), null);
        },
      },
    ],
    undone: async (tx, { input, workflowId, now }, fault) => {
      if (!(await move(tx, input.subscriptionId, [states.during], states.back))) return;
      await tell(tx, input.subscriptionId, change.failed, now(), { reason: fault.message, step: fault.step });
      // What could not be suspended is not told of, or what has to be suspended would be tried again at once, without end.
      if (states.back === 'active' && change !== suspend) await deps.turnedActive(tx, input.subscriptionId);
      await ended(tx, workflowId, now(), fault.message);
    },
  };
}

/** The workflows of a running subscription; `planChanged` is told how a change of plan ended. */
export function changeWorkflows(deps: Deps, planChanged: PlanChangeListener) {
  const nobody = async (): Promise<void> => undefined;
  return {
    suspend: workflowOf(deps, suspend, nobody),
    resume: workflowOf(deps, resume, nobody),
    changePlan: workflowOf(deps, changePlan, planChanged),
  };
}
