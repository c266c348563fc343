import { Logger as WorkerLogger } from 'graphile-worker';
import type { Logger } from '../base/log.ts';

/** The library's own words, in our log. What a job reports, its own code has logged already, with more context. */
export function workerLogger(log: Logger): WorkerLogger {
  return new WorkerLogger(() => (level, message) => {
    if (level === 'error' || level === 'warning') log.warn({ from: 'graphile-worker' }, message);
    else log.trace({ from: 'graphile-worker' }, message);
  });
}
