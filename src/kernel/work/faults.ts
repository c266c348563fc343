/** Where a crash is worth a test, around each step of a saga. */
export type CrashMoment = 'before-effect' | 'after-effect' | 'after-record';

/** Called at each such moment; tests make it kill the process. `name` is `WORKFLOW/STEP` or `WORKFLOW/STEP/undo`. */
export type CrashPoint = (name: string, moment: CrashMoment) => void;

export const noCrash: CrashPoint = () => undefined;

/**
 * Kills this very process, as `kill -9` does, at `ANDROMEDE_CRASH_AT` (`market.order/pay@after-effect`); set only by crash
 * sweeps.
 */
export function crashPointFrom(setting: string | undefined): CrashPoint {
  if (setting === undefined || setting === '') return noCrash;
  return (name, moment) => {
    if (`${name}@${moment}` === setting) process.kill(process.pid, 'SIGKILL');
  };
}
