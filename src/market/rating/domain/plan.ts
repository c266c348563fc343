import type { LocalizedText } from '../../../kernel/base/i18n.ts';
import type { UsageUnit } from './units.ts';

/** A price step: units up to and with `upTo` (a decimal; null: without end), each at `rate`. */
export interface Tier {
  readonly upTo: string | null;
  readonly rate: string;
}

/** How a quantity becomes an amount. Rates are decimal texts in major units of the currency. */
export type Tariff =
  /** Every unit costs the same. */
  | { readonly model: 'flat'; readonly rate: string }
  /** Each unit costs what its own tier says, like a tax scale. */
  | { readonly model: 'graduated'; readonly tiers: readonly Tier[] }
  /** All units cost what the tier of the whole quantity says. */
  | { readonly model: 'volume'; readonly tiers: readonly Tier[] }
  /** A started package of `size` units costs `rate`. */
  | { readonly model: 'package'; readonly size: string; readonly rate: string };

interface Named {
  /** Unique in its plan: what invoices and caps refer to. */
  readonly id: string;
  readonly name: LocalizedText;
}

/** A set-up fee: charged once, in the month in which the plan begins. */
export interface OneOffComponent extends Named {
  readonly kind: 'oneOff';
  /** Minor units. */
  readonly amount: bigint;
}

/** A subscription fee, charged in the month in which its period begins. */
export interface RecurringComponent extends Named {
  readonly kind: 'recurring';
  /** For a whole period, in minor units. */
  readonly amount: bigint;
  /** `calendar`: the seller's calendar months; `anniversary`: from the day and hour on which the plan began. */
  readonly anchor: 'calendar' | 'anniversary';
  /** How long a period is; calendar periods are one month long. */
  readonly everyMonths: number;
  /** Whether a period that begins late or ends early is charged by the part of it that was had. */
  readonly proRata: boolean;
}

/** What was used in a calendar month, at a tariff: Cloudwatt's own is by the started minute, capped by the month. */
export interface UsageComponent extends Named {
  readonly kind: 'usage';
  /** The CloudEvents type that it counts, e.g. `andromede.compute.server.usage.v1`. */
  readonly meter: string;
  readonly unit: UsageUnit;
  readonly tariff: Tariff;
  /** Units of each calendar month that cost nothing, a decimal. */
  readonly included: string;
  /** The least and the most for a calendar month, in minor units. Neither is pro rata. */
  readonly monthlyMinimum: bigint | null;
  readonly monthlyCap: bigint | null;
}

/** What a plan is made of. */
export type PriceComponent = OneOffComponent | RecurringComponent | UsageComponent;

/** An amount promised or paid beforehand, and what usage beyond it costs: percent of its price, at least 100. */
export interface Volume {
  /** Minor units. */
  readonly amount: bigint;
  readonly overagePercent: string;
}

/** What somebody pays: without VAT. */
export interface Price {
  readonly currency: string;
  readonly components: readonly PriceComponent[];
  /** Charged each calendar month, used or not (pro rata); usage counts against it. */
  readonly commitment: Volume | null;
  /** Paid when the plan begins; usage is taken from it until nothing is left. */
  readonly prepaid: Volume | null;
  /** The least and the most for a calendar month, one-off and prepaid amounts aside. Neither is pro rata. */
  readonly monthlyMinimum: bigint | null;
  readonly monthlyCap: bigint | null;
}

/** A price with nothing but components. */
export function priceOf(components: readonly PriceComponent[], more: Partial<Price> = {}): Price {
  return {
    currency: 'EUR',
    components,
    commitment: null,
    prepaid: null,
    monthlyMinimum: null,
    monthlyCap: null,
    ...more,
  };
}

/** The meters that a price counts. */
export function metersOf({ components }: Price): string[] {
  return [...new Set(components.flatMap((component) => (component.kind === 'usage' ? [component.meter] : [])))];
}
