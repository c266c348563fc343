import { beforeAll, describe, expect, it } from 'vitest';
import { crashesAround, failed, type Outcome, sweepCrashes, workedAsComposite } from '../../testing/crash-sweep.ts';

const provision = 'market.order.provision';
const working = (workflow: string, steps: readonly string[], moments: readonly string[]) =>
  crashesAround(workflow, steps, 'composite', moments);
/** A stack’s moments are swept where it is alone; here are those of whoever is called over a network, or is a person. */
const whole = [
  ...working(provision, ['database/provision', 'saas/provision', 'visit/provision'], ['after-effect']),
  ...working('market.subscription.resume', ['database/resume'], ['after-effect']),
  ...working('market.subscription.terminate', ['saas/terminate'], ['after-effect']),
];
const undone = crashesAround(provision, ['saas/provision/undo', 'database/provision/undo'], 'composite-fails', [
  'after-effect',
]);
let outcomes: Map<string, Outcome>;

beforeAll(async () => {
  outcomes = await sweepCrashes([...whole, ...undone]);
}, 400_000);

describe('a composite whose process is killed with -9', () => {
  it.each(whole)('at $point loses, leaks and charges nothing twice', ({ point }) => {
    expect(outcomes.get(point)).toEqual(workedAsComposite);
  });

  it.each(undone)('at $point leaves nothing anywhere, and no charge', ({ point }) => {
    expect(outcomes.get(point)).toEqual(failed);
  });
});
