import { Fault } from '../../../kernel/base/errors.ts';

/** Runs at most `concurrency` tasks at a time, lets at most `waiting` more queue, and refuses the rest with 429. */
export function createLimiter(concurrency: number, waiting: number): <T>(task: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let running = 0;

  function leave(): void {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  return async (task) => {
    if (running < concurrency) running += 1;
    else {
      if (queue.length >= waiting) throw new Fault('tooManyRequests', 'Too many sign-ins at once; try again shortly.');
      await new Promise<void>((resolve) => queue.push(resolve));
    }
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
