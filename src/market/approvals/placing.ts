import type { Context } from '../../kernel/access/context.ts';
import { conflict } from '../../kernel/base/errors.ts';
import { decimalText } from '../../kernel/base/money.ts';
import { emit, type Tx } from '../../kernel/store/index.ts';
import type { CostCentre, PurchasingPolicy } from './domain/policy.ts';
import { type ApprovalRequest, canBePassed } from './domain/request.ts';
import type { ApprovalsDeps } from './index.ts';
import { lockPolicy } from './store/policies.ts';
import { insertRequest } from './store/requests.ts';
import { approvalTexts } from './texts.ts';
import { weighIn } from './weighing.ts';

/** An order that is being placed. */
export interface Placing {
  readonly orderId: string;
  readonly organisationId: string;
  readonly subscriptionId: string;
  readonly subject: ApprovalRequest['subject'];
  /** The code of the cost centre that whoever orders has named. */
  readonly costCentre: string | null;
  /** What the customer wants to spend a month at most, in minor units. */
  readonly ceiling: bigint | null;
  readonly at: Date;
}

/** What became of it. */
export interface Placed {
  readonly waits: boolean;
  readonly costCentre: ApprovalRequest['costCentre'];
}

type Texts = ReturnType<typeof approvalTexts>;

const free: Placed = { waits: false, costCentre: null };

/** Weighs an order by its organisation's policy, under the policy's lock, and keeps what it reserves and waits for. */
export async function placeIn(deps: ApprovalsDeps, tx: Tx, context: Context, placing: Placing): Promise<Placed> {
  const texts = approvalTexts(context.language);
  const { organisationId, subscriptionId, at } = placing;
  const policy = await lockPolicy(tx, organisationId);
  if (policy === undefined) {
    if (placing.costCentre !== null) throw conflict(texts.costCentreUnknown(placing.costCentre));
    return free;
  }
  const costCentre = costCentreOf(policy, placing.costCentre, texts);
  const { price } = placing.subject;
  const { amount, increase, levels } = await weighIn(tx, context, { ...placing, policy, costCentre, price });
  const waits = levels.length > 0;
  const { currency } = price;
  const request = {
    ...{ id: placing.orderId, organisationId, subscriptionId, subject: placing.subject, amount, currency },
    ...{ requesterId: context.userId, requesterName: context.userName },
    costCentre: costCentre && { code: costCentre.code, name: costCentre.name },
    ...{ levels, managerIds: costCentre?.managerIds ?? [], ownApproval: policy.ownApproval },
    ...{ state: waits ? ('waiting' as const) : ('granted' as const), createdAt: at, endedAt: waits ? null : at },
    expiresAt: new Date(at.getTime() + policy.expiresAfterDays * 86_400_000),
  };
  if (waits) {
    const members = await deps.partners.members(organisationId);
    const people = members.map(({ userId, role }) => ({ userId, isOwner: role === 'owner' }));
    if (!canBePassed({ ...request, reason: null }, people)) throw conflict(texts.nobodyAble);
  }
  await insertRequest(tx, { ...request, reserved: increase });
  if (waits) await tellAsked(deps, tx, request, context);
  return { waits, costCentre: request.costCentre };
}

function costCentreOf(policy: PurchasingPolicy, code: string | null, texts: Texts): CostCentre | null {
  if (code === null) {
    if (!policy.costCentreRequired) return null;
    throw conflict(texts.costCentreNeeded(policy.costCentres.map((one) => one.code).join(', ')));
  }
  const found = policy.costCentres.find((one) => one.code === code);
  if (found === undefined) throw conflict(texts.costCentreUnknown(code));
  return found;
}

async function tellAsked(
  { trust }: ApprovalsDeps,
  tx: Tx,
  request: Pick<
    ApprovalRequest,
    'id' | 'organisationId' | 'amount' | 'currency' | 'costCentre' | 'levels' | 'expiresAt' | 'createdAt'
  >,
  { userId }: Context,
): Promise<void> {
  const { id: subject, organisationId, amount, currency, costCentre, levels, expiresAt, createdAt: at } = request;
  const most = amount === null ? null : { amount: decimalText(amount), currency };
  const payload = { amount: most, costCentre: costCentre?.code ?? null, levels, expiresAt, by: userId };
  await trust.record(tx, { kind: 'market.approval.asked', subject, at, payload, parties: [organisationId] });
  await emit(tx, {
    type: 'andromede.market.approval.asked.v1',
    subject,
    time: at,
    data: { organisationId, ...payload },
  });
}
