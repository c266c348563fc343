import { badRequest, Fault } from '../../../kernel/base/errors.ts';

/** A thing that is not there, or that the caller may not know of, as Cinder words it. */
export function missing(
  kind: 'Volume' | 'Snapshot' | 'Backup' | 'Transfer' | 'Attachment' | 'Group' | 'GroupSnapshot' | 'Group type',
  id: string,
): Fault {
  return new Fault('notFound', `${kind} ${id.slice(0, 64)} could not be found.`);
}

/** What is asked for cannot be done in the thing's present status. */
export function wrongStatus(
  kind: 'Volume' | 'Snapshot' | 'Backup' | 'Group' | 'GroupSnapshot',
  what: string,
  expected: string,
  is: string,
): Fault {
  return badRequest(`Invalid ${kind.toLowerCase()}: ${kind} status must be ${expected} to ${what}, but is ${is}.`);
}

const quotaNames: Readonly<Record<string, string>> = {
  volumes: 'VolumeLimitExceeded: Maximum number of volumes allowed',
  snapshots: 'SnapshotLimitExceeded: Maximum number of snapshots allowed',
  backups: 'BackupLimitExceeded: Maximum number of backups allowed',
  groups: 'GroupLimitExceeded: Maximum number of groups allowed',
};

/** 413: a limit of the project would be exceeded. */
export function overQuota(resource: string, wanted: number, used: number, limit: number): Fault {
  const counted = quotaNames[resource];
  const message =
    counted === undefined
      ? `Requested ${resource} exceed the allowed quota: ${wanted} asked for, ${used} in use, the limit is ${limit}.`
      : `${counted} (${limit}) exceeded for the quota '${resource}'.`;
  return new Fault('tooLarge', message);
}
