/** The accounts of a sale in which the operator is merchant of record. */
export type AccountName = 'receivable' | 'vat' | 'sales' | 'payable';

/** An account: the operator's own, or towards one organisation. */
export interface Account {
  readonly name: AccountName;
  readonly organisationId: string | null;
}

/** One side of an entry in minor units: debit positive, credit negative. */
export interface Posting {
  readonly account: Account;
  readonly amount: bigint;
}

/** What a sale is made of, in minor units. */
export interface SaleAmounts {
  readonly customerId: string;
  readonly vat: bigint;
  /** The operator's own share, without VAT. */
  readonly operator: bigint;
  /** What is owed to the others, without VAT. */
  readonly others: readonly { readonly organisationId: string; readonly amount: bigint }[];
}

/**
 * The entry of a sale: the customer owes everything, the state its VAT, partners their shares, the operator earns the rest.
 * Of nothing there is nothing to post.
 */
export function salePostings({ customerId, vat, operator, others }: SaleAmounts): Posting[] {
  const total = others.reduce((sum, { amount }) => sum + amount, vat + operator);
  const own = (name: AccountName): Account => ({ name, organisationId: null });
  return [
    { account: { name: 'receivable' as const, organisationId: customerId }, amount: total },
    { account: own('vat'), amount: -vat },
    { account: own('sales'), amount: -operator },
    ...others.map(({ organisationId, amount }) => ({
      account: { name: 'payable' as const, organisationId },
      amount: -amount,
    })),
  ].filter(({ amount }) => amount !== 0n);
}
