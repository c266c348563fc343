import type { Clock } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/log.ts';
import { emit, type Store } from '../../../kernel/store/index.ts';
import { tickType } from '../domain/meters.ts';
import { anyOpen } from '../store/resources.ts';

/**
 * Puts a tick into the stream of events every `seconds`, as long as anything counts. Because it goes the way of all
 * events, hearing it means that whatever was written before it has been heard.
 */
export async function tickUntil(
  signal: AbortSignal,
  { store, clock, log }: { store: Store; clock: Clock; log: Logger },
  seconds: number,
): Promise<void> {
  while (!signal.aborted) {
    try {
      if (await anyOpen(store.db)) await tick(store, clock);
    } catch (error) {
      log.warn({ err: error }, 'no tick this time');
    }
    await clock.sleep(seconds * 1000, signal).catch(() => undefined);
  }
}

/** One tick. */
export async function tick(store: Store, clock: Clock): Promise<void> {
  await store.transact((tx) => emit(tx, { type: tickType, subject: 'telemetry', time: clock.now(), data: {} }));
}
