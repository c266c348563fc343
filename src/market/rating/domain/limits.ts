import { Decimal, roundMinor, splitByWeights } from '../../../kernel/base/money.ts';
import type { Period } from './calendar.ts';
import type { PlanLineKind, RatedLine, Reduction } from './line.ts';
import type { Price, Volume } from './plan.ts';

/** What a plan's own amounts are reckoned from. */
export interface MonthSituation {
  readonly month: string;
  readonly period: Period;
  /** The part of the month in which the plan held; empty when it did not. */
  readonly active: Period;
  /** Whether the plan begins in this month. */
  readonly begins: boolean;
  /** What is left of the prepaid amount, in minor units. */
  readonly prepaidLeft: bigint;
}

const sum = (lines: readonly RatedLine[]): bigint => lines.reduce((total, { amount }) => total + amount, 0n);
const lengthOf = ({ start, end }: Period): number => Math.max(0, end.getTime() - start.getTime());
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** A line of the plan itself; its id is its kind, which no component may be called. */
function planLine(kind: PlanLineKind, month: string, amount: bigint): RatedLine {
  const once = { usage: 0n, included: '0', quantity: amount === 0n ? '0' : '1', unit: 'once' as const };
  return {
    ...{ componentId: kind, kind, month, ...once, steps: [], uncapped: amount, reductions: [] },
    ...{ monthlyMinimum: null, minimumApplied: false, monthlyCap: null, capApplied: false, amount },
  };
}

/** Takes `amount` off those lines that `bears` picks, in proportion to what they come to, by largest remainder. */
function reduced(
  lines: readonly RatedLine[],
  kind: Reduction['kind'],
  amount: bigint,
  bears: (line: RatedLine) => boolean,
): RatedLine[] {
  if (amount <= 0n) return [...lines];
  const weights = lines.map((line) => new Decimal(bears(line) ? line.amount.toString() : 0));
  const parts = splitByWeights(amount, weights);
  return lines.map((line, index) => {
    const part = parts[index] ?? 0n;
    if (part === 0n) return line;
    return { ...line, amount: line.amount - part, reductions: [...line.reductions, { kind, amount: part }] };
  });
}

function overage({ overagePercent }: Volume, beyond: bigint): bigint {
  return roundMinor(new Decimal(beyond.toString()).times(new Decimal(overagePercent).minus(100)).div(100));
}

const isUsage = ({ kind }: RatedLine): boolean => kind === 'usage';
const isAside = ({ kind }: RatedLine): boolean => kind === 'oneOff' || kind === 'prepaid';

/**
 * The lines of a month after what holds for the plan as a whole, in this order: commitment or prepaid amount with its
 * overage, minimum, cap. A line is there whenever the price can make it, if only with nothing, so that what was invoiced of
 * it before finds it again.
 */
export function withPlanAmounts(
  price: Price,
  components: readonly RatedLine[],
  situation: MonthSituation,
): RatedLine[] {
  const { month, begins } = situation;
  let lines = [...components];
  const used = sum(lines.filter(isUsage));
  if (price.commitment !== null) {
    const promised = partOfMonth(price.commitment.amount, situation);
    lines.push(planLine('commitment', month, most(0n, promised - used)));
    lines.push(planLine('overage', month, overage(price.commitment, most(0n, used - promised))));
  }
  if (price.prepaid !== null) {
    const taken = least(situation.prepaidLeft, used);
    lines = reduced(lines, 'prepaid', taken, isUsage);
    lines.push(planLine('prepaid', month, begins ? price.prepaid.amount : 0n));
    lines.push(planLine('overage', month, overage(price.prepaid, used - taken)));
  }
  const counted = () => sum(lines.filter((line) => !isAside(line)));
  if (price.monthlyMinimum !== null) {
    const missing = lengthOf(situation.active) > 0 ? most(0n, price.monthlyMinimum - counted()) : 0n;
    lines.push(planLine('minimum', month, missing));
  }
  if (price.monthlyCap === null) return lines;
  return reduced(lines, 'planCap', counted() - price.monthlyCap, (line) => !isAside(line));
}

/** How much of the prepaid amount these lines have taken. */
export function takenFromPrepaid(lines: readonly RatedLine[]): bigint {
  const all = lines.flatMap(({ reductions }) => reductions);
  return all.reduce((total, { kind, amount }) => (kind === 'prepaid' ? total + amount : total), 0n);
}

function partOfMonth(amount: bigint, { period, active }: MonthSituation): bigint {
  return roundMinor(new Decimal(amount.toString()).times(lengthOf(active)).div(lengthOf(period)));
}
