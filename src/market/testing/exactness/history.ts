import { Decimal } from '../../../kernel/base/money.ts';
import {
  type Adjustment,
  atStorePrice,
  type Price,
  type PriceComponent,
  priceOf,
  type Tariff,
  type Usage,
  type UsageComponent,
  type UsageUnit,
} from '../../rating/index.ts';
import type { ShareRule } from '../../revenue-sharing/index.ts';
import { type Random, randomOf } from './random.ts';

/** A usage event, and the billing run after which it arrives: what is late makes an adjustment. */
export interface Event {
  readonly id: string;
  readonly meter: string;
  readonly usage: Usage;
  readonly arrives: number;
}

/** One of a subscription's plans. */
export interface Tenure {
  readonly base: Price;
  readonly retail: Price;
  readonly start: Date;
  readonly end: Date | null;
  readonly waterfall: readonly ShareRule[];
}

/** What may happen to one subscription: its plans, what it uses, and in which order that becomes known. */
export interface History {
  readonly timeZone: string;
  /** How often the months are billed; after each time all drafts are final. */
  readonly runs: number;
  readonly tenures: readonly Tenure[];
  /** As they are sent: some twice, in any order. */
  readonly events: readonly Event[];
}

const day = 86_400_000;
const meters = ['a.server.v1', 'a.volume.v1'];
const units: readonly UsageUnit[] = ['second', 'minute', 'hour', 'month', 'request'];
const name = { fr: 'x', en: 'x' };

/** The history with that number of that seed. */
export function historyOf(seed: number, number: number): History {
  const random = randomOf(seed, number);
  const start = Date.parse('2025-01-01T00:00:00Z') + random.int(0, 730 * 24 * 3600) * 1000;
  const tenures = tenuresFrom(random, start);
  const runs = random.pick([1, 1, 2, 2, 3]);
  const events = random.list(0, 6, (index) => eventFrom(random, index, start, runs));
  const twice = events.filter(() => random.chance(20));
  return {
    timeZone: random.pick(['Europe/Paris', 'Europe/Paris', 'UTC', 'America/New_York', 'Pacific/Auckland']),
    ...{ runs, tenures, events: [...events, ...twice] },
  };
}

function tenuresFrom(random: Random, start: number): Tenure[] {
  const changes = random.chance(60) ? 0 : random.int(1, 2);
  let from = start;
  return Array.from({ length: changes + 1 }, (_, index) => {
    const until = from + random.int(1, 20 * day);
    const isLast = index === changes;
    const tenure = tenureFrom(random, from, isLast && random.chance(50) ? null : until);
    from = until;
    return tenure;
  });
}

function tenureFrom(random: Random, start: number, end: number | null): Tenure {
  const base = priceFrom(random);
  const adjustment: Adjustment = {
    percent: decimal(random, 50, 2),
    fixed: random.chance(20) ? BigInt(random.int(0, 500)) : 0n,
    roundTo: random.pick([1n, 1n, 5n, 100n]),
  };
  const retail = atStorePrice(base, () => adjustment);
  const dates = { start: new Date(start), end: end === null ? null : new Date(end) };
  return { base, retail, ...dates, waterfall: waterfallFrom(random) };
}

function decimal(random: Random, most: number, places: number): string {
  return new Decimal(random.int(0, most * 10 ** places)).div(10 ** places).toFixed();
}

function tariffFrom(random: Random): Tariff {
  const rate = () => decimal(random, 1, random.pick([0, 2, 4, 8]));
  switch (random.int(0, 3)) {
    case 0:
      return { model: 'package', size: String(random.int(1, 5000)), rate: rate() };
    case 1:
    case 2: {
      let upTo = 0;
      const tiers = random.list(0, 3, () => {
        upTo += random.int(1, 100_000);
        return { upTo: String(upTo), rate: rate() };
      });
      return { model: random.pick(['graduated', 'volume'] as const), tiers: [...tiers, { upTo: null, rate: rate() }] };
    }
    default:
      return { model: 'flat', rate: rate() };
  }
}

const amount = (random: Random): bigint => BigInt(random.int(0, random.pick([100, 10_000, 13_107_201])));

function usageFrom(random: Random, index: number): UsageComponent {
  const monthlyMinimum = random.chance(15) ? amount(random) : null;
  const cap = random.chance(50) ? amount(random) : null;
  return {
    ...{ kind: 'usage', id: `usage-${index}`, name, meter: meters[index] as string, unit: random.pick(units) },
    ...{ tariff: tariffFrom(random), included: random.chance(30) ? decimal(random, 1000, 2) : '0', monthlyMinimum },
    monthlyCap: cap !== null && monthlyMinimum !== null && cap < monthlyMinimum ? monthlyMinimum : cap,
  };
}

function feeFrom(random: Random, index: number): PriceComponent {
  if (random.chance(40)) return { kind: 'oneOff', id: `fee-${index}`, name, amount: amount(random) };
  const anchor = random.pick(['calendar', 'anniversary'] as const);
  const everyMonths = anchor === 'calendar' ? 1 : random.pick([1, 1, 3, 12]);
  const terms = { anchor, everyMonths, proRata: random.chance(70) };
  return { kind: 'recurring', id: `fee-${index}`, name, amount: amount(random), ...terms };
}

function priceFrom(random: Random): Price {
  const usages = random.list(1, 2, (index) => usageFrom(random, index));
  const fees = random.chance(50) ? random.list(1, 2, (index) => feeFrom(random, index)) : [];
  const volume = () => ({ amount: amount(random), overagePercent: String(random.pick([100, 150])) });
  const agreed = random.pick([{}, {}, {}, { commitment: volume() }, { prepaid: volume() }]);
  const monthlyMinimum = random.chance(10) ? BigInt(random.int(0, 1000)) : null;
  const monthlyCap = random.chance(30) ? (monthlyMinimum ?? 0n) + amount(random) : null;
  return priceOf([...fees, ...usages], { ...agreed, monthlyMinimum, monthlyCap });
}

function waterfallFrom(random: Random): ShareRule[] {
  const rules = random.list(0, 3, (): ShareRule => {
    const party = random.pick(['publisher', 'infrastructure', 'store']);
    const limits = {
      ...(random.chance(20) && { minimum: BigInt(random.int(0, 500)) }),
      ...(random.chance(20) && { maximum: BigInt(random.int(0, 5000)) }),
    };
    const percent = decimal(random, 100, 4);
    const kind = random.pick(['percentOfGross', 'percentOfRemainder', 'amountPerUnit'] as const);
    return { party, basis: kind === 'amountPerUnit' ? { kind, amount: percent } : { kind, percent }, ...limits };
  });
  return [{ party: 'reseller', basis: { kind: 'markup' } }, ...rules];
}

function eventFrom(random: Random, index: number, start: number, runs: number): Event {
  const from = start + random.int(-5 * 86_400, 30 * 86_400) * 1000 + random.int(0, 999);
  const seconds = random.pick([0, 10, 3600, 86_400, 12 * 86_400]) + random.int(0, 60);
  const quantity = BigInt(random.chance(70) ? seconds : random.int(0, 1_000_000));
  const usage = { start: new Date(from), end: new Date(from + seconds * 1000), quantity };
  return { id: String(index), meter: random.pick(meters), usage, arrives: random.int(1, runs) };
}
