import type { GuestRecord } from './record.ts';

/** What a starting host process finds of a guest's process. */
export type FoundProcess = 'running' | 'stopped' | 'shutdown' | 'broken' | 'gone';

/**
 * What a starting host process does about a guest:
 * `remove` ends its removal; `keep` leaves it running; `release` lets a started machine go; `stop` ends a stop;
 * `restart` stops it and boots it; `boot` boots it; `settleOff` and `settleCrashed` note that it no longer runs.
 */
export type Resumption = 'remove' | 'keep' | 'release' | 'stop' | 'restart' | 'boot' | 'settleOff' | 'settleCrashed';

/** Decides how to take up a guest again, from its record, what is found, and this machine's boot. */
export function resumption(record: GuestRecord, found: FoundProcess, bootId: string): Resumption {
  if (record.removing) return 'remove';
  if (found === 'gone') return withoutProcess(record, bootId);
  if (found === 'broken') return 'settleCrashed';
  if (record.meant === 'off') return 'stop';
  // `down` was interrupted: what it began is ended, then undone.
  if (record.suspended) return 'restart';
  if (found === 'shutdown') return 'settleOff';
  return found === 'stopped' ? 'release' : 'keep';
}

function withoutProcess(record: GuestRecord, bootId: string): Resumption {
  if (record.meant === 'off') return 'settleOff';
  const interrupted = record.suspended === true || record.power === 'off';
  if (interrupted) return 'boot';
  if (record.power === 'crashed') return 'settleCrashed';
  return record.bootId === bootId ? 'settleCrashed' : 'boot';
}
