import { Decimal } from '../../../kernel/base/money.ts';
import type { Tariff, Tier } from './plan.ts';

/** So many units (or packages of `size` units) at a rate: how an amount came about. */
export interface PriceStep {
  readonly quantity: string;
  /** Major units. */
  readonly rate: string;
  readonly size?: string;
}

/** The steps in which a tariff prices a quantity; what it costs is the sum of quantities times rates. */
export function priceSteps(tariff: Tariff, quantity: Decimal): PriceStep[] {
  switch (tariff.model) {
    case 'flat':
      return [{ quantity: quantity.toFixed(), rate: tariff.rate }];
    case 'package': {
      const packages = quantity.div(tariff.size).ceil();
      return [{ quantity: packages.toFixed(), rate: tariff.rate, size: tariff.size }];
    }
    case 'volume': {
      const tier = tariff.tiers.find(({ upTo }) => upTo === null || quantity.lte(upTo)) ?? lastOf(tariff.tiers);
      return [{ quantity: quantity.toFixed(), rate: tier.rate }];
    }
    case 'graduated':
      return graduated(tariff.tiers, quantity);
  }
}

function graduated(tiers: readonly Tier[], quantity: Decimal): PriceStep[] {
  let below = new Decimal(0);
  const steps: PriceStep[] = [];
  for (const { upTo, rate } of tiers) {
    const top = upTo === null ? quantity : Decimal.min(quantity, upTo);
    if (steps.length === 0 || top.gt(below)) steps.push({ quantity: top.minus(below).toFixed(), rate });
    if (upTo === null || quantity.lte(upTo)) break;
    below = new Decimal(upTo);
  }
  return steps;
}

function lastOf(tiers: readonly Tier[]): Tier {
  const last = tiers.at(-1);
  if (last === undefined) throw new Error('a tariff without tiers');
  return last;
}

/** What the steps add up to, in minor units, not rounded. */
export function costOf(steps: readonly PriceStep[]): Decimal {
  return steps.reduce(
    (sum, { quantity, rate }) => sum.plus(new Decimal(quantity).times(rate).times(100)),
    new Decimal(0),
  );
}
