import type { MemberRole } from './organisation.ts';

/** A door into an organisation for one person, who shows its secret. */
export interface Invitation {
  readonly id: string;
  readonly organisationId: string;
  readonly role: MemberRole;
  /** Whom it is for, in the inviter's words. */
  readonly note: string;
  readonly invitedBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly acceptedBy: string | null;
  readonly acceptedAt: Date | null;
  readonly revokedAt: Date | null;
}

export type InvitationState = 'open' | 'accepted' | 'revoked' | 'expired';

const days = 7;

/** Until when an invitation made then is good. */
export function invitationEnd(madeAt: Date): Date {
  return new Date(madeAt.getTime() + days * 24 * 3600 * 1000);
}

export function invitationState(invitation: Invitation, now: Date): InvitationState {
  if (invitation.acceptedAt !== null) return 'accepted';
  if (invitation.revokedAt !== null) return 'revoked';
  return now < invitation.expiresAt ? 'open' : 'expired';
}
