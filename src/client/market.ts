import type { LocalizedText } from '../kernel/base/i18n.ts';
import type { Approval, CostCentre } from './purchasing.ts';

export type * from './purchasing.ts';

/** What the market's API answers, as far as the commands read it (`/market/v1`). */

export interface Amount {
  readonly amount: string;
  readonly currency: string;
}

export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly country: string;
  readonly vatId: string | null;
  readonly domainId: string | null;
}

export interface Member {
  readonly userId: string;
  readonly role: string;
}

/** A way into an organisation for one person; the secret itself is shown once, when it is made. */
export interface Invitation {
  readonly id: string;
  readonly organisationId: string;
  readonly role: string;
  readonly note: string;
  readonly state: 'open' | 'accepted' | 'revoked' | 'expired';
  readonly invitedBy: string;
  readonly acceptedBy: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** An organisation that asks to be admitted. */
export interface OrganisationApplication {
  readonly id: string;
  readonly applicantId: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly country: string;
  readonly registrationNumber: string | null;
  readonly vatId: string | null;
  readonly iban: string | null;
  readonly message: string;
  readonly state: 'pending' | 'admitted' | 'refused' | 'withdrawn';
  readonly reason: string | null;
  readonly organisationId: string | null;
  readonly createdAt: string;
}

export interface Agreement {
  readonly id: string;
  readonly publisherId: string;
  readonly version: number;
  readonly rules: readonly { readonly kind: string; readonly percent?: string; readonly amount?: string }[];
  readonly state: 'proposed' | 'signed';
  readonly signatures: readonly { readonly side: string; readonly signedAt: string }[];
}

/** A publisher's key for handing in usage; the key itself is shown once, when it is made. */
export interface MeteringKey {
  readonly id: string;
  readonly publisherId: string;
  readonly name: string;
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

/** How sales would be shared, before anybody signs. */
export interface AgreementSimulation {
  readonly totals: readonly { readonly party: string; readonly amount: Amount }[];
}

/** A component of a price, as far as it is shown field by field; `text` of its plan says all of it in words. */
export interface PriceComponent {
  readonly kind: 'oneOff' | 'recurring' | 'usage';
  readonly id: string;
  readonly name: LocalizedText;
  readonly rate?: string;
  readonly monthlyCap?: Amount | null;
}

export interface Price {
  readonly currency: string;
  readonly components: readonly PriceComponent[];
}

export interface Plan {
  readonly id: string;
  readonly name: LocalizedText;
  readonly price: Price;
  /** The price in words, a line each. */
  readonly text: readonly string[];
}

export interface OfferingVersion {
  readonly number: number;
  readonly title: LocalizedText;
  readonly description: LocalizedText;
  readonly fulfilment: { readonly kind: string; readonly template?: string };
  readonly state: 'draft' | 'submitted' | 'approved' | 'published' | 'retired';
  /** What the reviewer said last. */
  readonly reviewNote: string | null;
  readonly publishedAt: string | null;
}

export interface Offering {
  readonly id: string;
  readonly publisherId: string;
  /** The newest first. */
  readonly versions: readonly OfferingVersion[];
  readonly plans: readonly Plan[];
}

/** A month of selling. What was sold in all and how it was shared only the operator is told: null for the others. */
export interface SalesMonth {
  /** `2026-03`, of the seller's time zone. */
  readonly month: string;
  readonly sold: Amount | null;
  readonly shared: Amount | null;
  readonly earned: Amount;
  readonly marginPercent: string | null;
  readonly orders: { readonly placed: number; readonly completed: number; readonly failed: number };
  readonly subscriptions: {
    readonly active: number;
    readonly began: number;
    readonly ended: number;
    readonly churnPercent: string | null;
  };
}

export interface Brand {
  readonly name: string;
  readonly logoText: string;
  readonly colours: Readonly<Record<string, string>>;
}

export interface Store {
  readonly id: string;
  readonly slug: string;
  readonly brand: Brand;
  readonly languages: readonly string[];
  /** These three only for its reseller and the operator. */
  readonly resellerId?: string;
  readonly marginPercent?: string;
  readonly offeringIds?: readonly string[];
}

/** One field of an offering's form: the part of JSON Schema that the catalogue takes. */
export interface Parameter {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly title?: string;
  readonly description?: string;
  readonly 'x-title'?: LocalizedText;
  readonly default?: string | number | boolean;
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface Parameters {
  readonly properties: Readonly<Record<string, Parameter>>;
  readonly required?: readonly string[];
}

export interface Offer {
  readonly offeringId: string;
  readonly parameters: Parameters;
  readonly title: LocalizedText;
  readonly description: LocalizedText;
  readonly categories: readonly string[];
  readonly plans: readonly Plan[];
}

export interface Quote {
  readonly id: string;
  readonly title: LocalizedText;
  readonly planName: LocalizedText;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly vatRate: string;
  readonly text: readonly string[];
  readonly validUntil: string;
}

export interface Order {
  readonly id: string;
  readonly quoteId: string;
  readonly subscriptionId: string;
  readonly state: 'awaiting-approval' | 'rejected' | 'accepted' | 'provisioning' | 'completed' | 'failed';
  readonly fault: string | null;
  readonly createdAt: string;
  readonly costCentre: CostCentre | null;
  /** Who had, or has, to agree; null where nobody. */
  readonly approval: Approval | null;
  readonly steps: readonly OrderStep[];
}

/** A step of an order: `activate`, or `web/provision` of a composite's component. */
export interface OrderStep {
  readonly name: string;
  readonly state: 'waiting' | 'trying' | 'done' | 'undone';
  /** Whom it waits for, with what they say of it. */
  readonly waitsFor: {
    readonly who: 'cloud' | 'publisher' | 'broker' | 'person' | null;
    readonly note: string | null;
    readonly since: string;
  } | null;
  /** What it makes, e.g. the resources of a stack, and how far each is; empty where nobody knows. */
  readonly parts: readonly {
    readonly name: string;
    readonly type: string;
    readonly state: 'waiting' | 'working' | 'done' | 'failed';
  }[];
}

export interface Subscription {
  readonly id: string;
  readonly title: LocalizedText;
  readonly planName: LocalizedText;
  readonly state:
    | 'pending'
    | 'active'
    | 'changing'
    | 'suspending'
    | 'suspended'
    | 'resuming'
    | 'terminating'
    | 'terminated'
    | 'failed';
  readonly projectId: string;
  readonly stackId: string | null;
  readonly stackName: string;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly spendingCeiling: Amount | null;
  readonly costCentre: CostCentre | null;
  readonly createdAt: string;
  readonly activatedAt: string | null;
  readonly endsAt: string | null;
}

export interface InvoiceLine {
  readonly quantity: number;
  readonly unit: string;
  readonly usage: { readonly quantity: number; readonly unit: string };
  readonly amount: Amount;
  readonly due: Amount;
  readonly text: readonly string[];
}

/** A cost so far, or an invoice draft's content. */
export interface Bill {
  readonly title: LocalizedText;
  /** On which of its cost centres the customer books it. */
  readonly costCentre: CostCentre | null;
  readonly month: string;
  readonly lines: readonly InvoiceLine[];
  readonly vat: readonly {
    readonly rate: string;
    readonly base: Amount;
    readonly vat: Amount;
    readonly text: string;
  }[];
  readonly totalWithoutVat: Amount;
  readonly totalVat: Amount;
  readonly total: Amount;
}

/** A part of its spending ceiling that a subscription's cost of a month has reached. */
export interface SpendingAlert {
  readonly month: string;
  readonly percent: number;
  readonly cost: Amount;
  readonly ceiling: Amount;
  readonly at: string;
}

/** What the running month of a subscription will cost, without VAT. */
export interface Forecast {
  readonly month: string;
  readonly soFar: Amount;
  readonly expected: Amount;
  readonly low: Amount;
  readonly high: Amount;
  readonly errorPercent: number | null;
}

export interface InvoiceDraft extends Bill {
  readonly id: string;
  readonly subscriptionId: string;
  readonly state: 'draft' | 'final';
}

export interface Share {
  readonly organisationId: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly amount: Amount;
}

export interface ShareRule {
  readonly kind: 'markup' | 'margin' | 'percentOfGross' | 'percentOfRemainder' | 'amountPerUnit' | 'rest';
  readonly percent?: string;
  readonly amount?: string;
}

export interface Split {
  readonly draftId: string;
  readonly month: string;
  readonly state: string;
  readonly shares: readonly Share[];
  /** How each share came about, line by line. */
  readonly lines: readonly {
    readonly shares: readonly { readonly organisationId: string; readonly rule: ShareRule }[];
  }[];
  /** Only the operator is told the whole. */
  readonly total?: Amount;
  readonly totalVat?: Amount;
  readonly totalWithoutVat?: Amount;
}

export interface Fact {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly at: string;
  readonly leafHash: string;
}

/** Where a publisher's own system is. */
export interface Endpoint {
  readonly id: string;
  readonly publisherId: string;
  readonly kind: 'webhook' | 'broker';
  readonly url: string;
}

/** Work for a person. */
export interface Task {
  readonly id: string;
  readonly assigneeId: string;
  readonly subscriptionId: string;
  readonly operation: string;
  readonly title: LocalizedText;
  readonly instructions: LocalizedText;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What whoever does it has to give. */
  readonly outputs: Readonly<Record<string, { readonly type: string; readonly title?: LocalizedText }>>;
  readonly state: 'open' | 'claimed' | 'done' | 'refused' | 'cancelled';
  readonly claimedBy: string | null;
  readonly createdAt: string;
}
