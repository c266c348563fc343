import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CostCentre, type PurchasingPolicy, weigh } from './policy.ts';
import { type ApprovalRequest, canBePassed, type Decision, levelFor, openLevels, type Person } from './request.ts';

const at = new Date('2026-06-15T10:00:00Z');
const cents = (minor: bigint) => String(minor);

const costCentre: CostCentre = { code: 'R', name: 'Research', managerIds: ['max'], monthlyBudget: 5000n };
const policy: PurchasingPolicy = {
  ...{ version: 1, costCentres: [costCentre], costCentreRequired: false, monthlyBudget: 20_000n },
  ...{ overBudget: 'refuse', ownApproval: false, expiresAfterDays: 14 },
  levels: [
    { above: 1000n, by: 'manager' },
    { above: 4000n, by: 'owner' },
  ],
};
const nothing = { organisation: 0n, costCentre: 0n };
const purchase = (amount: bigint | null, more: object = {}) => ({
  ...{ amount, increase: amount ?? 0n, costCentre, reserved: nothing },
  ...more,
});

describe('a purchase weighed by a policy', () => {
  it('takes the agreement of each level that it is above, and of nobody up to the first', () => {
    const by = (amount: bigint) => {
      const weighed = weigh(policy, purchase(amount), cents);
      return weighed.kind === 'levels' ? weighed.levels.map((level) => level.by) : weighed.kind;
    };
    expect([by(1000n), by(1001n), by(4001n)]).toEqual([[], ['manager'], ['manager', 'owner']]);
  });

  it('takes an owner where no cost centre has a manager', () => {
    const weighed = weigh(policy, purchase(2000n, { costCentre: null }), cents);
    expect(weighed).toMatchObject({ levels: [{ by: 'owner', reason: 'amount', above: '1000' }] });
  });

  it('cannot be weighed without a limit, unless nothing depends on it', () => {
    expect(weigh(policy, purchase(null), cents).kind).toBe('needs-ceiling');
    const free = { ...policy, monthlyBudget: null, levels: [] };
    expect(weigh(free, purchase(null, { costCentre: null }), cents)).toEqual({ kind: 'levels', levels: [] });
  });

  it('never takes more of a budget than is left, or an owner agrees to it', () => {
    const amounts = fc.bigInt({ min: 0n, max: 30_000n });
    fc.assert(
      fc.property(amounts, amounts, amounts, fc.boolean(), (amount, taken, others, asks) => {
        const reserved = { costCentre: taken, organisation: taken + others };
        const overBudget = asks ? 'approve' : 'refuse';
        const weighed = weigh({ ...policy, overBudget }, purchase(amount, { reserved }), cents);
        const fits = amount === 0n || (taken + amount <= 5000n && taken + others + amount <= 20_000n);
        if (weighed.kind === 'levels') {
          const asked = weighed.levels.some(({ by, reason }) => by === 'owner' && reason === 'over-budget');
          return asked === !fits && (fits || asks);
        }
        return weighed.kind === 'over-budget' && !fits && !asks && amount > weighed.exceeded.left;
      }),
    );
  });
});

const levels = fc.array(
  fc.record({
    by: fc.constantFrom('manager' as const, 'owner' as const),
    ...{ reason: fc.constant('amount' as const), above: fc.constant('1') },
  }),
  { minLength: 1, maxLength: 4 },
);
const users = ['ann', 'ben', 'max', 'mia', 'eve'];
const people = fc
  .tuple(...users.map((userId) => fc.record({ userId: fc.constant(userId), isOwner: fc.boolean(), is: fc.boolean() })))
  .map((all): Person[] => all.filter(({ is }) => is).map(({ userId, isOwner }) => ({ userId, isOwner })));

function requestOf(more: Pick<ApprovalRequest, 'levels' | 'ownApproval'>): ApprovalRequest {
  const name = { fr: 'x', en: 'x' };
  const price = { currency: 'EUR', components: [] } as unknown as ApprovalRequest['subject']['price'];
  return {
    ...{ id: 'o', organisationId: 'c', subscriptionId: 's', requesterId: 'ann', requesterName: 'Ann', ...more },
    ...{ subject: { title: name, planName: name, price }, costCentre: { code: 'R', name: 'Research' } },
    ...{ amount: 5000n, currency: 'EUR', managerIds: ['max', 'mia'], state: 'waiting', reason: null },
    ...{ decisions: [], expiresAt: at, createdAt: at, endedAt: null },
  };
}

describe('a request', () => {
  it('is passed by whoever comes, in any order, exactly when there are people enough', () => {
    fc.assert(
      fc.property(levels, people, fc.boolean(), fc.integer(), (asked, able, ownApproval, turn) => {
        const request = requestOf({ levels: asked, ownApproval });
        let decisions: Decision[] = [];
        const order = able.map((_, index) => able[(index + (Math.abs(turn) % able.length)) % able.length] as Person);
        for (const person of order) {
          const level = levelFor({ ...request, decisions }, person);
          if (typeof level !== 'number') continue;
          const decision = {
            level,
            userId: person.userId,
            userName: '',
            decision: 'approved',
            note: null,
            at,
          } as const;
          decisions = [...decisions, decision];
        }
        const passed = openLevels({ ...request, decisions }).length === 0;
        expect(passed).toBe(canBePassed(request, able));
        expect(new Set(decisions.map(({ userId }) => userId)).size).toBe(decisions.length);
        expect(ownApproval || decisions.every(({ userId }) => userId !== 'ann')).toBe(true);
      }),
    );
  });
});
