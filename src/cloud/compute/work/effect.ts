import { asFault } from '../../../kernel/base/errors.ts';
import type { ServerRecord } from '../domain/server.ts';
import { type Progress, type ServerWork, settleError } from './server-work.ts';
import { patiently } from './slow.ts';

/** How a step ends that was done. */
export type SettleAs = (work: ServerWork, server: ServerRecord) => Promise<boolean>;
/** How it ends when it can never be done. */
export type GiveUp = (work: ServerWork, server: ServerRecord, message: string) => Promise<boolean>;

/** Does what the engine must do, then settles; what can never succeed ends in error unless said. */
export async function effect(
  work: ServerWork,
  server: ServerRecord,
  run: () => Promise<unknown>,
  settleAs: SettleAs,
  giveUp: GiveUp = settleError,
): Promise<Progress> {
  try {
    const unfinished = await patiently(server.id, server.taskState ?? 'watch', run);
    return unfinished ?? (await settleAs(work, server));
  } catch (error) {
    const fault = asFault(error);
    if (fault.retryable) throw error;
    work.log.warn(
      { err: error, server: server.id, task: server.taskState },
      'what was asked of a server cannot be done',
    );
    return giveUp(work, server, fault.message);
  }
}
