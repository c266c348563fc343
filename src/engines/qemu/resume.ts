import type { GuestRecord } from './record.ts';

/** What a starting host process finds of a guest's process. */
export type FoundProcess = 'running' | 'stopped' | 'shutdown' | 'broken' | 'gone';

/**
 * What a starting host process does about a guest:
 * `remove` ends its removal; `keep` leaves it running, `hold` leaves it paused; `release` lets a started machine go; `stop`
 * ends a stop and `save` a suspension; `restart` stops it and takes it up again; `boot` takes it up again; `settleOff`,
 * `settleSuspended` and `settleCrashed` note that it does not run.
 */
export type Resumption =
  | 'remove'
  | 'keep'
  | 'hold'
  | 'release'
  | 'stop'
  | 'save'
  | 'restart'
  | 'boot'
  | 'settleOff'
  | 'settleSuspended'
  | 'settleCrashed';

/** Decides how to take up a guest again, from its record, what is found, and this machine's boot. */
export function resumption(record: GuestRecord, found: FoundProcess, bootId: string): Resumption {
  const { meant } = record;
  if (record.removing) return 'remove';
  if (found === 'gone') return withoutProcess(record, bootId);
  if (found === 'broken') return 'settleCrashed';
  if (meant === 'off') return 'stop';
  if (meant === 'suspended') return 'save';
  // `down` was interrupted: what it began is ended, then undone.
  if (record.interrupted) return 'restart';
  if (found === 'shutdown') return 'settleOff';
  // The machine was started to go on from its saved memory, and may not have it yet.
  if (record.saved) return 'restart';
  if (meant === 'paused') return 'hold';
  return found === 'stopped' ? 'release' : 'keep';
}

function withoutProcess(record: GuestRecord, bootId: string): Resumption {
  const { meant, power, saved } = record;
  if (meant === 'off') return 'settleOff';
  if (meant === 'suspended') return saved ? 'settleSuspended' : 'settleCrashed';
  if (saved === true || record.interrupted === true || power === 'off') return 'boot';
  if (power === 'crashed') return 'settleCrashed';
  return record.bootId === bootId ? 'settleCrashed' : 'boot';
}
