import { type RatedLine, type VatTotal, vatTotals } from '../../rating/index.ts';
import { type ShareRule, splitSale } from '../../revenue-sharing/index.ts';

/** One party's part of a line. */
export interface LineShare {
  readonly party: string;
  readonly rule: ShareRule | null;
  readonly amount: bigint;
}

/** A rated line, less what was invoiced of it before. */
export interface DraftLine extends RatedLine {
  /** Which of the subscription's plans, one after the other, it is a line of: 0 for the first. */
  readonly tenure: number;
  readonly vatRate: string;
  /** By final drafts of the same month: not nothing only when usage came late. */
  readonly alreadyInvoiced: bigint;
  /** Without VAT: `amount` less `alreadyInvoiced`. */
  readonly due: bigint;
  /** Of `due`, in the order of the waterfall; the last is the operator's. */
  readonly shares: readonly LineShare[];
}

/** What a subscription costs in a month. */
export interface DraftContent {
  readonly currency: string;
  readonly lines: readonly DraftLine[];
  readonly vat: readonly VatTotal[];
  /** Sums, in minor units. */
  readonly totalWithoutVat: bigint;
  readonly totalVat: bigint;
  readonly total: bigint;
}

/** A month of one of the subscription's plans, rated. */
export interface RatedTenure {
  readonly rated: readonly RatedLine[];
  /** The same usage at the base price, for what the store adds to it; null where the margin is a percentage. */
  readonly base: readonly RatedLine[] | null;
  readonly vatRate: string;
  readonly waterfall: readonly ShareRule[];
}

/** What goes into a draft. */
export interface DraftInput {
  readonly currency: string;
  readonly tenures: readonly RatedTenure[];
  readonly operatorId: string;
  /** The final drafts of the same subscription and month. */
  readonly earlier: readonly DraftContent[];
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

/**
 * The draft: each line's whole amount of the month is split, then what earlier drafts gave is taken off line and shares alike.
 * So adjustments add up to the cent too, and a minimum or maximum is counted once a month.
 */
export function draftContent({ currency, tenures, operatorId, earlier }: DraftInput): DraftContent {
  const before = earlier.flatMap((draft) => draft.lines);
  const lines = tenures.flatMap(({ rated, base, vatRate, waterfall }, tenure) =>
    rated.map((line): DraftLine => {
      const { componentId, amount, quantity } = line;
      const invoiced = before.filter((one) => one.tenure === tenure && one.componentId === componentId);
      const alreadyInvoiced = sum(invoiced.map(({ due }) => due));
      const atBase = base?.find((one) => one.componentId === componentId)?.amount;
      const sale = { gross: amount, quantity, ...(atBase !== undefined && { base: atBase }) };
      const shares = splitSale(sale, waterfall, operatorId).map((share, index) => ({
        ...share,
        amount: share.amount - sum(invoiced.map((previous) => previous.shares[index]?.amount ?? 0n)),
      }));
      return { ...line, tenure, vatRate, alreadyInvoiced, due: amount - alreadyInvoiced, shares };
    }),
  );
  const vat = vatTotals(lines.map(({ due, vatRate }) => ({ amount: due, vatRate })));
  const totalWithoutVat = sum(lines.map(({ due }) => due));
  const totalVat = sum(vat.map((total) => total.vat));
  return { currency, lines, vat, totalWithoutVat, totalVat, total: totalWithoutVat + totalVat };
}

/** What each party gets of the whole draft, without VAT. */
export function sharesByParty({ lines }: DraftContent): Map<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const { party, amount } of lines.flatMap(({ shares }) => shares)) {
    totals.set(party, (totals.get(party) ?? 0n) + amount);
  }
  return totals;
}
