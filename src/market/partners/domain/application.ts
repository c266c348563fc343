import type { LegalNumbers } from './numbers.ts';
import type { OrganisationRole } from './organisation.ts';

/** What one can apply for: the operator is there before. */
export const applicableRoles = [
  'publisher',
  'reseller',
  'integrator',
  'customer',
] as const satisfies OrganisationRole[];

export const applicationStates = ['pending', 'admitted', 'refused', 'withdrawn'] as const;
export type ApplicationState = (typeof applicationStates)[number];

/** How many one person may have waiting. */
export const mostPending = 5;

/** An organisation that would be admitted, as a person of its own says. */
export interface Application extends LegalNumbers {
  readonly id: string;
  /** Its first owner. */
  readonly applicantId: string;
  readonly name: string;
  readonly roles: readonly (typeof applicableRoles)[number][];
  /** To the operator. */
  readonly message: string;
  readonly state: ApplicationState;
  /** Why it was refused. */
  readonly reason: string | null;
  /** What it became. */
  readonly organisationId: string | null;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
}
