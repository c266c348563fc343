import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { derivedId } from '../../../kernel/base/ids.ts';
import type { Sealer } from '../../../kernel/base/sealing.ts';
import type { Connection, Store } from '../../../kernel/store/index.ts';
import { type Later, later, type Step, type StepContext } from '../../../kernel/work/index.ts';
import type { CatalogueApi, Component, Input } from '../../catalogue/index.ts';
import type { CloudCredential, Delivered, Delivery, FulfilmentApi, Operation, Values } from '../../fulfilment/index.ts';
import { componentsOf, type Graph, mainComponent, type Subscription, type Terms } from '../domain/subscription.ts';
import { givenBy, keepGiven } from '../store/subscriptions.ts';

/** What a workflow over the components of a subscription is told at least. */
export interface LifecycleInput {
  readonly subscriptionId: string;
  readonly components: Graph;
  /** The terms that a change of plan leads to. */
  readonly terms?: Terms;
}

/** What operations on components take. */
export interface LifecycleDeps {
  readonly store: Store;
  readonly catalogue: CatalogueApi;
  readonly fulfilment: FulfilmentApi;
  readonly sealer: Sealer;
  find(subscriptionId: string, connection?: Connection): Promise<Subscription>;
  credential(credentialId: string): Promise<CloudCredential>;
}

/** How the steps of an operation are. */
export interface StepOptions<I extends LifecycleInput> {
  readonly operation: Operation;
  /** What takes it back when another component fails. */
  readonly undo?: Operation;
  /** Tried for ever: nothing may be left behind. */
  readonly mustSucceed?: boolean;
  /** Those that others feed on last, as when things are taken down. */
  readonly reverse?: boolean;
  /** The steps before the first. */
  readonly after?: readonly string[];
  /** Told each time that a component could not be taken back, which is tried again for as long as it takes. */
  readonly stuck?: (context: StepContext<I>) => Promise<void>;
}

/** The name of an operation's step: for ever. */
export function stepName(component: string, operation: Operation): string {
  return component === mainComponent ? operation : `${component}/${operation}`;
}

/** What a component is called by everybody, for ever. */
export function instanceOf(subscriptionId: string, component: string): string {
  return component === mainComponent ? subscriptionId : derivedId('instance', subscriptionId, component);
}

/** One step a component, each as soon as those are done whose outputs it takes: independent ones at once. */
export function componentSteps<I extends LifecycleInput>(
  deps: LifecycleDeps,
  graph: Graph,
  options: StepOptions<I>,
): Step<I>[] {
  const { operation, reverse = false, after: first = [] } = options;
  const followers = (name: string) => graph.filter(({ after }) => after.includes(name)).map((one) => one.name);
  const ordered = reverse ? [...graph].reverse() : graph;
  return ordered.map(({ name, after }): Step<I> => {
    const before = reverse ? followers(name) : after;
    const { undo } = options;
    return {
      name: stepName(name, operation),
      after: before.length === 0 ? first : before.map((one) => stepName(one, operation)),
      ...(options.mustSucceed && { attempts: Number.POSITIVE_INFINITY }),
      run: ({ input, workflowId, key }) => {
        const work = () => operate(deps, input, name, { operation, workflowId, key });
        return options.mustSucceed === true ? persistently(work) : work();
      },
      ...(undo !== undefined && {
        undo: async (context) => {
          const { input, workflowId, key, log } = context;
          try {
            const back = { operation: undo, workflowId, key: `${key}/undo`, backwards: true };
            return await operate(deps, input, name, back);
          } catch (error) {
            if (!(error instanceof Fault) || error.code !== 'unauthorized') {
              await options.stuck?.(context);
              throw error;
            }
            // The customer has taken our access back: what may be left in the project is in their hands, and not charged.
            log.warn(
              { subscriptionId: input.subscriptionId },
              'the credential was withdrawn; nothing more can be undone',
            );
            return undefined;
          }
        },
      }),
    };
  });
}

/** Whoever ends something must get there: a refusal is tried again for ever, and shows in the operator's log. */
async function persistently<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.retryable) throw error;
    throw new Fault('engineUnavailable', `It could not be ended: ${error.message}`, { cause: error });
  }
}

interface Asked {
  readonly operation: Operation;
  readonly workflowId: string;
  readonly key: string;
  /** From the new terms to the present ones. */
  readonly backwards?: boolean;
}

async function operate(
  deps: LifecycleDeps,
  input: LifecycleInput,
  name: string,
  asked: Asked,
): Promise<Later | undefined> {
  const subscription = await deps.find(input.subscriptionId);
  const present = subscription.terms;
  const next = input.terms ?? present;
  const [to, from] = asked.backwards === true ? [present, next] : [next, present];
  const { operation, workflowId } = asked;
  const delivery = await deliveryOf(deps, { ...subscription, terms: to }, name, operation);
  if (delivery === undefined) return undefined;
  const previousPlan = componentOf({ ...subscription, terms: from }, name).plan;
  const id = derivedId('operation', asked.key);
  const request = { id, workflowId, operation, delivery: { ...delivery, previousPlan } };
  const progress = await deps.fulfilment.advance(request);
  if (progress.state === 'working') return later(progress.lookAgainMs);
  await keep(deps, subscription.id, name, operation, progress.delivered);
  return undefined;
}

function componentOf(subscription: Pick<Subscription, 'terms' | 'parameters'>, name: string): Component {
  const component = componentsOf(subscription).find((one) => one.name === name);
  if (component === undefined) throw new Error(`there is no component ${name}`);
  return component;
}

/** Everything that those who deliver are told; undefined when an end has nothing to be about: its inputs never were. */
async function deliveryOf(
  deps: LifecycleDeps,
  subscription: Subscription,
  name: string,
  operation: Operation,
): Promise<Delivery | undefined> {
  const component = componentOf(subscription, name);
  const version = await deps.catalogue.version(component.versionId);
  if (version.fulfilment.kind === 'composite') throw new Error('a composite is no component');
  const wired = operation === 'terminate' ? known(component.inputs) : await wiredInputs(deps, subscription, component);
  return {
    instanceId: instanceOf(subscription.id, name),
    subscriptionId: subscription.id,
    component: name,
    fulfilment: version.fulfilment,
    outputs: version.outputs ?? {},
    title: version.title,
    plan: component.plan,
    previousPlan: null,
    parameters: operation === 'terminate' ? wired : deps.catalogue.wired(version, wired),
    customerId: subscription.customerId,
    publisherId: component.publisherId,
    projectId: subscription.projectId,
    credential: () => deps.credential(subscription.credentialId),
    test: subscription.terms.test === true,
  };
}

function known(inputs: Readonly<Record<string, Input>>): Values {
  const values = Object.entries(inputs).flatMap(([key, input]) =>
    'value' in input ? [[key, input.value] as const] : [],
  );
  return Object.fromEntries(values);
}

/** A component's parameters, those included that other components have given. */
async function wiredInputs(deps: LifecycleDeps, { id }: Subscription, component: Component): Promise<Values> {
  const given = await allGiven(deps, id);
  return Object.fromEntries(
    Object.entries(component.inputs).map(([key, input]) => {
      if ('value' in input) return [key, input.value];
      const value = given.get(input.component)?.[input.output];
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [key, value];
      throw conflict(`${input.component}.${input.output} → ${component.name}.${key}: there is no such value.`);
    }),
  );
}

/** What all components have given so far, secrets included. */
export async function allGiven(
  deps: Pick<LifecycleDeps, 'store' | 'sealer'>,
  subscriptionId: string,
): Promise<Map<string, Record<string, unknown>>> {
  const given = await givenBy(deps.store.db, subscriptionId);
  const open = (name: string, sealed: string | null): Record<string, unknown> =>
    sealed === null ? {} : JSON.parse(deps.sealer.open(sealed, `${subscriptionId}/${name}`));
  return new Map([...given].map(([name, one]) => [name, { ...one.outputs, ...open(name, one.sealedSecrets) }]));
}

async function keep(
  deps: LifecycleDeps,
  id: string,
  name: string,
  operation: Operation,
  { outputs, secrets, resources }: Delivered,
): Promise<void> {
  const gives = Object.keys(outputs).length + Object.keys(secrets).length + resources.length > 0;
  if (!gives && operation !== 'provision') return;
  const hasSecrets = Object.keys(secrets).length > 0;
  const sealedSecrets = hasSecrets ? deps.sealer.seal(JSON.stringify(secrets), `${id}/${name}`) : null;
  await deps.store.transact((tx) => keepGiven(tx, id, name, { outputs, sealedSecrets, resources }));
}
