/** The statuses of a group, and of a snapshot of one, that a caller sees. */
export const groupStatuses = ['creating', 'available', 'deleting', 'error', 'error_deleting'] as const;
export type GroupStatus = (typeof groupStatuses)[number];

/**
 * What a group, or a snapshot of one, has come to, given the statuses of what it consists of: `gone` when that was all to be
 * deleted and is; undefined while there is work with one of them, or nothing was to be done.
 */
export function settledStatus(status: GroupStatus, members: readonly string[]): GroupStatus | 'gone' | undefined {
  if (status === 'creating') {
    if (members.some((member) => member === 'creating' || member === 'downloading')) return undefined;
    return members.some((member) => member.startsWith('error')) ? 'error' : 'available';
  }
  if (status !== 'deleting') return undefined;
  if (members.length === 0) return 'gone';
  return members.every((member) => member === 'error_deleting') ? 'error_deleting' : undefined;
}
