import { beforeAll, describe, expect, it } from 'vitest';
import { crashesAround, type Outcome, sweepCrashes, workedToCeiling } from '../testing/crash-sweep.ts';

const suspend = 'market.subscription.suspend';
const crashes = [
  ...crashesAround(suspend, ['suspend'], 'ceiling', ['before-effect', 'after-effect']),
  ...crashesAround(suspend, ['close'], 'ceiling', ['after-effect']),
];
let outcomes: Map<string, Outcome>;

beforeAll(async () => {
  outcomes = await sweepCrashes(crashes);
}, 400_000);

describe('a subscription at its ceiling whose process is killed with -9', () => {
  it.each(crashes)('at $point is told of once, suspended once, and charged for what ran', ({ point }) => {
    expect(outcomes.get(point)).toEqual(workedToCeiling);
  });
});
