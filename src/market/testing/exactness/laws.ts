import { Decimal } from '../../../kernel/base/money.ts';
import { type DraftContent, draftContent, sharesByParty, usageCounted, windowsOf } from '../../billing/index.ts';
import { salePostings } from '../../ledger/index.ts';
import {
  type Month,
  monthOf,
  nextMonth,
  type Price,
  parsePrice,
  priceView,
  type RatedLine,
  rateMonth,
  type Tariff,
  type Usage,
  usageWithin,
} from '../../rating/index.ts';
import type { Event, History, Tenure } from './history.ts';

const sum = (amounts: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
};

function law(holds: boolean, text: () => string): void {
  if (!holds) throw new Error(text());
}

const vatRate = '20';
const asOf = new Date('2040-01-01T00:00:00Z');

/** The months in which something may be charged: from the first use or start to a while after the last. */
function monthsOf({ events, tenures, timeZone }: History): Month[] {
  const instants = [
    ...events.flatMap(({ usage }) => [usage.start, usage.end]),
    ...tenures.flatMap(({ start, end }) => [start, end ?? start]),
  ].map((date) => date.getTime());
  const last = monthOf(new Date(Math.max(...instants)), timeZone);
  const months: Month[] = [];
  for (let month = monthOf(new Date(Math.min(...instants)), timeZone); month <= last; month = nextMonth(month)) {
    months.push(month);
  }
  return months;
}

/** Each source and id once, as the database keeps them. */
function known(events: readonly Event[], run: number): Event[] {
  const unique = new Map(events.filter(({ arrives }) => arrives <= run).map((event) => [event.id, event]));
  return [...unique.values()];
}

/** A month of each tenure, rated as billing rates it, at the price that `priceIn` picks. */
function rated(
  history: History,
  events: readonly Event[],
  month: Month,
  months: readonly Month[],
  priceIn: (tenure: Tenure) => Price,
): RatedLine[][] {
  const { timeZone, tenures } = history;
  const windows = windowsOf(tenures);
  return tenures.map((tenure, index) => {
    const price = priceIn(tenure);
    const usageOf = (meter: string): Usage[] => {
      const usages = events.filter((event) => event.meter === meter).map(({ usage }) => usage);
      const asked = price.prepaid === null ? [month] : months.filter((one) => one <= month);
      return asked.map((one) => {
        const start = new Date(`${one}-15T00:00:00Z`);
        const window = windows[index] ?? { start, end: null };
        return { start, end: start, quantity: usageCounted(usages, window, one, timeZone) };
      });
    };
    return rateMonth({ price, start: tenure.start, end: tenure.end }, usageOf, month, { timeZone, asOf });
  });
}

/** The price as it was kept with the quote: as JSON. */
const quoted = (price: Price): Price => parsePrice(JSON.parse(JSON.stringify(priceView(price))));

/** Bills the history as often as it says and throws at the first law that does not hold. */
export function checkHistory(history: History): void {
  const months = monthsOf(history);
  const all = known(history.events, history.runs);
  const counted = new Map<string, bigint>();
  const quotes = history.tenures.map(({ retail }) => quoted(retail));
  for (const month of months) {
    const drafts: DraftContent[] = [];
    for (let run = 1; run <= history.runs; run += 1) {
      const draft = draftOf(history, known(history.events, run), month, months, drafts);
      checkShares(draft);
      drafts.push(draft);
    }
    const charged = rated(history, all, month, months, (tenure) => quotes[history.tenures.indexOf(tenure)] as Price);
    checkCharge(drafts, charged);
    charged.forEach((lines, index) => {
      checkCaps(quotes[index] as Price, lines);
      for (const line of lines) checkLine(quotes[index] as Price, line);
      for (const { componentId, usage } of lines) {
        const key = `${index} ${componentId}`;
        counted.set(key, (counted.get(key) ?? 0n) + usage);
      }
    });
  }
  checkCountedOnce(history, all, counted);
}

function draftOf(
  history: History,
  events: readonly Event[],
  month: Month,
  months: readonly Month[],
  earlier: readonly DraftContent[],
): DraftContent {
  const retail = rated(history, events, month, months, (tenure) => tenure.retail);
  const base = rated(history, events, month, months, (tenure) => tenure.base);
  const tenures = history.tenures.map(({ waterfall }, index) => ({
    ...{ rated: retail[index] ?? [], base: base[index] ?? [], vatRate, waterfall },
  }));
  return draftContent({ currency: 'EUR', tenures, operatorId: 'operator', earlier });
}

/** Shares sum to the sale, line by line and over all, and what is posted balances. */
function checkShares(draft: DraftContent): void {
  for (const { componentId, due, shares } of draft.lines) {
    law(sum(shares.map(({ amount }) => amount)) === due, () => `the shares of ${componentId} are not ${due}`);
  }
  const shares = sharesByParty(draft);
  law(sum(shares.values()) === draft.totalWithoutVat, () => 'the shares are not the sale');
  law(draft.totalWithoutVat + draft.totalVat === draft.total, () => 'the total is not net and VAT');
  const others = [...shares].filter(([party]) => party !== 'operator');
  const postings = salePostings({
    ...{ customerId: 'customer', vat: draft.totalVat, operator: shares.get('operator') ?? 0n },
    others: others.map(([organisationId, amount]) => ({ organisationId, amount })),
  });
  law(sum(postings.map(({ amount }) => amount)) === 0n, () => 'the postings do not balance');
}

/** All that was charged, adjustments included, is what the quote's price gives for all the usage at once. */
function checkCharge(drafts: readonly DraftContent[], charged: readonly (readonly RatedLine[])[]): void {
  const due = sum(drafts.map(({ totalWithoutVat }) => totalWithoutVat));
  const quote = sum(charged.flat().map(({ amount }) => amount));
  law(due === quote, () => `charged ${due}, quoted ${quote}`);
}

/** No cap is exceeded: neither a component's nor the plan's. */
function checkCaps(price: Price, lines: readonly RatedLine[]): void {
  for (const { componentId, amount, monthlyCap } of lines) {
    law(monthlyCap === null || amount <= monthlyCap, () => `${componentId} is over its cap`);
    law(amount >= 0n, () => `${componentId} is negative`);
  }
  const month = lines.filter(({ kind }) => kind !== 'oneOff' && kind !== 'prepaid');
  const total = sum(month.map(({ amount }) => amount));
  law(price.monthlyCap === null || total <= price.monthlyCap, () => `the plan is over its cap: ${total}`);
}

/** The naive way to a tariff's price: unit by unit of its tiers, in exact fractions of a cent. */
function naiveCost(tariff: Tariff, quantity: Decimal): Decimal {
  switch (tariff.model) {
    case 'flat':
      return quantity.times(tariff.rate);
    case 'package':
      return quantity.div(tariff.size).ceil().times(tariff.rate);
    case 'volume':
      return quantity.times(tariff.tiers.find(({ upTo }) => upTo === null || quantity.lte(upTo))?.rate ?? 0);
    case 'graduated': {
      const bounds = [new Decimal(0), ...tariff.tiers.map(({ upTo }) => new Decimal(upTo ?? Number.POSITIVE_INFINITY))];
      const inTier = (index: number) =>
        Decimal.max(0, Decimal.min(quantity, bounds[index + 1] ?? 0).minus(bounds[index] ?? 0));
      return tariff.tiers.reduce((cost, { rate }, index) => cost.plus(inTier(index).times(rate)), new Decimal(0));
    }
  }
}

/** A line's explanation gives its amount, to half a cent, and a naive reckoning agrees. */
function checkLine(price: Price, line: RatedLine): void {
  const cents = new Decimal(line.uncapped.toString());
  const near = (exact: Decimal) => exact.times(100).minus(cents).abs().lte(0.5);
  const steps = line.steps.reduce(
    (cost, { quantity, rate }) => cost.plus(new Decimal(quantity).times(rate)),
    new Decimal(0),
  );
  law(line.steps.length === 0 || near(steps), () => `the steps of ${line.componentId} are not ${line.uncapped}`);
  const component = price.components.find(({ id }) => id === line.componentId);
  if (component?.kind === 'usage') {
    const cost = naiveCost(component.tariff, new Decimal(line.quantity).minus(line.included));
    law(near(cost), () => `${line.componentId} is ${line.uncapped}, naively ${cost}`);
  }
  const taken = sum(line.reductions.map(({ amount }) => amount));
  const raised = line.minimumApplied ? (line.monthlyMinimum ?? 0n) : line.uncapped;
  const limited = line.capApplied ? (line.monthlyCap ?? 0n) : raised;
  law(limited - taken === line.amount, () => `${line.componentId} does not explain ${line.amount}`);
}

/** Every second of every event is in exactly one month of exactly one plan, up to the subscription's end. */
function checkCountedOnce({ tenures }: History, all: readonly Event[], counted: ReadonlyMap<string, bigint>): void {
  const end = tenures.at(-1)?.end ?? null;
  const meters = new Set(all.map(({ meter }) => meter));
  for (const meter of meters) {
    const ids = tenures.map(({ retail }) =>
      retail.components.filter((one) => one.kind === 'usage' && one.meter === meter).map(({ id }) => id),
    );
    if (ids.some(({ length }) => length === 0)) continue;
    const used = all
      .filter((event) => event.meter === meter)
      .map(({ usage }) => usageWithin(usage, new Date(0), end)?.quantity ?? 0n);
    const charged = ids.map(([id], index) => counted.get(`${index} ${id}`) ?? 0n);
    law(sum(charged) === sum(used), () => `${meter}: ${sum(used)} used, ${sum(charged)} counted`);
  }
}
