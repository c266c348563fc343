import type { LocalizedText } from '../../../kernel/base/i18n.ts';
import { Decimal, type Money, roundMinor } from '../../../kernel/base/money.ts';

/** How many of a meter's base units (seconds) a priced unit holds. */
export const usageUnits = { second: 1n, minute: 60n, hour: 3600n } as const;
export type UsageUnit = keyof typeof usageUnits;

/** Usage at a rate for each started unit, capped for each calendar month: Cloudwatt's own way to price. */
export interface UsageComponent {
  readonly kind: 'usage';
  /** Unique in its plan: what invoices and caps refer to. */
  readonly id: string;
  readonly name: LocalizedText;
  /** The CloudEvents type that it counts, e.g. `andromede.compute.server.usage.v1`. */
  readonly meter: string;
  readonly unit: UsageUnit;
  /** Per unit, in major units of the currency, as a decimal text: `0.0025`. */
  readonly rate: string;
  /** The most for one calendar month, in minor units. */
  readonly monthlyCap: bigint | null;
}

/** What a plan is made of. One kind so far; the others of the catalogue join this union. */
export type PriceComponent = UsageComponent;

/** What somebody pays: without VAT. */
export interface Price {
  readonly currency: string;
  readonly components: readonly PriceComponent[];
}

/** Rates of store prices are published with this many decimals. */
const rateDecimals = 8;

/**
 * The price book's rule: the base price plus the reseller's margin (percent of the base price). Rates are rounded to
 * what is published, caps to the cent: the price that is shown is the price that is charged.
 */
export function withMargin(base: Price, marginPercent: string): Price {
  const factor = new Decimal(marginPercent).div(100).plus(1);
  return {
    currency: base.currency,
    components: base.components.map((component) => ({
      ...component,
      rate: new Decimal(component.rate).times(factor).toDecimalPlaces(rateDecimals).toFixed(),
      monthlyCap:
        component.monthlyCap === null ? null : roundMinor(new Decimal(component.monthlyCap.toString()).times(factor)),
    })),
  };
}

/** The monthly cap as money. */
export function capOf(price: Price, component: PriceComponent): Money | null {
  return component.monthlyCap === null ? null : { minor: component.monthlyCap, currency: price.currency };
}
