/** Whom a purchase is booked on. */
export interface CostCentre {
  /** The organisation's own word for it: `R-42`. */
  readonly code: string;
  readonly name: string;
  /** The Keystone users who answer for it. */
  readonly managerIds: readonly string[];
  /** Minor units a month, without VAT; null: without limit. */
  readonly monthlyBudget: bigint | null;
}

/** Who has to agree: a manager of the order's cost centre (or, where it has none, an owner), or an owner. */
export type Approver = 'manager' | 'owner';

/** Above what an order may cost a month, in minor units, somebody has to agree. */
export interface LevelRule {
  readonly above: bigint;
  readonly by: Approver;
}

/** How an organisation buys. */
export interface PurchasingPolicy {
  /** 0: nobody has written one, and everybody orders freely. */
  readonly version: number;
  readonly costCentres: readonly CostCentre[];
  readonly costCentreRequired: boolean;
  /** For the organisation as a whole; null: without limit. */
  readonly monthlyBudget: bigint | null;
  /** What becomes of an order that is more than what is left of a budget: refused, or an owner has to agree. */
  readonly overBudget: 'refuse' | 'approve';
  /** Whether those who order may agree to it themselves. */
  readonly ownApproval: boolean;
  /** How long an order waits for those who have to agree. */
  readonly expiresAfterDays: number;
  readonly levels: readonly LevelRule[];
}

/** A level that an order has to pass, as it was when the order was placed. */
export interface Level {
  readonly by: Approver;
  readonly reason: 'amount' | 'over-budget';
  /** A decimal amount in major units; null where it is for the budget. */
  readonly above: string | null;
}

/** An order, as it is weighed. */
export interface Purchase {
  /** What it may cost a month at most, in minor units; null: without limit. */
  readonly amount: bigint | null;
  /** What of it counts against the budgets. */
  readonly increase: bigint;
  readonly costCentre: CostCentre | null;
  /** What counts against the budgets already. */
  readonly reserved: { readonly organisation: bigint; readonly costCentre: bigint };
}

/** A budget that does not suffice; `costCentre` null: that of the whole organisation. */
export interface Exceeded {
  readonly costCentre: CostCentre | null;
  readonly budget: bigint;
  readonly left: bigint;
}

/** What a policy says to a purchase. */
export type Weighed =
  | { readonly kind: 'levels'; readonly levels: readonly Level[] }
  /** Nobody can weigh what has no limit. */
  | { readonly kind: 'needs-ceiling' }
  | { readonly kind: 'over-budget'; readonly exceeded: Exceeded };

/** The first budget that a purchase exceeds: its cost centre's, then the organisation's. */
function exceededBy(policy: PurchasingPolicy, { increase, costCentre, reserved }: Purchase): Exceeded | undefined {
  const budgets = [
    { costCentre, budget: costCentre?.monthlyBudget ?? null, taken: reserved.costCentre },
    { costCentre: null, budget: policy.monthlyBudget, taken: reserved.organisation },
  ];
  for (const { budget, taken, ...whose } of budgets) {
    if (budget === null || increase === 0n || taken + increase <= budget) continue;
    return { ...whose, budget, left: budget > taken ? budget - taken : 0n };
  }
  return undefined;
}

/** Whether what an order may cost matters to the policy. */
function isLimited({ levels, monthlyBudget }: PurchasingPolicy, costCentre: CostCentre | null): boolean {
  return levels.length > 0 || monthlyBudget !== null || (costCentre !== null && costCentre.monthlyBudget !== null);
}

/** Weighs a purchase: who has to agree to it, or why it cannot be. Nobody has to where no level is left. */
export function weigh(policy: PurchasingPolicy, purchase: Purchase, amountText: (minor: bigint) => string): Weighed {
  const { amount, costCentre } = purchase;
  if (amount === null) {
    return isLimited(policy, costCentre) ? { kind: 'needs-ceiling' } : { kind: 'levels', levels: [] };
  }
  const exceeded = exceededBy(policy, purchase);
  if (exceeded !== undefined && policy.overBudget === 'refuse') return { kind: 'over-budget', exceeded };
  const managed = (costCentre?.managerIds.length ?? 0) > 0;
  const levels = policy.levels
    .filter(({ above }) => amount > above)
    .map(({ above, by }): Level => ({ by: managed ? by : 'owner', reason: 'amount', above: amountText(above) }));
  const overBudget: Level[] = exceeded ? [{ by: 'owner', reason: 'over-budget', above: null }] : [];
  return { kind: 'levels', levels: [...levels, ...overBudget] };
}
