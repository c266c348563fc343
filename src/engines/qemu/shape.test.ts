import { describe, expect, it } from 'vitest';
import type { GuestNic, GuestVolume } from '../../cloud/compute/ports.ts';
import { nextDevices } from './shape.ts';

const nic = (portId: string): GuestNic => ({ portId, networkId: 'n', mac: 'fa:16:3e:00:00:01', mtu: 1442 });
const volume = (volumeId: string): GuestVolume => ({
  ...{ volumeId, readOnly: false, sizeBytes: 512 },
  connection: { driver: 'file', path: `/volumes/${volumeId}`, format: 'raw' },
});
const record = { nics: [{ ...nic('a'), slot: 0 }], volumes: [{ ...volume('v'), slot: 1 }], slots: 3 };

describe('the devices of a guest', () => {
  it('keep their slots, and new ones take free ones', () => {
    const next = nextDevices(record, { nics: [nic('b'), nic('a')], volumes: [volume('v')] }, true);
    expect(next.nics).toMatchObject([
      { portId: 'b', slot: 2, pending: 'plug' },
      { portId: 'a', slot: 0 },
    ]);
    expect(next.volumes).toEqual(record.volumes);
  });

  it('are only marked while the machine runs, and keep their slots until they are out', () => {
    const running = nextDevices(record, { nics: [nic('b')], volumes: [] }, true);
    expect(running.nics).toMatchObject([
      { portId: 'b', slot: 2, pending: 'plug' },
      { portId: 'a', slot: 0, pending: 'unplug' },
    ]);
    expect(running.volumes).toMatchObject([{ volumeId: 'v', slot: 1, pending: 'unplug' }]);
    const off = nextDevices(running, { nics: [nic('b')], volumes: [] }, false);
    expect(off).toEqual({ nics: [{ ...nic('b'), slot: 2 }], volumes: [], slots: 3 });
  });

  it('that were to go and are wanted again are plugged again', () => {
    const leaving = nextDevices(record, { nics: [], volumes: [volume('v')] }, true);
    expect(nextDevices(leaving, { nics: [nic('a')], volumes: [volume('v')] }, true).nics).toMatchObject([
      { portId: 'a', slot: 0, pending: 'plug' },
    ]);
  });

  it('are no more than there are slots while it runs, and as many as one likes at the next start', () => {
    const many = { nics: [nic('a'), nic('b'), nic('c')], volumes: [volume('v')] };
    expect(() => nextDevices(record, many, true)).toThrow('no room for more than 3');
    expect(nextDevices(record, many, false)).toMatchObject({ slots: 4, nics: [{ slot: 0 }, { slot: 2 }, { slot: 3 }] });
  });
});
