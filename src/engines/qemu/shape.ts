import type { GuestNic, GuestSpec, GuestVolume } from '../../cloud/compute/ports.ts';
import { conflict } from '../../kernel/base/errors.ts';
import type { GuestRecord, Slotted } from './record.ts';

type Devices = Pick<GuestRecord, 'nics' | 'volumes' | 'slots'>;

/**
 * The devices of a guest that is to have those of `spec`. Each keeps its slot. On a running machine, what is new is marked to
 * be plugged and what is gone to be unplugged; `conflict` when there is no slot left, which only a machine that starts anew gets
 * more of.
 */
export function nextDevices(record: Devices, spec: Pick<GuestSpec, 'nics' | 'volumes'>, isRunning: boolean): Devices {
  const nics = matched(record.nics, spec.nics, ({ portId }) => portId, isRunning);
  const volumes = matched(record.volumes, spec.volumes, ({ volumeId }) => volumeId, isRunning);
  const taken = new Set([...nics, ...volumes].flatMap(({ slot }) => slot ?? []));
  let { slots } = record;
  const placed = <T extends Partial<Slotted>>(device: T): T & Slotted => {
    if (device.slot !== undefined) return device as T & Slotted;
    const slot = firstFree(taken);
    if (slot >= slots && isRunning) {
      throw conflict(`The server has no room for more than ${slots} cards and volumes while it runs. Stop it first.`);
    }
    slots = Math.max(slots, slot + 1);
    taken.add(slot);
    return { ...device, slot };
  };
  return { nics: nics.map(placed), volumes: volumes.map(placed), slots };
}

/** The wanted devices in their order, with the slots of those that are there; then, on a running machine, those to go. */
function matched<T extends GuestNic | GuestVolume>(
  present: readonly (T & Slotted)[],
  wanted: readonly T[],
  keyOf: (device: T) => string,
  isRunning: boolean,
): (T & Partial<Slotted>)[] {
  const known = new Map(present.map((device) => [keyOf(device), device]));
  const kept = wanted.map((device): T & Partial<Slotted> => {
    const old = known.get(keyOf(device));
    const isNew = old === undefined || old.pending !== undefined;
    return {
      ...device,
      ...(old === undefined ? {} : { slot: old.slot }),
      ...(isNew && isRunning ? { pending: 'plug' } : {}),
    };
  });
  const names = new Set(wanted.map(keyOf));
  const leaving = present.filter((device) => !names.has(keyOf(device)));
  return isRunning ? [...kept, ...leaving.map((device) => ({ ...device, pending: 'unplug' as const }))] : kept;
}

function firstFree(taken: ReadonlySet<number>): number {
  let slot = 0;
  while (taken.has(slot)) slot += 1;
  return slot;
}
