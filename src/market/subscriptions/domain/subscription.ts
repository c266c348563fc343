import type { LocalizedText } from '../../../kernel/base/i18n.ts';
import type { Money } from '../../../kernel/base/money.ts';
import type { Component, OutputRef } from '../../catalogue/index.ts';
import type { PriceView } from '../../rating/index.ts';

/**
 * What was bought, at which price, from whom, as it was on the day of the quote: whatever happens to the catalogue, the store
 * or the agreement afterwards, this holds. JSON as it is stored.
 */
export interface Terms {
  readonly storeId: string;
  readonly offeringId: string;
  readonly versionId: string;
  readonly planId: string;
  /** The publisher's own word for the plan. */
  readonly planCode?: string | null;
  /** Of a composite: what it is made of, and what of it the customer gets. */
  readonly components?: readonly Component[];
  readonly outputs?: Readonly<Record<string, OutputRef>>;
  /** Ordered by its publisher to try it: never charged. */
  readonly test?: boolean;
  readonly title: LocalizedText;
  readonly planName: LocalizedText;
  /** What the customer pays, without VAT. */
  readonly price: PriceView;
  /** Percent. */
  readonly vatRate: string;
  /** The merchant of record. */
  readonly operatorId: string;
  readonly resellerId: string;
  /** The same at the catalogue's base price: what is above it is the reseller's. */
  readonly basePrice?: PriceView;
  /** In older terms, instead of the base price: percent of it. */
  readonly marginPercent?: string;
  readonly publisherId: string;
  readonly agreementId: string;
}

/**
 * `pending` (being provisioned) → `active` → `terminating` → `terminated`; or `pending` → `failed`, which costs nothing.
 * An active one may be `changing` (its plan), `suspending` → `suspended` → `resuming` → `active`; what fails goes back.
 */
export type SubscriptionState =
  | 'pending'
  | 'active'
  | 'changing'
  | 'suspending'
  | 'suspended'
  | 'resuming'
  | 'terminating'
  | 'terminated'
  | 'failed';

/** A customer's own account for what it buys. */
export interface CostCentre {
  readonly code: string;
  readonly name: string;
}

/** Something bought, from order to end. */
export interface Subscription {
  readonly id: string;
  readonly customerId: string;
  readonly projectId: string;
  readonly storeId: string;
  readonly credentialId: string;
  readonly terms: Terms;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** What the customer wants to spend a month at most; the context `spending` sees to it. */
  readonly spendingCeiling: Money | null;
  /** On which of the customer's cost centres it is booked, as it was called when it was ordered. */
  readonly costCentre: CostCentre | null;
  readonly state: SubscriptionState;
  readonly stackId: string | null;
  /** What its stack gives out: the URL, for instance. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  readonly suspendedAt: Date | null;
  /** Usage counts up to here. */
  readonly endsAt: Date | null;
  readonly closedAt: Date | null;
}

/** The components of what was bought; what is no composite is its own only one. */
export function componentsOf({ terms, parameters }: Pick<Subscription, 'terms' | 'parameters'>): readonly Component[] {
  if (terms.components !== undefined) return terms.components;
  const { offeringId, versionId, publisherId } = terms;
  const plan = { id: terms.planId, code: terms.planCode ?? null };
  const inputs = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, { value }]));
  return [{ name: mainComponent, offeringId, versionId, publisherId, plan, inputs }];
}

/** The component of what is no composite. */
export const mainComponent = 'main';

/** The components and what each waits for, as a workflow's input: its steps are a function of it. */
export type Graph = readonly { readonly name: string; readonly after: readonly string[] }[];

/** In an order in which each comes after those that it waits for. */
export function graphOf(components: readonly Component[]): Graph {
  const left = new Map(components.map(({ name, inputs }) => [name, feeders(inputs)]));
  const graph: { name: string; after: readonly string[] }[] = [];
  while (left.size > 0) {
    const ready = [...left].filter(([, after]) => after.every((name) => !left.has(name)));
    if (ready.length === 0) throw new Error('the components wait for one another');
    for (const [name, after] of ready) {
      left.delete(name);
      graph.push({ name, after });
    }
  }
  return graph;
}

function feeders(inputs: Component['inputs']): string[] {
  return [...new Set(Object.values(inputs).flatMap((input) => ('component' in input ? [input.component] : [])))];
}
