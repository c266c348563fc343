import { type Context, projectContext } from '../../../kernel/access/context.ts';
import { asFault, type Fault } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import type { Logger } from '../../../kernel/base/log.ts';
import { type Tx, tables } from '../../../kernel/store/index.ts';
import { attachable, statusWith } from '../domain/attachment.ts';
import type { VolumeRecord, VolumeStatus } from '../domain/volume.ts';
import type { VolumeSettings } from '../operations/settings.ts';
import { attachmentsOf } from '../store/attachments.ts';
import type { VolumeTables } from '../store/tables.ts';

/** What the reconcilers work with. */
export interface VolumeWork extends VolumeSettings {
  readonly log: Logger;
  /** How long work is tried again after failures that may pass. */
  readonly deadlineMs: number;
}

/** Whose work it is: what is done for a thing is done with its project's rights. */
export function ownerOf(thing: { requestId: string; userId: string; projectId: string }): Context {
  return projectContext(thing.requestId, thing.userId, thing.projectId);
}

/**
 * Does the work; a failure that may pass is thrown, to be tried again, until the deadline. Answers the fault that ended it,
 * undefined when it is done.
 */
export async function attempt(
  work: VolumeWork,
  since: Date,
  what: string,
  effect: () => Promise<unknown>,
): Promise<Fault | undefined> {
  try {
    await effect();
    return undefined;
  } catch (error) {
    const fault = asFault(error);
    const age = work.clock.now().getTime() - since.getTime();
    if (fault.retryable && fault.code !== 'insufficientStorage' && age < work.deadlineMs) throw error;
    work.log.warn({ err: error }, `could not ${what}`);
    return fault;
  }
}

/** The status of a volume with which nothing is done any more. */
export async function restingStatus(tx: Tx, { id, previousStatus }: VolumeRecord): Promise<VolumeStatus> {
  const status = statusWith(await attachmentsOf(tx, [id]));
  if (status !== 'available') return status;
  return previousStatus === null || attachable.includes(previousStatus) ? 'available' : previousStatus;
}

const messageDays = 30;

/** Tells the user what went wrong, as `GET /messages` shows it. */
export async function tellUser(
  tx: Tx,
  now: Date,
  about: { readonly projectId: string; readonly requestId: string },
  resource: { readonly type: 'VOLUME' | 'VOLUME_SNAPSHOT' | 'VOLUME_BACKUP'; readonly id: string },
  action: keyof typeof actions,
  detail: string,
): Promise<void> {
  const [number, text] = actions[action];
  await tables<VolumeTables>(tx)
    .insertInto('block_storage.message')
    .values({
      ...{ id: newId(now.getTime()), project_id: about.projectId, request_id: about.requestId },
      ...{ resource_type: resource.type, resource_id: resource.id },
      event_id: `${resource.type}_${resource.type}_${number}_001`,
      text: `${text}:${detail}`.slice(0, 1000),
      created_at: now,
      guaranteed_until: new Date(now.getTime() + messageDays * 24 * 3_600_000),
    })
    .execute();
}

/** Cinder's numbers and words of what was being done (its API reference, "Messages"). */
const actions = {
  schedule: ['001', 'schedule allocate volume'],
  upload: ['003', 'copy volume to image'],
  create: ['004', 'create volume from backend storage'],
  snapshot: ['010', 'create snapshot'],
  delete: ['011', 'delete volume'],
  extend: ['007', 'extend volume'],
  backup: ['013', 'create backup'],
  restore: ['015', 'restore backup'],
  revert: ['012', 'revert to snapshot'],
} as const;
