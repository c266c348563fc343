import type { Month } from './calendar.ts';
import type { PriceStep } from './tariff.ts';
import type { UsageUnit } from './units.ts';

/** The lines of the plan as a whole, which no component makes. */
export const planLineKinds = ['commitment', 'prepaid', 'overage', 'minimum'] as const;
export type PlanLineKind = (typeof planLineKinds)[number];

/** What a line charges: a component, or what the plan says as a whole. */
export type LineKind = 'oneOff' | 'recurring' | 'usage' | PlanLineKind;

/** Whether it is a line of the plan as a whole. */
export function isPlanLine(kind: string): kind is PlanLineKind {
  return planLineKinds.some((known) => known === kind);
}

/** What was taken off a line for the plan as a whole. */
export interface Reduction {
  /** Paid from the prepaid amount, or beyond the plan's monthly cap. */
  readonly kind: 'prepaid' | 'planCap';
  /** Minor units. */
  readonly amount: bigint;
}

/** What one component costs in one month, and why: `steps`, then minimum and cap, then `reductions` give `amount`. */
export interface RatedLine {
  /** The component's; for the plan's own lines the same as `kind`. */
  readonly componentId: string;
  readonly kind: LineKind;
  readonly month: Month;
  /** Base units, as metered. */
  readonly usage: bigint;
  /** Units of the allowance that were used up, a decimal. */
  readonly included: string;
  /** Units, a decimal: of usage each started one counts, but months by the part of them; of periods the part that was had. */
  readonly quantity: string;
  readonly unit: UsageUnit | 'period' | 'once';
  /** How the units that are not included were priced. */
  readonly steps: readonly PriceStep[];
  /** The steps' sum in minor units, rounded half-up, before minimum and cap. */
  readonly uncapped: bigint;
  readonly monthlyMinimum: bigint | null;
  readonly minimumApplied: boolean;
  readonly monthlyCap: bigint | null;
  readonly capApplied: boolean;
  readonly reductions: readonly Reduction[];
  /** Minor units, without VAT. */
  readonly amount: bigint;
}
