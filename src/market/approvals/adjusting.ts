import type { Context } from '../../kernel/access/context.ts';
import { Fault } from '../../kernel/base/errors.ts';
import type { Tx } from '../../kernel/store/index.ts';
import { canDecide } from './domain/request.ts';
import type { ApprovalsDeps } from './index.ts';
import { lockPolicy } from './store/policies.ts';
import { findReservation, setReservation } from './store/requests.ts';
import { approvalTexts } from './texts.ts';
import { type Weighing, weighIn } from './weighing.ts';

/** Another spending ceiling for what runs. */
export type Adjusting = Omit<Weighing, 'policy' | 'costCentre'> & { readonly at: Date };

/**
 * Weighs another ceiling and reserves what may be spent up to it. Where that is more than before and somebody has to agree, only
 * those may set it whose agreement would do. What no policy has weighed stays unweighed.
 */
export async function adjustIn(deps: ApprovalsDeps, tx: Tx, context: Context, adjusting: Adjusting): Promise<void> {
  const { organisationId, subscriptionId, at } = adjusting;
  const policy = await lockPolicy(tx, organisationId);
  const held = await findReservation(tx, subscriptionId);
  if (policy === undefined || held === undefined) return;
  const costCentre = policy.costCentres.find(({ code }) => code === held.costCentre?.code) ?? null;
  const { amount, increase, levels } = await weighIn(tx, context, { ...adjusting, policy, costCentre });
  const raises = increase > 0n || (amount === null && held.amount !== null);
  if (raises && levels.length > 0) {
    const own = (await deps.partners.organisationsOf(context)).find(({ id }) => id === organisationId);
    const person = { userId: context.userId, isOwner: own?.memberRole === 'owner' };
    const asked = { ...held, levels, ownApproval: policy.ownApproval, managerIds: costCentre?.managerIds ?? [] };
    if (own === undefined || !canDecide(asked, person)) {
      throw new Fault('forbidden', approvalTexts(context.language).raisesBeyond);
    }
  }
  await setReservation(tx, held.id, amount, at);
}
