import { beforeAll, describe, expect, it } from 'vitest';
import { crashesAround, failed, type Outcome, sweepCrashes, worked } from '../../testing/crash-sweep.ts';

const terminating = crashesAround('market.subscription.terminate', ['terminate', 'close']);
const undoing = crashesAround('market.order.provision', ['provision/undo', 'reserve/undo'], 'fails');
let outcomes: Map<string, Outcome>;

beforeAll(async () => {
  outcomes = await sweepCrashes([...terminating, ...undoing]);
}, 400_000);

describe('a termination whose process is killed with -9', () => {
  it.each(terminating)('at $point still frees everything, once', ({ point }) => {
    expect(outcomes.get(point)).toEqual(worked);
  });
});

describe('the undoing of an order whose process is killed with -9', () => {
  it.each(undoing)('at $point leaves no stack and no charge', ({ point }) => {
    expect(outcomes.get(point)).toEqual(failed);
  });
});
