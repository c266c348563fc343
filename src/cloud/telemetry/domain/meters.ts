/** What a metered resource's events say, and how its usage is named. */
export interface Meter {
  /** `compute.server`: also the stem of the usage's type, `andromede.compute.server.usage.v1`. */
  readonly name: string;
  /** Types of events after which it counts, and after which it does not any more. */
  readonly starts: string;
  readonly ends: string;
}

export const meters: readonly Meter[] = [
  {
    name: 'compute.server',
    starts: 'andromede.compute.server.started.v1',
    ends: 'andromede.compute.server.deleted.v1',
  },
  {
    name: 'network.floating-ip',
    starts: 'andromede.network.floating-ip.created.v1',
    ends: 'andromede.network.floating-ip.deleted.v1',
  },
];

/** Comes in the stream of events now and then: everything that happened long before it has been heard. */
export const tickType = 'andromede.telemetry.tick.v1';

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
const carried = ['name', 'metadata', 'flavorId', 'flavorName', 'vcpus', 'memoryMiB', 'diskGiB', 'address'];

export function factsOf(data: ResourceEventData): Record<string, unknown> {
  return Object.fromEntries(carried.flatMap((name) => (data[name] === undefined ? [] : [[name, data[name]]])));
}
