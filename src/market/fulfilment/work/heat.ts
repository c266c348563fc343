import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { type Delivery, type HeatFulfilment, parametersUnder, stackNameOf } from '../domain/fulfilment.ts';
import type { CloudCredential, Fulfiller, Part, Progress, Stack, StackCloud, StackPart } from '../ports.ts';

const lookAgainMs = 500;
const deleteAgainMs = 10_000;
const working = { state: 'working', waitsFor: 'cloud', lookAgainMs } as const;
const nothing: Progress = { state: 'done', delivered: { outputs: {}, secrets: {}, resources: [] } };

interface Site {
  readonly delivery: Delivery<HeatFulfilment>;
  readonly credential: CloudCredential;
  readonly name: string;
  readonly stack: Stack | undefined;
}

function stateOf(status: StackPart['status']): Part['state'] {
  if (status.startsWith('INIT_')) return 'waiting';
  if (status.endsWith('_FAILED')) return 'failed';
  return status.endsWith('_COMPLETE') ? 'done' : 'working';
}

const partOf = ({ name, type, status }: StackPart): Part => ({ name, type, state: stateOf(status) });

/** Heat templates, each a stack in the customer's project; its name is the instance's, so that it is found again. */
export function heatFulfiller(cloud: StackCloud): Fulfiller<HeatFulfilment> {
  async function provision({ delivery, credential, name, stack }: Site): Promise<Progress> {
    if (stack === undefined) {
      const { template } = delivery.fulfilment;
      const parameters = parametersUnder(delivery.fulfilment, delivery.plan, delivery.parameters);
      try {
        await cloud.createStack(credential, { name, template, parameters });
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'conflict') throw error;
        throw new Fault('engineUnavailable', `Heat says that ${name} exists, but does not show it.`, { cause: error });
      }
      return working;
    }
    if (stack.status === 'CREATE_IN_PROGRESS') return { ...working, parts: await partsOf(credential, stack) };
    if (stack.status !== 'CREATE_COMPLETE') throw conflict(stack.statusReason || `The stack is ${stack.status}.`);
    return delivered(credential, stack);
  }

  async function partsOf(credential: CloudCredential, stack: Stack): Promise<Part[]> {
    return (await cloud.listStackResources(credential, stack)).map(partOf);
  }

  async function delivered(credential: CloudCredential, stack: Stack): Promise<Progress> {
    const { id: physicalId, name, outputs } = stack;
    const found = await cloud.listStackResources(credential, stack);
    const whole = { name, type: 'OS::Heat::Stack', physicalId };
    const resources = found.map(({ status: _, ...resource }) => resource);
    const delivered = { outputs, secrets: {}, resources: [whole, ...resources] };
    return { state: 'done', delivered, parts: found.map(partOf) };
  }

  async function changePlan({ delivery, credential, name, stack }: Site, asked: boolean): Promise<Progress> {
    const { fulfilment, plan, previousPlan } = delivery;
    const parameters = parametersUnder(fulfilment, plan, delivery.parameters);
    const before = parametersUnder(fulfilment, previousPlan ?? plan, delivery.parameters);
    if (JSON.stringify(parameters) === JSON.stringify(before)) return nothing;
    if (stack === undefined) throw conflict(`The stack ${name} is gone.`);
    const updating = { ...working, memory: { asked: true } };
    if (stack.status === 'UPDATE_IN_PROGRESS') return updating;
    if (!asked) {
      await cloud.updateStack(credential, { id: stack.id, name, template: fulfilment.template, parameters });
      return updating;
    }
    if (stack.status !== 'UPDATE_COMPLETE') throw conflict(stack.statusReason || `The stack is ${stack.status}.`);
    return delivered(credential, stack);
  }

  /** Suspended is stopped: servers keep their disks and addresses, and free processor and memory. */
  async function power({ credential, name, stack }: Site, running: boolean): Promise<Progress> {
    if (stack === undefined) throw conflict(`The stack ${name} is gone.`);
    return (await cloud.power(credential, stack, running)) ? nothing : working;
  }

  async function terminate({ credential, name, stack }: Site, asked: boolean): Promise<Progress> {
    if (stack === undefined) return nothing;
    if (asked && stack.status !== 'DELETE_FAILED') return { ...working, memory: { asked } };
    await cloud.deleteStack(credential, name);
    const ms = stack.status === 'DELETE_FAILED' ? deleteAgainMs : lookAgainMs;
    return { ...working, memory: { asked: true }, note: stack.statusReason, lookAgainMs: ms };
  }

  return {
    async advance({ operation, delivery, memory }) {
      const credential = await delivery.credential();
      const name = stackNameOf(delivery.instanceId);
      const site: Site = { delivery, credential, name, stack: await cloud.findStack(credential, name) };
      const asked = memory.asked === true;
      switch (operation) {
        case 'provision':
          return provision(site);
        case 'change-plan':
          return changePlan(site, asked);
        case 'terminate':
          return terminate(site, asked);
        default:
          return power(site, operation === 'resume');
      }
    },
  };
}
