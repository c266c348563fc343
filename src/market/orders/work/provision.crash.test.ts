import { beforeAll, describe, expect, it } from 'vitest';
import { crashesAround, type Outcome, sweepCrashes, worked, workedAsApproved } from '../../testing/crash-sweep.ts';

const steps = ['reserve', 'provision', 'activate'];
const crashes = crashesAround('market.order.provision', steps);
/** The same points, of orders that somebody had to approve: what follows from that was written with the approval. */
const approved = crashesAround('market.order.provision', ['reserve'], 'approved', ['before-effect', 'after-record']);
let outcomes: Map<string, Outcome>;
let approvals: Map<string, Outcome>;

beforeAll(async () => {
  [outcomes, approvals] = [await sweepCrashes(crashes), await sweepCrashes(approved)];
}, 400_000);

describe('an order whose process is killed with -9', () => {
  it.each(crashes)('at $point loses, leaks and charges nothing twice', ({ point }) => {
    expect(outcomes.get(point)).toEqual(worked);
  });
});

describe('an approved order whose process is killed with -9', () => {
  it.each(approved)('at $point was approved once, and gives its budget back', ({ point }) => {
    expect(approvals.get(point)).toEqual(workedAsApproved);
  });
});
