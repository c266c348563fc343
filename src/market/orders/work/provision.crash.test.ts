import { beforeAll, describe, expect, it } from 'vitest';
import { crashesAround, type Outcome, sweepCrashes, worked } from '../../testing/crash-sweep.ts';

const steps = ['reserve', 'provision', 'activate'];
const crashes = crashesAround('market.order.provision', steps);
let outcomes: Map<string, Outcome>;

beforeAll(async () => {
  outcomes = await sweepCrashes(crashes);
}, 400_000);

describe('an order whose process is killed with -9', () => {
  it.each(crashes)('at $point loses, leaks and charges nothing twice', ({ point }) => {
    expect(outcomes.get(point)).toEqual(worked);
  });
});
