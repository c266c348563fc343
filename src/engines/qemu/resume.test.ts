import { describe, expect, it } from 'vitest';
import { currentMachine } from './command-line.ts';
import type { GuestRecord } from './record.ts';
import { type FoundProcess, type Resumption, resumption } from './resume.ts';

const thisBoot = 'boot-2';

function record(changes: Partial<GuestRecord>): GuestRecord {
  return {
    ...{ version: 1, id: 'a', name: 'a', vcpus: 1, memoryMiB: 64, base: null, hasConfigDrive: false, nics: [] },
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
    ['boots a guest that `down` stopped', { suspended: true, power: 'off' }, 'gone', 'boot'],
    ['boots a guest whose stop by `down` was not noted any more', { suspended: true }, 'gone', 'boot'],
    ['boots a guest that was about to be started', { power: 'off', bootId: undefined }, 'gone', 'boot'],
    ['ends and undoes a `down` that was interrupted', { suspended: true }, 'running', 'restart'],
    ['ends and undoes a `down` whose guest is off already', { suspended: true }, 'shutdown', 'restart'],
    ['ends a stop', { meant: 'off' }, 'running', 'stop'],
    ['notes that a stop was done', { meant: 'off' }, 'gone', 'settleOff'],
    ['leaves a guest off that is off', { meant: 'off', power: 'off', bootId: 'boot-1' }, 'gone', 'settleOff'],
    ['ends a removal', { removing: true }, 'running', 'remove'],
    ['ends a removal whose process is gone', { removing: true, meant: 'off' }, 'gone', 'remove'],
  ])('%s', (_, changes, found, expected) => {
    expect(resumption(record(changes), found, thisBoot)).toBe(expected);
  });
});
