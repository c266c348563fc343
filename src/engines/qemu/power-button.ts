import type { Clock } from '../../kernel/base/clock.ts';
import type { QemuProcess } from './process.ts';

/** The button is pressed again this often: a guest that was still booting did not feel it. */
const pressAgainMs = 5_000;

/** The power button of one guest. */
export class PowerButton {
  readonly #clock: Clock;
  readonly #hurry: AbortSignal;
  #seen: (() => void) | undefined;

  /** `hurry` ends every wait for a guest to go down. */
  constructor(clock: Clock, hurry: AbortSignal) {
    this.#clock = clock;
    this.#hurry = hurry;
  }

  /** Presses until the guest is off, the process is gone, or the deadline has passed. */
  async press(process: QemuProcess, deadlineMs: number): Promise<void> {
    const off = Promise.withResolvers<void>();
    this.#seen = off.resolve;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#hurry]);
    const ended = Promise.race([off.promise, process.gone]).then(() => over.abort());
    try {
      // A machine that is too busy to answer runs.
      if (deadlineMs > 0 && (await process.state(pressAgainMs).catch(() => 'running')) !== 'running') return;
      for (let left = deadlineMs; left > 0 && !signal.aborted; left -= pressAgainMs) {
        void process.pressPower().catch(() => {});
        await Promise.race([ended, this.#clock.sleep(Math.min(left, pressAgainMs), signal).catch(() => {})]);
      }
    } finally {
      this.#seen = undefined;
      over.abort();
    }
  }

  /** The guest was seen to go down. */
  seen(): void {
    this.#seen?.();
  }
}
