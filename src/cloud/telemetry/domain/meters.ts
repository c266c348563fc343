/** What a metered resource's events say, and how its usage is named. */
export interface Meter {
  /** `compute.server`: also the stem of the usage's type, `andromede.compute.server.usage.v1`. */
  readonly name: string;
  /** Types of events after which it counts, and after which it does not any more. */
  readonly starts: string;
  readonly ends: string;
  /** After these it counts by other facts, or for another project. */
  readonly changes?: readonly string[];
  /** The fact by which each second is multiplied, and what that is called; without, seconds count. */
  readonly by?: { readonly fact: string; readonly unit: UsageUnit };
}

/** What usage is counted in. */
export type UsageUnit = 'second' | 'gibibyte-second';

export const meters: readonly Meter[] = [
  {
    name: 'compute.server',
    starts: 'andromede.compute.server.started.v1',
    ends: 'andromede.compute.server.deleted.v1',
    changes: ['andromede.compute.server.resized.v1'],
  },
  {
    name: 'network.floating-ip',
    starts: 'andromede.network.floating-ip.created.v1',
    ends: 'andromede.network.floating-ip.deleted.v1',
  },
  {
    name: 'volume.volume',
    starts: 'andromede.volume.volume.created.v1',
    ends: 'andromede.volume.volume.deleted.v1',
    changes: ['andromede.volume.volume.extended.v1', 'andromede.volume.volume.transferred.v1'],
    by: { fact: 'sizeGiB', unit: 'gibibyte-second' },
  },
];

/** Comes in the stream of events now and then: everything that happened long before it has been heard. */
export const tickType = 'andromede.telemetry.tick.v1';

/** Says that from now on the machine's clock is `ms` milliseconds from where it would be. */
export const clockJumpType = 'andromede.telemetry.clock-jumped.v1';

/** What `data` of a metered resource's event holds; services add what their resource is (flavor, address). */
export interface ResourceEventData {
  readonly projectId: string;
  /** The instant at which it happened. */
  readonly at: string;
  /** From when it counts, where that is not `at`; null: not yet. */
  readonly launchedAt?: string | null;
  readonly [fact: string]: unknown;
}

/** From when the resource counts; null when it does not yet. */
export function countsFrom(data: ResourceEventData): string | null {
  return data.launchedAt === undefined ? data.at : data.launchedAt;
}

/** Facts that a usage event carries for whoever rates or explains it. */
const carried = [
  'name',
  'metadata',
  'flavorId',
  'flavorName',
  'vcpus',
  'memoryMiB',
  'diskGiB',
  'address',
  'sizeGiB',
  'volumeType',
];

export function factsOf(data: ResourceEventData): Record<string, unknown> {
  return Object.fromEntries(carried.flatMap((name) => (data[name] === undefined ? [] : [[name, data[name]]])));
}

const counted = new Map(meters.flatMap(({ name, by }) => (by === undefined ? [] : [[name, by] as const])));

/** How much so many seconds of a resource are, and in what. */
export function quantityOf(
  meter: string,
  facts: Readonly<Record<string, unknown>>,
  seconds: number,
): { readonly quantity: number; readonly unit: UsageUnit } {
  const by = counted.get(meter);
  if (by === undefined) return { quantity: seconds, unit: 'second' };
  return { quantity: seconds * Number(facts[by.fact] ?? 0), unit: by.unit };
}
