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

/** What goes into a draft. */
export interface DraftInput {
  readonly currency: string;
  readonly rated: readonly RatedLine[];
  readonly vatRate: string;
  readonly waterfall: readonly ShareRule[];
  readonly operatorId: string;
  /** The final drafts of the same subscription and month. */
  readonly earlier: readonly DraftContent[];
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

/**
 * The draft: each line's whole amount of the month is split, then what earlier drafts gave is taken off line and shares alike.
 * So adjustments add up to the cent too, and a minimum or maximum is counted once a month.
 */
export function draftContent({ currency, rated, vatRate, waterfall, operatorId, earlier }: DraftInput): DraftContent {
  const lines = rated.map((line): DraftLine => {
    const before = earlier.flatMap((draft) =>
      draft.lines.filter(({ componentId }) => componentId === line.componentId),
    );
    const alreadyInvoiced = sum(before.map(({ due }) => due));
    const whole = splitSale({ gross: line.amount, quantity: line.quantity }, waterfall, operatorId);
    const shares = whole.map((share, index) => ({
      ...share,
      amount: share.amount - sum(before.map((previous) => previous.shares[index]?.amount ?? 0n)),
    }));
    return { ...line, vatRate, alreadyInvoiced, due: line.amount - alreadyInvoiced, shares };
  });
  const vat = vatTotals(lines.map(({ due }) => ({ amount: due, vatRate })));
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
