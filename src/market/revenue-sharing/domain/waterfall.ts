import { Decimal, splitByWeights } from '../../../kernel/base/money.ts';

/** Up to and with this amount, in minor units (null: without end), at this percentage. */
export interface ShareTier {
  readonly upTo: bigint | null;
  readonly percent: string;
}

/** How a share is reckoned; percents and amounts are decimal texts. */
export type ShareBasis =
  /** What a margin of `percent` on the base price put into the gross: gross × percent ⁄ (100 + percent). */
  | { readonly kind: 'margin'; readonly percent: string }
  /** What the sale comes to above the same at the base price. */
  | { readonly kind: 'markup' }
  | { readonly kind: 'percentOfGross'; readonly percent: string }
  /** Of what the rules before have left. */
  | { readonly kind: 'percentOfRemainder'; readonly percent: string }
  /** Of what the rules before have left, by tiers of it (minor units), each part at its own percentage. */
  | { readonly kind: 'tieredPercent'; readonly tiers: readonly ShareTier[] }
  /** In major units, for each unit sold. */
  | { readonly kind: 'amountPerUnit'; readonly amount: string };

/** One step of a waterfall. A share is never more than what is left, so `minimum` is a promise as far as it goes. */
export interface ShareRule<Party = string> {
  readonly party: Party;
  readonly basis: ShareBasis;
  /** Minor units. */
  readonly minimum?: bigint;
  readonly maximum?: bigint;
}

/** What is to be split: without VAT, in minor units. */
export interface Sale {
  readonly gross: bigint;
  /** Units sold, for `amountPerUnit`: a decimal. */
  readonly quantity: string;
  /** What the same comes to at the base price, for `markup`. */
  readonly base?: bigint;
}

/** What one rule gives; the last one is what is left for `rest`, with no rule. */
export interface Share<Party = string> {
  readonly party: Party;
  readonly rule: ShareRule<Party> | null;
  readonly amount: bigint;
}

const hundred = new Decimal(100);

function exactShare(basis: ShareBasis, sale: Sale, gross: Decimal, left: Decimal): Decimal {
  switch (basis.kind) {
    case 'margin':
      return gross.times(basis.percent).div(hundred.plus(basis.percent));
    case 'markup':
      return sale.base === undefined ? new Decimal(0) : gross.minus(sale.base.toString());
    case 'percentOfGross':
      return gross.times(basis.percent).div(hundred);
    case 'percentOfRemainder':
      return left.times(basis.percent).div(hundred);
    case 'tieredPercent':
      return tieredShare(basis.tiers, left);
    case 'amountPerUnit':
      return new Decimal(basis.amount).times(hundred).times(new Decimal(sale.quantity).abs());
  }
}

function tieredShare(tiers: readonly ShareTier[], left: Decimal): Decimal {
  let below = new Decimal(0);
  let share = new Decimal(0);
  for (const { upTo, percent } of tiers) {
    const top = upTo === null ? left : Decimal.min(left, upTo.toString());
    share = share.plus(Decimal.max(0, top.minus(below)).times(percent).div(hundred));
    below = Decimal.max(below, top);
  }
  return share;
}

function limited(exact: Decimal, rule: ShareRule<unknown>, left: Decimal): Decimal {
  const most = rule.maximum === undefined ? exact : Decimal.min(exact, rule.maximum.toString());
  const least = rule.minimum === undefined ? most : Decimal.max(most, rule.minimum.toString());
  return Decimal.max(0, Decimal.min(least, left));
}

/**
 * Splits a sale by ordered rules; what is left goes to `rest`. Shares are exact until the end, then rounded together by
 * largest remainder: they always sum to the gross. A refund splits into the exact opposite.
 */
export function splitSale<Party>(sale: Sale, rules: readonly ShareRule<Party>[], rest: Party): Share<Party>[] {
  if (sale.gross < 0n) {
    const positive = { ...sale, gross: -sale.gross, ...(sale.base !== undefined && { base: -sale.base }) };
    const opposite = splitSale(positive, rules, rest);
    return opposite.map((share) => ({ ...share, amount: -share.amount }));
  }
  const parties = [...rules.map((rule) => ({ party: rule.party, rule })), { party: rest, rule: null }];
  if (sale.gross === 0n) return parties.map((share) => ({ ...share, amount: 0n }));
  const gross = new Decimal(sale.gross.toString());
  let left = gross;
  const exact = rules.map((rule) => {
    const share = limited(exactShare(rule.basis, sale, gross, left), rule, left);
    left = left.minus(share);
    return share;
  });
  const amounts = splitByWeights(sale.gross, [...exact, left]);
  return parties.map((share, index) => ({ ...share, amount: amounts[index] ?? 0n }));
}

/** Adds up what each party gets. */
export function totalByParty<Party>(shares: readonly Share<Party>[]): Map<Party, bigint> {
  const totals = new Map<Party, bigint>();
  for (const { party, amount } of shares) totals.set(party, (totals.get(party) ?? 0n) + amount);
  return totals;
}
