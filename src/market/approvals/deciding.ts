import type { Context } from '../../kernel/access/context.ts';
import { conflict, Fault } from '../../kernel/base/errors.ts';
import { localeOf } from '../../kernel/base/i18n.ts';
import type { Tx } from '../../kernel/store/index.ts';
import { type ApprovalRequest, type Decision, levelFor, openLevels, type Person } from './domain/request.ts';
import type { ApprovalsDeps, Ended, EndListener } from './index.ts';
import { endRequest, findRequest, insertDecision, lockRequest, overdueRequests } from './store/requests.ts';
import { approvalTexts } from './texts.ts';

/** What people, and time, do with a request. */
export interface Deciding {
  /** The request for the members of its organisation and the operator; for everybody else it does not exist. */
  visible(context: Context, id: string): Promise<ApprovalRequest>;
  decide(context: Context, id: string, how: Pick<Decision, 'decision' | 'note'>): Promise<ApprovalRequest>;
  withdraw(context: Context, id: string): Promise<ApprovalRequest>;
}

/** How often requests are looked through for those whose time is over. */
const sweepMs = 60_000;

/** Decisions, each under the request's row lock; what follows from the last one is written in the same transaction. */
export function createDeciding(deps: ApprovalsDeps, ended: EndListener): Deciding {
  const { store, clock, trust, partners } = deps;

  async function visible(context: Context, id: string): Promise<ApprovalRequest> {
    const request = await findRequest(store.db, id);
    if (request !== undefined && (await partners.maySee(context, request.organisationId))) return request;
    throw new Fault('notFound', approvalTexts(context.language).notFound(id));
  }

  /** Locks a request that still waits; 409 with what became of it when it does not. */
  async function lockWaiting(tx: Tx, context: Context, id: string, at: Date): Promise<ApprovalRequest> {
    const request = await lockRequest(tx, id);
    if (request === undefined) throw new Fault('notFound', approvalTexts(context.language).notFound(id));
    const { state, endedAt, expiresAt } = request;
    if (state === 'waiting' && at < expiresAt) return request;
    const last = request.decisions.at(-1);
    const by = state === 'granted' || state === 'refused' ? (last?.userName ?? '') : '';
    const options = { dateStyle: 'long', timeStyle: 'short', timeZone: deps.timeZone } as const;
    const when = new Intl.DateTimeFormat(localeOf(context.language), options).format(endedAt ?? expiresAt);
    throw conflict(approvalTexts(context.language).ended(state === 'waiting' ? 'expired' : state, by, when));
  }

  async function record(tx: Tx, { id, organisationId }: ApprovalRequest, what: string, at: Date, payload: object) {
    const fact = { kind: `market.approval.${what}`, subject: id, at, payload, parties: [organisationId] };
    await trust.record(tx, fact);
  }

  async function end(tx: Tx, { orderId, state, reason, language, at }: Ended): Promise<void> {
    await endRequest(tx, orderId, state, at, reason);
    await ended(tx, { orderId, state, reason, language, at });
  }

  /** The caller as a person of the organisation: the operator sees it, but decides nothing for it. */
  async function personIn(context: Context, { organisationId }: ApprovalRequest): Promise<Person> {
    const own = (await partners.organisationsOf(context)).find(({ id }) => id === organisationId);
    if (own !== undefined) return { userId: context.userId, isOwner: own.memberRole === 'owner' };
    throw new Fault('forbidden', approvalTexts(context.language).notApprover);
  }

  async function decide(
    context: Context,
    id: string,
    how: Pick<Decision, 'decision' | 'note'>,
  ): Promise<ApprovalRequest> {
    const person = await personIn(context, await visible(context, id));
    const texts = approvalTexts(context.language);
    const at = clock.now();
    await store.transact(async (tx) => {
      const request = await lockWaiting(tx, context, id, at);
      const level = levelFor(request, person);
      if (level === 'decided-before') throw conflict(texts.decidedBefore);
      if (typeof level === 'string') {
        throw new Fault('forbidden', level === 'own-order' ? texts.ownOrder : texts.notApprover);
      }
      const { userId, userName, language } = context;
      const decision: Decision = { ...how, level, userId, userName, at };
      await insertDecision(tx, id, decision);
      await record(tx, request, how.decision, at, { level, note: how.note, by: userId });
      const left = openLevels({ ...request, decisions: [...request.decisions, decision] });
      if (how.decision === 'refused') {
        await end(tx, { orderId: id, state: 'refused', reason: how.note, language, at });
      } else if (left.length === 0) {
        await end(tx, { orderId: id, state: 'granted', reason: null, language, at });
      }
    });
    return visible(context, id);
  }

  async function withdraw(context: Context, id: string): Promise<ApprovalRequest> {
    const { requesterId, state } = await visible(context, id);
    const { userId, language } = context;
    if (requesterId !== userId) throw new Fault('forbidden', approvalTexts(language).requesterOnly);
    const at = clock.now();
    if (state === 'withdrawn') return visible(context, id);
    await store.transact(async (tx) => {
      const request = await lockWaiting(tx, context, id, at);
      await record(tx, request, 'withdrawn', at, { by: userId });
      await end(tx, { orderId: id, state: 'withdrawn', reason: null, language, at });
    });
    return visible(context, id);
  }

  deps.work.registerReconciler({
    name: 'market.approvals.expiry',
    sweepMs,
    list: () => overdueRequests(store.db, clock.now()),
    async reconcile(id) {
      const at = clock.now();
      await store.transact(async (tx) => {
        const request = await lockRequest(tx, id);
        if (request?.state !== 'waiting' || at < request.expiresAt) return;
        await record(tx, request, 'expired', at, {});
        await end(tx, { orderId: id, state: 'expired', reason: null, language: 'en', at });
      });
      return undefined;
    },
  });

  return { visible, decide, withdraw };
}
