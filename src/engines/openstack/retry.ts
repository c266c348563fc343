import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../kernel/base/log.ts';

/** Does it again until it succeeds; rejects only when the signal has aborted. */
export async function untilDone<R>(
  work: () => Promise<R>,
  { signal, log, everyMs }: { readonly signal: AbortSignal; readonly log: Logger; readonly everyMs: number },
): Promise<R> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw error;
      log.warn({ err: error }, 'usage of the cloud could not be taken; trying again');
      await sleep(everyMs, undefined, { signal });
    }
  }
}
