import type { LocalizedText } from '../kernel/base/i18n.ts';
import type { Amount } from './market.ts';

/** What the market's API answers of how organisations buy. */

/** A customer's own account for what it buys. */
export interface CostCentre {
  readonly code: string;
  readonly name: string;
}

/** What somebody's agreement is asked for; its id is the order's. */
export interface Approval {
  readonly id: string;
  readonly organisationId: string;
  readonly requesterId: string;
  readonly requesterName: string;
  readonly title: LocalizedText;
  readonly planName: LocalizedText;
  /** The price in words, a line each. */
  readonly text: readonly string[];
  readonly costCentre: CostCentre | null;
  /** What it may cost a month at most, without VAT; null: without limit. */
  readonly amount: Amount | null;
  readonly state: 'waiting' | 'granted' | 'refused' | 'withdrawn' | 'expired';
  readonly reason: string | null;
  /** Whose agreement is missing: `above` which amount, or because a budget is exceeded. */
  readonly waitsFor: readonly {
    readonly by: 'manager' | 'owner';
    readonly reason: 'amount' | 'over-budget';
    readonly above: Amount | null;
  }[];
  readonly decisions: readonly {
    readonly userName: string;
    readonly decision: 'approved' | 'refused';
    readonly note: string | null;
    readonly at: string;
  }[];
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** How an organisation buys. */
export interface PurchasingPolicy {
  readonly organisationId: string;
  /** 0: none was written. */
  readonly version: number;
  readonly costCentres: readonly {
    readonly code: string;
    readonly name: string;
    readonly managerIds: readonly string[];
    readonly monthlyBudget?: Amount;
    /** What its orders count against the budget. */
    readonly reserved: Amount;
  }[];
  readonly costCentreRequired: boolean;
  readonly monthlyBudget?: Amount;
  readonly reserved: Amount;
  readonly overBudget: 'refuse' | 'approve';
  readonly ownApproval: boolean;
  readonly expiresAfterDays: number;
  readonly levels: readonly { readonly above: Amount; readonly by: 'manager' | 'owner' }[];
}
