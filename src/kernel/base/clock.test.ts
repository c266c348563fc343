import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { steadyClock } from './clock.ts';

const start = Date.parse('2026-03-01T12:00:00Z');
const hour = 3_600_000;

/** A machine whose time passes, which sleeps, and whose clock is set. */
function machine() {
  let [wall, monotonic, sinceBoot] = [start, 5_000, 60_000];
  const clock = steadyClock({ wall: () => wall, monotonic: () => monotonic, sinceBoot: () => sinceBoot });
  return {
    clock,
    pass(ms: number) {
      wall += ms;
      monotonic += ms;
      sinceBoot += ms;
    },
    sleep(ms: number) {
      wall += ms;
      sinceBoot += ms;
    },
    set(by: number) {
      wall += by;
    },
    elapsed: () => clock.now().getTime() - start,
  };
}

describe('the clock', () => {
  it.each([3 * hour, -3 * hour])('goes on from where it was when the machine’s jumps by %d ms', (jump) => {
    const { clock, pass, set, elapsed } = machine();
    pass(1_000);
    expect([elapsed(), clock.jumped()]).toEqual([1_000, 0]);
    set(jump);
    expect([elapsed(), clock.jumped()]).toEqual([1_000, jump]);
    pass(20_000);
    expect([elapsed(), clock.jumped()]).toEqual([21_000, jump]);
  });

  it('is right again by itself when the machine’s is set back', () => {
    const { clock, pass, set, elapsed } = machine();
    set(3 * hour);
    pass(5_000);
    expect(clock.jumped()).toBe(3 * hour);
    set(-3 * hour);
    pass(5_000);
    expect([elapsed(), clock.jumped()]).toEqual([10_000, 0]);
  });

  it('knows that a machine that has slept is that much later', () => {
    const { clock, sleep, elapsed } = machine();
    sleep(8 * hour);
    expect([elapsed(), clock.jumped()]).toEqual([8 * hour, 0]);
  });

  it('follows small corrections', () => {
    const { clock, set, elapsed } = machine();
    set(-500);
    expect([elapsed(), clock.jumped()]).toEqual([-500, 0]);
    set(1_500);
    expect([elapsed(), clock.jumped()]).toEqual([1_000, 0]);
  });

  it('shows what has passed, whatever the machine’s clock is set to and how often it is asked', () => {
    const longJump = fc.integer({ min: 10_000, max: 10 * hour }).chain((ms) => fc.constantFrom(ms, -ms));
    const event = fc.oneof(
      fc.record({ pass: fc.integer({ min: 0, max: hour }) }),
      fc.record({ sleep: fc.integer({ min: 60_000, max: hour }) }),
      fc.record({ set: longJump }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const { clock, pass, sleep, set, elapsed } = machine();
        let [passed, shift] = [0, 0];
        for (const happened of events) {
          if ('pass' in happened) pass(happened.pass);
          if ('sleep' in happened) sleep(happened.sleep);
          if ('set' in happened) set(happened.set);
          passed += 'pass' in happened ? happened.pass : 'sleep' in happened ? happened.sleep : 0;
          shift += 'set' in happened ? happened.set : 0;
          // Where its jumps end near where they began, the clock follows the machine's.
          const error = elapsed() - passed;
          expect(Math.abs(error)).toBeLessThanOrEqual(2_000 * events.length);
          if (error === 0) expect(clock.jumped()).toBe(Math.abs(shift) <= 2_000 ? 0 : shift);
        }
      }),
    );
  });
});
