import { describe, expect, it } from 'vitest';
import { currentMachine } from './command-line.ts';
import type { GuestRecord } from './record.ts';
import { type FoundProcess, type Resumption, resumption } from './resume.ts';

const thisBoot = 'boot-2';

function record(changes: Partial<GuestRecord>): GuestRecord {
  return {
    ...{ version: 2, id: 'a', name: 'a', vcpus: 1, memoryMiB: 64, disk: null, hasConfigDrive: false, nics: [] },
    ...{ volumes: [], slots: 8, rescue: null },
    ...{
      machine: currentMachine,
      uid: 1,
      meant: 'on',
      power: 'on',
      since: '2026-01-01T00:00:00.000Z',
      bootId: thisBoot,
    },
    ...changes,
  };
}

describe('a host process that starts', () => {
  it.each<[string, Partial<GuestRecord>, FoundProcess, Resumption]>([
    ['leaves a running guest alone', {}, 'running', 'keep'],
    ['lets go a guest that was started but not let go', { power: 'off' }, 'stopped', 'release'],
    ['lets go a guest that a full disk held up', {}, 'stopped', 'release'],
    ['notes that a guest powered itself off meanwhile', {}, 'shutdown', 'settleOff'],
    ['notes that a guest broke down meanwhile', {}, 'broken', 'settleCrashed'],
    ['notes that a guest died meanwhile', {}, 'gone', 'settleCrashed'],
    ['leaves a guest that had crashed before', { power: 'crashed' }, 'gone', 'settleCrashed'],
    ['boots a guest that ran when the machine went down', { bootId: 'boot-1' }, 'gone', 'boot'],
    ['boots a guest that `down` stopped', { interrupted: true, power: 'off' }, 'gone', 'boot'],
    ['boots a guest whose stop by `down` was not noted any more', { interrupted: true }, 'gone', 'boot'],
    ['boots a guest that was about to be started', { power: 'off', bootId: undefined }, 'gone', 'boot'],
    ['ends and undoes a `down` that was interrupted', { interrupted: true }, 'running', 'restart'],
    ['ends and undoes a `down` whose guest is off already', { interrupted: true }, 'shutdown', 'restart'],
    ['holds a paused guest', { meant: 'paused', power: 'paused' }, 'stopped', 'hold'],
    ['holds a guest that was about to be paused', { meant: 'paused' }, 'running', 'hold'],
    ['takes up a paused guest that `down` saved', { meant: 'paused', interrupted: true, saved: true }, 'gone', 'boot'],
    ['notes that a paused guest died', { meant: 'paused', power: 'paused' }, 'gone', 'settleCrashed'],
    ['ends a suspension', { meant: 'suspended' }, 'stopped', 'save'],
    ['notes that a suspension was done', { meant: 'suspended', saved: true }, 'gone', 'settleSuspended'],
    [
      'leaves a suspended guest, also after a boot',
      { meant: 'suspended', saved: true, bootId: 'boot-1' },
      'gone',
      'settleSuspended',
    ],
    ['notes that a guest died while its memory was saved', { meant: 'suspended' }, 'gone', 'settleCrashed'],
    ['takes up a suspended guest that was about to go on', { saved: true, power: 'suspended' }, 'gone', 'boot'],
    [
      'starts anew a machine that has not got its memory back',
      { saved: true, power: 'suspended' },
      'stopped',
      'restart',
    ],
    ['ends a stop', { meant: 'off' }, 'running', 'stop'],
    ['notes that a stop was done', { meant: 'off' }, 'gone', 'settleOff'],
    ['leaves a guest off that is off', { meant: 'off', power: 'off', bootId: 'boot-1' }, 'gone', 'settleOff'],
    ['ends a removal', { removing: true }, 'running', 'remove'],
    ['ends a removal whose process is gone', { removing: true, meant: 'off' }, 'gone', 'remove'],
  ])('%s', (_, changes, found, expected) => {
    expect(resumption(record(changes), found, thisBoot)).toBe(expected);
  });
});
