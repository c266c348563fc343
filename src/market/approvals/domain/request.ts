import type { LocalizedText } from '../../../kernel/base/i18n.ts';
import type { PriceView } from '../../rating/index.ts';
import type { Level } from './policy.ts';

/**
 * `waiting` → `granted`, `refused` (by one who had to agree), `withdrawn` (by whoever ordered) or `expired`. What needs nobody is
 * `granted` from the start.
 */
export const requestStates = ['waiting', 'granted', 'refused', 'withdrawn', 'expired'] as const;
export type RequestState = (typeof requestStates)[number];

/** What somebody who had to agree has said. */
export interface Decision {
  /** Which of the request's levels: 0 for the first. */
  readonly level: number;
  readonly userId: string;
  readonly userName: string;
  readonly decision: 'approved' | 'refused';
  readonly note: string | null;
  readonly at: Date;
}

/** An order that a policy has weighed: what it reserves, and who has to agree. */
export interface ApprovalRequest {
  /** The order's. */
  readonly id: string;
  readonly organisationId: string;
  readonly subscriptionId: string;
  readonly requesterId: string;
  readonly requesterName: string;
  /** What is bought. */
  readonly subject: { readonly title: LocalizedText; readonly planName: LocalizedText; readonly price: PriceView };
  readonly costCentre: { readonly code: string; readonly name: string } | null;
  /** What it may cost a month at most, in minor units without VAT; null: without limit. */
  readonly amount: bigint | null;
  readonly currency: string;
  readonly levels: readonly Level[];
  /** The managers of the cost centre as it was then. */
  readonly managerIds: readonly string[];
  readonly ownApproval: boolean;
  readonly state: RequestState;
  /** Why it was refused. */
  readonly reason: string | null;
  readonly decisions: readonly Decision[];
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** A person of the organisation. */
export interface Person {
  readonly userId: string;
  readonly isOwner: boolean;
}

/** The levels that nobody has decided yet, with their places. */
export function openLevels({ levels, decisions }: Pick<ApprovalRequest, 'levels' | 'decisions'>) {
  return levels
    .map((level, place) => ({ ...level, place }))
    .filter(({ place }) => !decisions.some((decision) => decision.level === place));
}

/** Why somebody may not decide. */
export type Obstacle = 'own-order' | 'decided-before' | 'not-approver';

/**
 * The level that a person decides: of those that are open and theirs, an owner's first, so that an owner never uses up the place
 * of a manager. Each person decides one.
 */
export function levelFor(request: ApprovalRequest, { userId, isOwner }: Person): number | Obstacle {
  if (request.requesterId === userId && !request.ownApproval) return 'own-order';
  if (request.decisions.some((decision) => decision.userId === userId)) return 'decided-before';
  const open = openLevels(request);
  const managers = open.find(({ by }) => by === 'manager' && (isOwner || request.managerIds.includes(userId)));
  const level = (isOwner ? open.find(({ by }) => by === 'owner') : undefined) ?? managers;
  return level?.place ?? 'not-approver';
}

/** Whether one person's agreement would do for all of these levels. */
export function canDecide(
  {
    levels,
    managerIds,
    ownApproval,
    requesterId,
  }: Pick<ApprovalRequest, 'levels' | 'managerIds' | 'ownApproval' | 'requesterId'>,
  { userId, isOwner }: Person,
): boolean {
  if (requesterId === userId && !ownApproval) return false;
  return isOwner || (managerIds.includes(userId) && levels.every(({ by }) => by === 'manager'));
}

/** Whether there are people enough to pass these levels, each by somebody else. Owners may decide as managers do. */
export function canBePassed(
  { levels, managerIds, ownApproval, requesterId }: Omit<ApprovalRequest, 'state' | 'decisions'>,
  people: readonly Person[],
): boolean {
  const able = people.filter(({ userId }) => ownApproval || userId !== requesterId);
  const owners = able.filter(({ isOwner }) => isOwner).length;
  const all = able.filter(({ userId, isOwner }) => isOwner || managerIds.includes(userId)).length;
  return owners >= levels.filter(({ by }) => by === 'owner').length && all >= levels.length;
}
