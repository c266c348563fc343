import type { LocalizedText } from '../../../kernel/base/i18n.ts';
import type { CloudCredential } from '../ports.ts';

/** Parameters or outputs, resolved. */
export type Values = Readonly<Record<string, string | number | boolean>>;

/** What a stack, a webhook, a broker or a person gives out, by name. */
export type OutputsSchema = Readonly<Record<string, OutputSchema>>;
export interface OutputSchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly title?: LocalizedText;
  /** Sealed in the database, and shown to the customer on demand only. */
  readonly secret?: boolean;
}

/** A Heat template, in the customer's own project. */
export interface HeatFulfilment {
  readonly kind: 'heat';
  readonly template: string;
  /** Parameters that a plan decides instead of the customer, by the plan's code. */
  readonly planParameters?: Readonly<Record<string, Values>>;
}

/** A publisher's own system, called by signed webhooks (https://www.standardwebhooks.com). */
export interface WebhookFulfilment {
  readonly kind: 'webhook';
  readonly endpointId: string;
}

/** An Open Service Broker (API 2.17). */
export interface BrokerFulfilment {
  readonly kind: 'broker';
  readonly endpointId: string;
  /** Ids of the broker's catalogue. */
  readonly serviceId: string;
  readonly planId: string;
  /** The broker's plan for a plan of ours, by its code; `planId` for all others. */
  readonly planIds?: Readonly<Record<string, string>>;
  /** Whether customers need a binding: its credentials are what they get. */
  readonly bind: boolean;
}

/** People with a task: an integrator's day of work. */
export interface TaskFulfilment {
  readonly kind: 'task';
  /** Whose people do it; the publisher's unless said. */
  readonly assigneeId?: string;
  readonly instructions: LocalizedText;
  /** The operations that are work for somebody; all others are done at once. `provision` always is. */
  readonly operations?: readonly Operation[];
}

/** How an order becomes a service. */
export type Fulfilment = HeatFulfilment | WebhookFulfilment | BrokerFulfilment | TaskFulfilment;

/** The whole life of what was delivered. */
export const operations = ['provision', 'change-plan', 'suspend', 'resume', 'terminate'] as const;
export type Operation = (typeof operations)[number];

/** A plan, as those who fulfil know it. */
export interface PlanRef {
  readonly id: string;
  /** The publisher's own word for it, e.g. `gold`. */
  readonly code: string | null;
}

/** One thing to deliver: an offering's version for one subscription, or one component of a composite. */
export interface Delivery<F extends Fulfilment = Fulfilment> {
  /** Names it for ever, towards everybody. A UUID. */
  readonly instanceId: string;
  readonly subscriptionId: string;
  readonly component: string;
  readonly fulfilment: F;
  readonly outputs: OutputsSchema;
  readonly title: LocalizedText;
  readonly plan: PlanRef;
  /** Before a change of plan. */
  readonly previousPlan: PlanRef | null;
  readonly parameters: Values;
  readonly customerId: string;
  readonly publisherId: string;
  readonly projectId: string;
  /** Opens what lets the market act in the customer's project. */
  readonly credential: () => Promise<CloudCredential>;
  /** Ordered by its publisher to try it: never charged. */
  readonly test: boolean;
}

/** What is wrong with outputs that somebody told us. */
export interface OutputProblem {
  readonly name: string;
  readonly problem: 'missing' | 'unknown' | 'wrong-type';
  readonly expected: string;
}

const largestOutput = 65_536;

/** Checks what others told us against what the offering promises; all problems at once. */
export function checkOutputs(schema: OutputsSchema, told: Readonly<Record<string, unknown>>): OutputProblem[] {
  const unknown = Object.keys(told).filter((name) => !Object.hasOwn(schema, name));
  const expected = Object.keys(schema).join(', ');
  return [
    ...unknown.map((name) => ({ name, problem: 'unknown' as const, expected })),
    ...Object.entries(schema).flatMap(([name, { type }]): OutputProblem[] => {
      if (!Object.hasOwn(told, name)) return [{ name, problem: 'missing', expected: type }];
      return isOf(type, told[name]) ? [] : [{ name, problem: 'wrong-type', expected: type }];
    }),
  ];
}

function isOf(type: OutputSchema['type'], value: unknown): boolean {
  if (type === 'integer') return Number.isSafeInteger(value);
  if (typeof value === 'string' && value.length > largestOutput) return false;
  return typeof value === type;
}

/** Told apart: what may be shown, and what is sealed. */
export function sortOutputs(
  schema: OutputsSchema,
  told: Readonly<Record<string, unknown>>,
): { outputs: Record<string, unknown>; secrets: Record<string, unknown> } {
  const entries = Object.entries(told);
  const isSecret = ([name]: [string, unknown]) => Object.hasOwn(schema, name) && schema[name]?.secret === true;
  return {
    outputs: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    secrets: Object.fromEntries(entries.filter(isSecret)),
  };
}

/** What `parameters` become under a plan: the plan's own win. */
export function parametersUnder(
  { planParameters = {} }: HeatFulfilment,
  { code }: PlanRef,
  parameters: Values,
): Values {
  const own = code !== null && Object.hasOwn(planParameters, code) ? planParameters[code] : undefined;
  return { ...parameters, ...own };
}

/** The name of an instance's stack, by which it is found again after a crash. */
export function stackNameOf(instanceId: string): string {
  return `sub-${instanceId}`;
}
