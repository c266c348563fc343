import { Decimal, roundMinor } from '../../../kernel/base/money.ts';
import type { Price, PriceComponent, Tariff, Volume } from './plan.ts';

/** What a store makes of one base price. */
export interface Adjustment {
  /** Percent that is added. */
  readonly percent: string;
  /** Added to fees (not to rates), in minor units, after the percentage. */
  readonly fixed: bigint;
  /** Amounts are rounded up to a multiple of this, in minor units: 1 changes nothing, 100 gives whole euros. */
  readonly roundTo: bigint;
}

/** Rates of store prices are published with this many decimals. */
const rateDecimals = 8;

/** How one store's adjustment changes rates and amounts. Nothing is ever below the base price. */
function changes({ percent, fixed, roundTo }: Adjustment) {
  const factor = new Decimal(percent).div(100).plus(1);
  const amount = (base: bigint): bigint => {
    const exact = roundMinor(new Decimal(base.toString()).times(factor));
    return ((exact + roundTo - 1n) / roundTo) * roundTo;
  };
  return {
    rate: (base: string) => new Decimal(base).times(factor).toDecimalPlaces(rateDecimals).toFixed(),
    amount,
    fee: (base: bigint) => amount(base + fixed),
    limit: (base: bigint | null) => (base === null ? null : amount(base)),
  };
}

type Changes = ReturnType<typeof changes>;

function tariffAt(tariff: Tariff, { rate }: Changes): Tariff {
  if (tariff.model === 'flat' || tariff.model === 'package') return { ...tariff, rate: rate(tariff.rate) };
  return { ...tariff, tiers: tariff.tiers.map((tier) => ({ ...tier, rate: rate(tier.rate) })) };
}

function componentAt(component: PriceComponent, change: Changes): PriceComponent {
  if (component.kind !== 'usage') return { ...component, amount: change.fee(component.amount) };
  const { tariff, monthlyMinimum, monthlyCap } = component;
  const limits = { monthlyMinimum: change.limit(monthlyMinimum), monthlyCap: change.limit(monthlyCap) };
  return { ...component, tariff: tariffAt(tariff, change), ...limits };
}

/**
 * A store's price: each component of the base price by its own adjustment, the plan's own amounts by that of the plan. Rates
 * are rounded to what is published, amounts to the cent: the price that is shown is the price that is charged.
 */
export function atStorePrice(base: Price, adjustmentOf: (componentId: string | null) => Adjustment): Price {
  const plan = changes(adjustmentOf(null));
  const volume = (one: Volume | null) => one && { ...one, amount: plan.amount(one.amount) };
  return {
    ...base,
    components: base.components.map((component) => componentAt(component, changes(adjustmentOf(component.id)))),
    ...{ commitment: volume(base.commitment), prepaid: volume(base.prepaid) },
    ...{ monthlyMinimum: plan.limit(base.monthlyMinimum), monthlyCap: plan.limit(base.monthlyCap) },
  };
}

/** The base price plus a percentage of it, the same for everything. */
export const withMargin = (base: Price, percent: string): Price =>
  atStorePrice(base, () => ({ percent, fixed: 0n, roundTo: 1n }));
