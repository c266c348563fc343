/** What an organisation may be to the others; it can be several of them. */
export const organisationRoles = ['operator', 'publisher', 'reseller', 'integrator', 'customer'] as const;
export type OrganisationRole = (typeof organisationRoles)[number];

/** What a person may do in an organisation: an owner also manages its members. */
export type MemberRole = 'owner' | 'member';

/** A legal person. */
export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly OrganisationRole[];
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** SIREN in France. */
  readonly registrationNumber: string | null;
  readonly vatId: string | null;
  /** Its bank account, for payouts. */
  readonly iban: string | null;
  /** The Keystone domain in which its projects lie. */
  readonly domainId: string | null;
  /** Whether the operator has to approve what it wants to publish. */
  readonly reviewRequired: boolean;
  readonly createdAt: Date;
}

/** A person of an organisation. */
export interface Member {
  readonly userId: string;
  readonly role: MemberRole;
}
