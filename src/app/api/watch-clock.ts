import type { SteadyClock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/log.ts';

const lookMs = 10_000;
/** A clock that is set wrong, and right again within that, has done nothing. */
const patienceMs = 60_000;

/**
 * Tells the operator when the machine's clock has jumped, and has `follow` called once it is clear that it stays so: the
 * next start goes by the new time.
 */
export function watchClock(clock: SteadyClock, log: Logger, follow: () => void): void {
  let since: number | undefined;
  const look = (): void => {
    const ms = clock.jumped();
    if (ms === 0) since = undefined;
    else if (since === undefined) {
      since = performance.now();
      log.error({ ms }, 'the machine’s clock has jumped; we go on by the time that has passed');
    } else if (performance.now() - since > patienceMs) {
      log.warn({ ms }, 'the machine’s clock stays where it is: we start again by it');
      follow();
    }
  };
  setInterval(look, lookMs).unref();
}
